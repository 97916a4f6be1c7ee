"""Disks and file systems as results."""

from __future__ import annotations

from pathlib import Path

from nlsh.errors import OperationFailed
from nlsh.executor.report import columns, table
from nlsh.executor.reports import disks, mounts
from nlsh.executor.reports.rates import disk_rates
from nlsh.result import Result, Unit


def usage(path: str | None = None) -> Result:
    """The result of `disk.usage`."""
    found = mounts.real_mounts() if path is None else (_holding(path),)
    rows, silent = [], []
    for mount in found:
        space = mounts.space(mount)
        if space is None:
            silent.append(f"{mount.path} ({mount.kind}) does not answer.")
        elif space["size"] or path is not None:
            rows.append({"mount": mount.path, "source": mount.source, "type": mount.kind, **space})
    sizes = dict.fromkeys(("size", "used", "free"), Unit.BYTES)
    place = columns(mount=(Unit.TEXT, "Mounted on"), **sizes, percent=(Unit.PERCENT, "Used %"))
    return table("disk.usage", (*place, *columns(type=Unit.TEXT, source=Unit.TEXT)), rows, *silent)


def _holding(path: str) -> mounts.Mount:
    try:
        return mounts.mount_of(str(Path(path).expanduser()))
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no such user as in ~user
        why = getattr(error, "strerror", None) or str(error)
        hint = "say a path that is there, or leave it out to see all file systems"
        raise OperationFailed(f"cannot look at {path}: {why}", hint=hint) from error


def io() -> Result:
    """The result of `disk.io`."""
    rows = disk_rates(disks.disk_names())
    speeds = columns(read=(Unit.RATE, "Reads"), written=(Unit.RATE, "Writes"), busy=(Unit.PERCENT, "Busy %"))
    counts = columns(reads=(Unit.COUNT, "Reads/s"), writes=(Unit.COUNT, "Writes/s"))
    totals = columns(total_read=Unit.BYTES, total_written=Unit.BYTES)
    notes = () if rows else ("This machine shows no disks.",)
    return table("disk.io", (*columns(disk=Unit.TEXT), *speeds, *counts, *totals), rows, *notes)


def list_() -> Result:
    """The result of `disk.list`."""
    rows = list(disks.disks())
    named = dict.fromkeys(("type", "label", "mount", "media", "model"), Unit.TEXT)
    shown = columns(name=Unit.TEXT, kind=Unit.TEXT, size=Unit.BYTES, **named)
    return table("disk.list", shown, rows, *(() if rows else ("This machine shows no disks.",)))
