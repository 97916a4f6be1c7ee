"""Open files: which a process has, and who has one."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nlsh.errors import NothingMatched, OperationFailed
from nlsh.executor.call import Call
from nlsh.executor.report import columns, table
from nlsh.executor.stat import text
from nlsh.executor.table import ProcessTable
from nlsh.process import Process
from nlsh.result import Column, Failure, Result, Unit
from nlsh.target import Target

_DELETED = " (deleted)"
_NUMBERLESS = {"cwd": "working directory", "root": "root", "exe": "program"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """One way in which a process has a file: `descriptor` is its number, None where it is no descriptor."""

    descriptor: int | None
    kind: str
    path: str


def uses(reader: ProcessTable, pid: int) -> Iterator[Use]:
    """All files that a process has: folders, program, descriptors, what it has mapped. PermissionError if not ours."""
    for name, kind in _NUMBERLESS.items():
        path = reader.link(pid, name)
        if path is not None and not (name == "root" and path == os.sep):
            yield Use(descriptor=None, kind=kind, path=path)
    for name in sorted(reader.entries(pid, "fd") or (), key=int):
        path = reader.link(pid, f"fd/{name}")
        if path is not None:
            yield Use(descriptor=int(name), kind=_kind(path), path=path)
    for path in _mapped(reader, pid):
        yield Use(descriptor=None, kind="mapped", path=path)


def open_files(call: Call) -> Result:
    """What the selected processes have open, a row for each."""
    rows, ids, failures = [], [], []
    for target in call.selection.targets:
        try:
            found = list(uses(call.table, target.id.pid))
        except PermissionError:
            failures.append(_refused(target))
            continue
        rows += [_row(target, use) for use in found]
        ids += [target.id] * len(found)
    result = table("process.files", _columns(), rows, *call.selection.missing)
    return replace(result, processes=tuple(ids), failures=_few(failures, call.selection.everything))


def users_of(call: Call, said: str) -> Result:
    """Who has a file, folder (or anything below it), mount or device open."""
    wanted = _places(said)
    rows, ids, hidden = [], [], 0
    for process in call.table.snapshot({"user", "argv"}):
        try:
            found = [use for use in uses(call.table, process.pid) if _below(use.path, wanted)]
        except PermissionError:
            hidden += not process.kernel
            continue
        rows += [_row(process, use) for use in found]
        ids += [process.id] * len(found)
    note = f"{hidden} processes of other users cannot be looked into: sudo lsof {wanted[0]}" if hidden else ""
    if not rows:
        raise NothingMatched(f"no process has {wanted[0]} open", hint=note)
    return replace(table("process.files", _columns(), rows, *([note] if note else [])), processes=tuple(ids))


def _columns() -> tuple[Column, ...]:
    described = columns(pid=(Unit.COUNT, "PID"), name=Unit.TEXT, user=Unit.TEXT)
    return (*described, *columns(descriptor=(Unit.COUNT, "FD"), kind=Unit.TEXT, path=Unit.TEXT))


def _row(process: Process | Target, use: Use) -> dict[str, object]:
    shown = {"descriptor": use.descriptor, "kind": use.kind, "path": use.path}
    return {"pid": process.id.pid, "name": process.name, "user": process.user, **shown}


def _kind(path: str) -> str:
    for start, kind in (("socket:", "socket"), ("pipe:", "pipe"), ("anon_inode:", "kernel"), ("/dev/", "device")):
        if path.startswith(start):
            return kind
    return "file"


def _mapped(reader: ProcessTable, pid: int) -> list[str]:
    """The files in proc_pid_maps(5), each once: the sixth field, which may hold blanks."""
    lines = text(reader.read(pid, "maps") or b"").splitlines()
    parts = (line.split(maxsplit=5) for line in lines)
    return list(dict.fromkeys(part[5] for part in parts if len(part) == 6 and part[5].startswith(os.sep)))


def _places(said: str) -> list[str]:
    """The real path, and for a block device the places where it is mounted."""
    path = os.path.realpath(Path(said).expanduser())
    if not os.path.lexists(path):
        raise OperationFailed(f"there is no file {said}", hint="give its whole path")
    return [path, *(_mount_points(path) if Path(path).is_block_device() else ())]


def _mount_points(device: str) -> list[str]:
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="backslashreplace").splitlines()
    pairs = (line.split()[:2] for line in lines)
    return [_unescaped(where) for what, where in pairs if os.path.realpath(what) == device]


def _unescaped(path: str) -> str:
    """A path of proc_pid_mounts(5), where blanks and their like are octal."""
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, char)
    return path


def _below(path: str, places: Collection[str]) -> bool:
    path = path.removesuffix(_DELETED)
    return any(path == place or path.startswith(place.rstrip(os.sep) + os.sep) for place in places)


def _refused(target: Target) -> Failure:
    reason = f"not permitted: it belongs to {target.user}"
    return Failure(target=target, reason=reason, remedy=f"sudo lsof -p {target.id.pid}")


def _few(failures: list[Failure], everything: bool) -> tuple[Failure, ...]:
    """The failures; where everybody was asked about, that others' processes are closed is no failure."""
    return () if everything else tuple(failures)
