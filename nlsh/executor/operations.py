"""The only functions that change processes. Each takes a permit and touches the targets of that permit, nothing else.

A signal goes through a pidfd, so it cannot hit a reused pid. Priorities, affinities and limits can only be set by pid:
the process is held by a pidfd, its start time compared, the value set, and the pidfd looked at again.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterable
from typing import Any

from nlsh.errors import Denied
from nlsh.executor import values
from nlsh.executor.handle import Handle, held
from nlsh.executor.undo import Restore
from nlsh.intent import Intent
from nlsh.result import Failure
from nlsh.sandbox.permit import Permit
from nlsh.target import ProcessId, Target

Tell = Callable[[bool], bool]
"""Told whether a process shall stay suspended; answers whether it was so before."""
Limiter = Callable[[ProcessId], Tell | None]
"""Finds who holds a process back by stopping and continuing it: whether that process is suspended only it can tell."""

UNDO = "shell.undo"


def send_signal(permit: Permit, name: str) -> tuple[Failure, ...]:
    """Send the signal (`TERM`, without SIG). What is told to end while it is suspended is let go on, so that it can."""
    check(permit, "process.kill")
    number = signal.Signals[f"SIG{name}"]

    def send(handle: Handle) -> None:
        state = handle.stat().state
        handle.send(number)
        if state == "T" and number in (signal.SIGTERM, signal.SIGHUP):
            handle.send(signal.SIGCONT)

    return each(permit, send, lambda pids: f"kill -{name} {_spaced(pids)}", before=_not_zombie)


def suspend(permit: Permit, restores: list[Restore], limiter: Limiter) -> tuple[Failure, ...]:
    """Suspend the targets; those that are suspended already stay as they are, and are not recorded."""
    check(permit, "process.suspend", UNDO)
    return each(
        permit,
        lambda handle: _stop(handle, True, restores, limiter),
        lambda pids: f"kill -STOP {_spaced(pids)}",
        before=_not_zombie,
    )


def resume(permit: Permit, restores: list[Restore], limiter: Limiter) -> tuple[Failure, ...]:
    """Let the targets go on; those that are not suspended stay as they are, and are not recorded."""
    check(permit, "process.resume", UNDO)
    return each(
        permit,
        lambda handle: _stop(handle, False, restores, limiter),
        lambda pids: f"kill -CONT {_spaced(pids)}",
        before=_not_zombie,
    )


def set_nice(permit: Permit, wanted: Callable[[int], int], restores: list[Restore]) -> tuple[Failure, ...]:
    """Set the niceness of all threads of the targets to what `wanted` makes of the one they have."""
    check(permit, "process.priority", UNDO)
    return set_value(permit, values.NICE, lambda old: max(-20, min(19, wanted(old))), restores)


def set_io_priority(permit: Permit, wanted: Callable[[int], int], restores: list[Restore]) -> tuple[Failure, ...]:
    """Set the I/O priority (see `values.io_value`) of all threads of the targets."""
    check(permit, "process.io_priority", UNDO)
    return set_value(permit, values.IO_PRIORITY, wanted, restores)


def set_affinity(permit: Permit, cpus: Iterable[int], restores: list[Restore]) -> tuple[Failure, ...]:
    """Let all threads of the targets run on these CPUs only."""
    check(permit, "process.affinity", UNDO)
    chosen = sorted(cpus)
    return set_value(permit, values.AFFINITY, lambda old: chosen, restores)


def set_limit(
    permit: Permit,
    value: values.Value,
    wanted: Callable[[Target, list[int]], list[int]],
    restores: list[Restore],
) -> tuple[Failure, ...]:
    """Set a resource limit to what `wanted` makes of a target and the soft and hard limit that it has."""
    check(permit, "process.limit", UNDO)
    by_id = {target.id: target for target in permit.targets}
    return each(
        permit,
        lambda handle: _set(handle, value, lambda old: wanted(by_id[handle.id], old), restores),
        lambda pids: value.command(wanted(permit.targets[0], _now(value, pids)), pids),
    )


def put_back(permit: Permit, restores: Iterable[Restore]) -> tuple[Failure, ...]:
    """Set values to what they were, for those of the restores whose process the permit holds."""
    check(permit, UNDO)
    wanted = tuple(restores)
    ids = {restore.id for restore in wanted}
    chosen = permit.narrowed(target for target in permit.targets if target.id in ids)

    def put(handle: Handle) -> None:
        for restore in wanted:
            if restore.id == handle.id:
                _put(handle, restore)

    return each(chosen, put, lambda pids: _put_command(wanted, pids))


def check(permit: Permit, *verbs: str) -> None:
    """Denied unless the permit is for one of the verbs: a permit to suspend is none to kill."""
    nested = permit.intent.args.get("do")
    given = {permit.intent.verb, nested.verb if isinstance(nested, Intent) else permit.intent.verb}
    if not given & set(verbs):
        raise Denied(f"a permit for {permit.intent.verb} does not allow {verbs[0]}", rule="permit")


def set_value(
    permit: Permit, value: values.Value, wanted: Callable[[Any], Any], restores: list[Restore]
) -> tuple[Failure, ...]:
    """Set a value of every target to what `wanted` makes of the one that it has, and note that one."""
    return each(
        permit,
        lambda handle: _set(handle, value, wanted, restores),
        lambda pids: value.command(wanted(_now(value, pids)), pids),
    )


def each(
    permit: Permit,
    act: Callable[[Handle], None],
    command: Callable[[list[int]], str],
    *,
    before: Callable[[Handle, Target], Failure | None] | None = None,
) -> tuple[Failure, ...]:
    """Do `act` to every target, held by a pidfd. What the kernel refuses becomes a failure.

    The remedy, the command with sudo for all pids that were not permitted, stands at the last of these.
    """
    failures: list[Failure] = []
    refused: list[int] = []
    for target in permit.targets:
        try:
            with held(target.id) as handle:
                failure = before(handle, target) if before else None
                if failure is None:
                    act(handle)
        except PermissionError:
            refused.append(target.id.pid)
            failure = Failure(target=target, reason=_refusal(target))
        except OSError as error:
            failure = Failure(target=target, reason=_reason(error))
        if failure is not None:
            failures.append(failure)
    return _with_remedy(failures, refused, command)


def _with_remedy(
    failures: list[Failure], refused: list[int], command: Callable[[list[int]], str]
) -> tuple[Failure, ...]:
    if not refused:
        return tuple(failures)
    place = max(i for i, f in enumerate(failures) if f.target is not None and f.target.id.pid == refused[-1])
    last = failures[place]
    line = " && ".join(f"sudo {part}" for part in command(refused).split(" && "))
    failures[place] = Failure(target=last.target, reason=last.reason, remedy=line)
    return tuple(failures)


def _refusal(target: Target) -> str:
    if target.uid == os.geteuid():
        return "not permitted: the kernel reserves this for root"
    return f"not permitted: it belongs to {target.user}"


def _reason(error: OSError) -> str:
    if isinstance(error, ProcessLookupError):
        return "has ended"
    if error.errno == errno.ENOSYS:
        return "not possible: the kernel has no call for it"
    return (error.strerror or str(error)).lower()


def _not_zombie(handle: Handle, target: Target) -> Failure | None:
    line = handle.stat()
    if line.state != "Z" or line.threads > 1:
        return None
    reason = f"is a zombie: it has ended, and its parent {line.parent} has not taken note of it"
    return Failure(target=target, reason=reason, remedy=f"kill -CHLD {line.parent}")


def _stop(handle: Handle, wanted: bool, restores: list[Restore], limiter: Limiter) -> None:
    tell = limiter(handle.id)
    was = (tell is None or tell(wanted)) and handle.stat().state == "T"
    if was != wanted:
        handle.send(signal.SIGSTOP if wanted else signal.SIGCONT)
        restores.append(Restore(id=handle.id, what="stopped", value=was))


def _set(handle: Handle, value: values.Value, wanted: Callable[[Any], Any], restores: list[Restore]) -> None:
    """Set it for every thread. What was changed before an error is noted too."""
    before: list[list[Any]] = []
    try:
        for tid in _ids(handle, value):
            old = _read(value, tid)
            if old is not None:
                _written(value, tid, wanted(old))
                before.append([tid, old])
        handle.check()
    finally:
        if before:
            restores.append(Restore(id=handle.id, what=value.what, value=before))


def _put(handle: Handle, restore: Restore) -> None:
    """Set the old value of each thread; a thread that is new gets that of the main one."""
    value = values.VALUES[restore.what]
    before = {int(tid): old for tid, old in restore.value}
    for tid in _ids(handle, value):
        _written(value, tid, before.get(tid, restore.value[0][1]))


def _ids(handle: Handle, value: values.Value) -> list[int]:
    return handle.threads() if value.of_threads else [handle.id.pid]


def _read(value: values.Value, tid: int) -> Any:
    """The value of a thread, None where the thread has ended."""
    try:
        return value.read(tid)
    except ProcessLookupError:
        return None


def _written(value: values.Value, tid: int, new: Any) -> None:
    """Set the value of a thread, unless the thread has ended."""
    try:
        value.write(tid, new)
    except ProcessLookupError:
        return


def _now(value: values.Value, pids: list[int]) -> Any:
    """The value that the first of the pids has, for the command line of a remedy."""
    try:
        return value.read(pids[0])
    except OSError:
        return [0, 0] if not value.of_threads else 0


def _put_command(restores: Iterable[Restore], pids: list[int]) -> str:
    lines = [values.VALUES[r.what].command(r.value[0][1], [r.id.pid]) for r in restores if r.id.pid in pids]
    return " && ".join(lines)


def _spaced(pids: Iterable[int]) -> str:
    return " ".join(str(pid) for pid in pids)
