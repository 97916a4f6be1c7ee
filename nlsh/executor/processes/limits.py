"""Limits on the CPU, address space and open files of processes."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass

from nlsh.errors import UsageError
from nlsh.executor import operations, values
from nlsh.executor.call import Call
from nlsh.executor.cpu_limit import limit_cpu, unlimit_cpu
from nlsh.executor.jobs import Job
from nlsh.executor.processes.acting import reached
from nlsh.executor.processes.waiting import named
from nlsh.executor.undo import Restore
from nlsh.process import label
from nlsh.result import Failure, Result
from nlsh.target import Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What shall hold for each target by itself: percent of one core, bytes of address space, number of descriptors."""

    cpu: float | None = None
    memory: int | None = None
    open_files: int | None = None

    def check(self) -> None:
        """UsageError where there is nothing to limit, or to nothing."""
        amounts = {"CPU": self.cpu, "memory": self.memory, "open files": self.open_files}
        if all(amount is None for amount in amounts.values()):
            raise UsageError("say what to limit", hint="CPU in percent of one core, memory, open files, or off")
        for what, amount in amounts.items():
            if amount is not None and amount <= 0:
                raise UsageError(f"a process cannot live with {what} limited to {amount:g}", hint="say a larger number")

    def words(self) -> str:
        """The limits in a sentence."""
        parts = [
            "" if self.cpu is None else f"{self.cpu:g}% of one core",
            "" if self.memory is None else f"{_size(self.memory)} of address space",
            "" if self.open_files is None else f"{self.open_files} open files",
        ]
        return ", ".join(part for part in parts if part)


def _size(amount: int) -> str:
    """Bytes in the largest unit that says them exactly: `2 GiB`, `1536 MiB`."""
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if amount % size == 0:
            return f"{amount // size} {unit}"
    return f"{amount} bytes"


def limited(call: Call, *, cpu: float | None, memory: int | None, open_files: float | None, off: bool) -> Result:
    """Limit each target by itself, or take the limits off again."""
    wanted = Limits(cpu=cpu, memory=memory, open_files=None if open_files is None else int(open_files))
    if off and wanted == Limits():
        return _taken_off(call)
    if off:
        raise UsageError("limits cannot be set and taken off in one step", hint="say one, then the other")
    wanted.check()
    return _set(call, wanted)


def _set(call: Call, wanted: Limits) -> Result:
    permit = call.permitted()
    notes = _beyond(call, wanted.memory)
    failures: tuple[Failure, ...] = ()
    job: Job | None = None
    with call.undo.change("process.limit", f"the limits of {named(permit.targets)}") as restores:
        if wanted.memory is not None:
            failures += _bound(call, values.ADDRESS_SPACE, wanted.memory, restores)
        if wanted.open_files is not None:
            failures += _bound(call, values.OPEN_FILES, wanted.open_files, restores)
        if wanted.cpu is not None:
            refused, job = limit_cpu(permit, wanted.cpu, call.jobs, restores)
            failures += refused
    return _result(call, failures, f"limited to {wanted.words()}", notes, job)


def _taken_off(call: Call) -> Result:
    permit = call.permitted()
    with call.undo.change("process.limit", f"the limits of {named(permit.targets)}") as restores:
        failures = unlimit_cpu(permit, call.jobs, call.undo, restores)
        failures += operations.set_limit(permit, values.ADDRESS_SPACE, _before(call, "address_space"), restores)
        failures += operations.set_limit(permit, values.OPEN_FILES, _before(call, "open_files"), restores)
    return _result(call, failures, "no longer limited by nlsh", [], None)


def _bound(call: Call, value: values.Value, amount: int, restores: list[Restore]) -> tuple[Failure, ...]:
    """Lower the soft limit and leave the hard one: so the change can be taken back without being root."""

    def wanted(target: Target, old: list[int]) -> list[int]:
        unlimited = old[1] == resource.RLIM_INFINITY
        return [amount, old[1] if unlimited else max(amount, old[1])]

    return operations.set_limit(call.permitted(), value, wanted, restores)


def _before(call: Call, what: str) -> Callable[[Target, list[int]], list[int]]:
    """The limit that a target had before nlsh first changed it; what it has where nlsh never did."""

    def wanted(target: Target, old: list[int]) -> list[int]:
        first = call.undo.first(target.id, what)
        return old if first is None else list(first.value[0][1])

    return wanted


def _beyond(call: Call, memory: int | None) -> list[str]:
    """Notes on targets that hold more than the limit already: it only stops them from getting more."""
    if memory is None:
        return []
    pids = [target.id.pid for target in call.permitted().targets]
    more = [process for process in call.table.snapshot((), pids) if process.size > memory]
    return [f"{label(process)} holds more already, and keeps it: it gets no more" for process in more]


def _result(call: Call, failures: tuple[Failure, ...], words: str, notes: list[str], job: Job | None) -> Result:
    once = tuple({(failed.target, failed.reason, failed.remedy): failed for failed in failures}.values())
    there = reached(call, once)
    verb = "is" if len(there) == 1 else "are each"
    return Result(
        verb="process.limit",
        message=f"{named(there)} {verb} {words}." if there else "",
        notes=(*call.selection.missing, *notes),
        processes=tuple(target.id for target in there),
        failures=once,
        job=None if job is None else job.id,
    )
