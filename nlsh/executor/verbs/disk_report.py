"""Verbs that report on disks and file systems."""

from __future__ import annotations

from nlsh.argument import Text
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.result import Result
from nlsh.verb import verb


@verb(
    "disk.usage",
    effect=Effect.READ,
    examples={
        "how much disk space is left": {},
        "show free space on all drives": {},
        "how full is /var": {"path": "/var"},
        "is there still room on /mnt/backup?": {"path": "/mnt/backup"},
        "which file systems are nearly full": {},
        "space on ~/projects": {"path": "~/projects"},
    },
)
def usage(call: Call, *, path: Text | None = None) -> Result:
    """Show how full the file systems are, or the one that holds a path."""
    from nlsh.executor.reports import disk_report

    return disk_report.usage(path)


@verb(
    "disk.io",
    effect=Effect.READ,
    examples={
        "how fast is the disk reading and writing": {},
        "show disk activity": {},
        "disk throughput right now": {},
        "is anything hammering the disks": {},
    },
)
def io(call: Call) -> Result:
    """Show how much each disk reads and writes a second."""
    return call.counters()


@verb(
    "disk.list",
    effect=Effect.READ,
    examples={
        "list my disks": {},
        "which drives and partitions are there": {},
        "what hard disks does this machine have": {},
        "show block devices": {},
        "where is each partition mounted": {},
    },
)
def list_(call: Call) -> Result:
    """List the disks and partitions with their sizes, models and mount points."""
    from nlsh.executor.reports import disk_report

    return disk_report.list_()
