"""Suspending and resuming, priorities, CPU affinity: changes that can be taken back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

from nlsh.errors import UsageError
from nlsh.executor import operations, values
from nlsh.executor.call import Call
from nlsh.executor.cpu_limit import limiter
from nlsh.executor.processes.waiting import named
from nlsh.executor.report import columns
from nlsh.executor.undo import Restore
from nlsh.result import Column, Failure, Result, Unit
from nlsh.target import Target

STEP = 5
"""By how much "raise" and "lower" move the niceness."""
_DOING = {
    "process.suspend": "suspending",
    "process.resume": "resuming",
    "process.priority": "the priority of",
    "process.io_priority": "the I/O priority of",
    "process.affinity": "the CPUs of",
}
_MIDDLE_LEVEL = 4
"""The I/O level that the kernel gives to a process of niceness 0."""


def suspended(call: Call) -> Result:
    """Suspend the targets."""
    return _stopping(call, operations.suspend, "Suspended", "was suspended already")


def resumed(call: Call) -> Result:
    """Let the targets go on."""
    return _stopping(call, operations.resume, "Resumed", "was not suspended")


def reprioritised(call: Call, nice: int | None, change: Literal["raise", "lower"] | None) -> Result:
    """Set the niceness, or move it by `STEP`: a raised priority is a lower niceness."""
    if (nice is None) == (change is None):
        raise UsageError("say a niceness from -20 to 19, or raise or lower", hint="lower the priority of firefox")
    if nice is not None and not -20 <= nice <= 19:
        raise UsageError(f"there is no niceness {nice}", hint="-20 goes first, 19 goes last")
    step = -STEP if change == "raise" else STEP
    with _undoable(call) as restores:
        failures = operations.set_nice(call.permitted(), lambda old: old + step if nice is None else nice, restores)
    result = _valued(call, failures, values.NICE, "nice", "Niceness", lambda value: value)
    return _with_notes(result, *_only_root_undoes(restores, [row["nice"] for row in result.rows]))


def io_reprioritised(
    call: Call, io_class: Literal["realtime", "best-effort", "idle"] | None, level: int | None
) -> Result:
    """Set the class, the level, or both; a level alone keeps the class, or makes it best-effort where there is none."""
    if io_class is None and level is None:
        raise UsageError(
            "say an I/O class or a level", hint="classes are realtime, best-effort and idle, levels 0 to 7"
        )
    if io_class == "idle" and level is not None:
        raise UsageError("the idle class has no levels", hint="leave the level out, or say best-effort")

    def wanted(old: int) -> int:
        now = values.io_words(old)[0]
        chosen = io_class or (now if now == "realtime" else "best-effort")
        return values.io_value(chosen, _MIDDLE_LEVEL if level is None else level)

    with _undoable(call) as restores:
        failures = operations.set_io_priority(call.permitted(), wanted, restores)
    return _valued(call, failures, values.IO_PRIORITY, "io_priority", "I/O priority", _io_shown)


def pinned(call: Call, cpus: Iterable[int]) -> Result:
    """Let the targets run on these CPUs only; on all of them where none is named."""
    there = online()
    chosen = sorted(set(cpus)) or there
    lacking = [cpu for cpu in chosen if cpu not in there]
    if lacking:
        raise UsageError(f"there is no CPU {lacking[0]}", hint=f"this machine has CPUs {there[0]} to {there[-1]}")
    with _undoable(call) as restores:
        failures = operations.set_affinity(call.permitted(), chosen, restores)
    return _valued(call, failures, values.AFFINITY, "cpus", "CPUs", lambda value: ",".join(str(cpu) for cpu in value))


def online() -> list[int]:
    """The CPUs that are switched on, counted from 0 (the format is that of `0-3,6`)."""
    try:
        said = Path("/sys/devices/system/cpu/online").read_text(encoding="ascii").strip()
    except OSError:
        return list(range(os.cpu_count() or 1))
    ends = [part.partition("-") for part in said.split(",")]
    return [cpu for first, _, last in ends for cpu in range(int(first), int(last or first) + 1)]


def reached(call: Call, failures: Iterable[Failure]) -> list[Target]:
    """The targets of the permit that nothing failed at."""
    failed = {failure.target.id for failure in failures if failure.target}
    return [target for target in call.permitted().targets if target.id not in failed]


def _stopping(call: Call, operate: Any, word: str, already: str) -> Result:
    with _undoable(call) as restores:
        failures = operate(call.permitted(), restores, limiter(call.jobs))
    changed = {restore.id for restore in restores}
    there = reached(call, failures)
    done = [target for target in there if target.id in changed]
    result = _acted(call, there, failures, (), [{} for _ in there], f"{word} {named(done)}." if done else "")
    return _with_notes(result, *(f"{named([target])} {already}" for target in there if target.id not in changed))


def _valued(
    call: Call,
    failures: tuple[Failure, ...],
    value: values.Value,
    key: str,
    title: str,
    show: Callable[[Any], Any],
) -> Result:
    """A row for each target with the value that it has now, as the kernel says."""
    there = reached(call, failures)
    unit = Unit.COUNT if key == "nice" else Unit.TEXT
    now = [{key: _shown(value, target, show)} for target in there]
    return _acted(call, there, failures, columns(**{key: (unit, title)}), now, "")


def _shown(value: values.Value, target: Target, show: Callable[[Any], Any]) -> Any:
    try:
        return show(value.read(target.id.pid))
    except OSError:
        return None


def _acted(
    call: Call,
    there: list[Target],
    failures: tuple[Failure, ...],
    described: tuple[Column, ...],
    extra: list[dict[str, Any]],
    message: str,
) -> Result:
    rows = [
        {"pid": target.id.pid, "name": target.name, "user": target.user} | more
        for target, more in zip(there, extra, strict=True)
    ]
    return Result(
        verb=call.intent.verb,
        shape="table" if there and described else "message",
        columns=(*columns(pid=(Unit.COUNT, "PID"), name=Unit.TEXT, user=Unit.TEXT), *described),
        rows=tuple(rows),
        message=message,
        notes=call.selection.missing,
        processes=tuple(target.id for target in there),
        failures=failures,
    )


def _undoable(call: Call) -> Any:
    return call.undo.change(
        call.intent.verb, f"{_DOING.get(call.intent.verb, call.intent.verb)} {named(call.permitted().targets)}"
    )


def _with_notes(result: Result, *notes: str) -> Result:
    from dataclasses import replace

    return replace(result, notes=(*result.notes, *notes))


def _io_shown(value: int) -> str:
    name, level = values.io_words(value)
    return name if name in ("idle", "none") else f"{name} {level}"


def _only_root_undoes(restores: list[Restore], now: list[int | None]) -> list[str]:
    """A note where this user may not give the old niceness back (setpriority(2), RLIMIT_NICE)."""
    import resource

    lowest = 20 - resource.getrlimit(resource.RLIMIT_NICE)[0]
    before = [old for restore in restores for _, old in restore.value]
    if os.geteuid() == 0 or not before or min(before) >= lowest:
        return []
    return ["only root can take this back"] if any(nice is not None and min(before) < nice for nice in now) else []
