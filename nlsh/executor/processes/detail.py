"""Everything about single processes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nlsh.executor.call import Call
from nlsh.executor.report import columns, record, table
from nlsh.executor.stat import text
from nlsh.executor.table import Need, ProcessTable
from nlsh.process import Process, label
from nlsh.result import Column, Failure, Result, Unit
from nlsh.target import ProcessId, Target

_KILOBYTE = 1024
_NEEDS: tuple[Need, ...] = ("user", "argv", "exe", "cpu", "files", "ports")


def described() -> tuple[Column, ...]:
    """What is told about a process, in order."""
    who = columns(pid=(Unit.COUNT, "PID"), name=Unit.TEXT, user=Unit.TEXT, status=Unit.TEXT, command=Unit.TEXT)
    where = columns(exe=(Unit.TEXT, "Program"), cwd=(Unit.TEXT, "Working directory"), root=Unit.TEXT)
    when = columns(started=Unit.TIME, age=Unit.SECONDS)
    kin = columns(parents=Unit.TEXT, children=Unit.COUNT, terminal=Unit.TEXT, group=Unit.COUNT, session=Unit.COUNT)
    cpu = columns(cpu=(Unit.PERCENT, "CPU"), cpu_time=(Unit.SECONDS, "CPU time"), cpus=(Unit.TEXT, "May run on CPUs"))
    share = columns(threads=Unit.COUNT, nice=(Unit.COUNT, "Niceness"))
    held = columns(memory=Unit.PERCENT, rss=(Unit.BYTES, "RSS"), peak=(Unit.BYTES, "Peak RSS"), swap=Unit.BYTES)
    space = columns(size=(Unit.BYTES, "Address space"), size_limit=(Unit.BYTES, "Address space limit"))
    files = columns(files=(Unit.COUNT, "Open files"), files_limit=(Unit.COUNT, "Open files limit"), ports=Unit.TEXT)
    return (
        *who,
        *where,
        *when,
        *kin,
        *cpu,
        *share,
        *held,
        *space,
        *files,
        *columns(cgroup=(Unit.TEXT, "Control group")),
    )


def shown(call: Call) -> Result:
    """All that can be seen of the selected processes: a record of one, a table of several."""
    ids = [target.id for target in call.selection.targets]
    there = {p.id: p for p in call.table.snapshot(_NEEDS, [id.pid for id in ids])}
    found = [there[id] for id in ids if id in there]
    rows = [_facts(call.table, process) for process in found]
    notes = (*call.selection.missing, *(f"process {id.pid} has ended" for id in ids if id not in there))
    if len(rows) == 1:
        result = record("process.show", described(), rows[0], *notes)
    else:
        short = ("pid", "name", "user", "status", "cpu", "memory", "rss", "threads", "started", "cwd", "command")
        chosen = tuple(column for column in described() if column.key in short)
        result = replace(table("process.show", chosen, rows, *notes), rows=tuple(rows))
    return replace(result, processes=tuple(process.id for process in found))


def environments(call: Call) -> Result:
    """The environment that each of the selected processes was started with."""
    rows: list[dict[str, Any]] = []
    ids: list[ProcessId] = []
    failures: list[Failure] = []
    for target in call.selection.targets:
        found = _environment(call.table, target)
        if isinstance(found, Failure):
            failures.append(found)
            continue
        rows += [{"pid": target.id.pid, "name": name, "value": value} for name, value in found]
        ids += [target.id] * len(found)
    only_one = len(call.selection.targets) == 1
    pid = () if only_one else columns(pid=(Unit.COUNT, "PID"))
    notes = (*call.selection.missing, *([] if rows or failures else ["The environment is empty."]))
    result = table("process.environment", (*pid, *columns(name=Unit.TEXT, value=Unit.TEXT)), rows, *notes)
    return replace(result, rows=tuple(rows), processes=tuple(ids), failures=tuple(failures))


def _environment(reader: ProcessTable, target: Target) -> list[tuple[str, str]] | Failure:
    pid = target.id.pid
    try:
        raw = reader.read(pid, "environ")
    except PermissionError:
        reason = f"not permitted: it belongs to {target.user}"
        return Failure(target=target, reason=reason, remedy=f"sudo cat /proc/{pid}/environ")
    except OSError as error:
        return Failure(target=target, reason=str(error.strerror))
    if raw is None:
        return Failure(target=target, reason="has ended")
    pairs = (text(part).partition("=") for part in raw.split(b"\0") if part)
    return [(name, value) for name, _, value in pairs]


def _facts(reader: ProcessTable, process: Process) -> dict[str, Any]:
    status = _fields(reader, process.pid, "status")
    limits = _limits(reader, process.pid)
    return {
        "pid": process.pid,
        "name": process.name,
        "user": process.user,
        "status": process.status,
        "command": process.command,
        "exe": process.exe or None,
        "cwd": _link(reader, process.pid, "cwd"),
        "root": _other_root(reader, process.pid),
        "started": round(process.started, 2),
        "age": round(process.age, 1),
        "parents": " < ".join(label(each) for each in _parents(reader, process)) or None,
        "children": sum(each.parent == process.pid for each in reader.snapshot()),
        "terminal": terminal(process.terminal) or None,
        "group": process.group,
        "session": process.session,
        "cpu": None if process.cpu is None else round(process.cpu, 1),
        "cpu_time": process.cpu_time,
        "cpus": status.get("Cpus_allowed_list"),
        "threads": process.threads,
        "nice": process.nice,
        "memory": round(process.memory, 2),
        "rss": process.rss,
        "peak": _bytes(status.get("VmHWM")),
        "swap": _bytes(status.get("VmSwap")),
        "size": process.size,
        "size_limit": limits.get("Max address space"),
        "files": process.files,
        "files_limit": limits.get("Max open files"),
        "ports": ", ".join(str(port) for port in sorted(process.ports)) or None,
        "cgroup": _cgroup(reader, process.pid),
    }


def _parents(reader: ProcessTable, process: Process) -> list[Process]:
    found: list[Process] = []
    rows = reader.snapshot((), (process.parent,))
    while rows and rows[0].pid not in [each.pid for each in found]:
        found.append(rows[0])
        rows = reader.snapshot((), (rows[0].parent,))
    return found


def terminal(number: int) -> str:
    """The name of a controlling terminal by its device number (proc_pid_stat(5), field 7): `pts/3`, `tty1`."""
    major, minor = number >> 8 & 0xFFF, number & 0xFF | number >> 12 & 0xFFF00
    if 136 <= major <= 143:
        return f"pts/{minor + (major - 136) * 256}"
    if major == 4:
        return f"tty{minor}" if minor < 64 else f"ttyS{minor - 64}"
    return "" if number == 0 else f"{major}:{minor}"


def _quietly(read: Callable[[], Any]) -> Any:
    """What is read, or None where it may not be seen."""
    try:
        return read()
    except OSError:
        return None


def _link(reader: ProcessTable, pid: int, name: str) -> str | None:
    found: str | None = _quietly(lambda: reader.link(pid, name))
    return found


def _other_root(reader: ProcessTable, pid: int) -> str | None:
    root = _link(reader, pid, "root")
    return None if root == os.sep else root


def _fields(reader: ProcessTable, pid: int, name: str) -> dict[str, str]:
    raw: bytes = _quietly(lambda: reader.read(pid, name)) or b""
    pairs = (line.partition(":") for line in text(raw).splitlines())
    return {key: value.strip() for key, _, value in pairs}


def _bytes(kilobytes: str | None) -> int | None:
    return int(kilobytes.split()[0]) * _KILOBYTE if kilobytes else None


def _limits(reader: ProcessTable, pid: int) -> dict[str, int]:
    """The soft limits of proc_pid_limits(5) that are no `unlimited`: the name fills 26 characters, then they stand."""
    raw: bytes = _quietly(lambda: reader.read(pid, "limits")) or b""
    lines = text(raw).splitlines()[1:]
    return {line[:26].strip(): int(line[26:].split()[0]) for line in lines if line[26:27].isdigit()}


def _cgroup(reader: ProcessTable, pid: int) -> str | None:
    raw: bytes = _quietly(lambda: reader.read(pid, "cgroup")) or b""
    return next((line.removeprefix("0::") for line in text(raw).splitlines() if line.startswith("0::")), None)
