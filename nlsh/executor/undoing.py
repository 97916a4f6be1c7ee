"""Taking back the last change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from nlsh.errors import NothingMatched
from nlsh.executor import operations
from nlsh.executor.call import Call
from nlsh.executor.cpu_limit import limit_cpu, limiter, put_back_group, unlimit_cpu
from nlsh.executor.rules import Rules
from nlsh.executor.undo import Restore, UndoEntry, UndoLog
from nlsh.executor.values import VALUES
from nlsh.result import Failure, Result
from nlsh.sandbox import trash
from nlsh.sandbox.permit import Permit


def rules_changed_last(rules: Rules, undo: UndoLog) -> bool:
    """Whether the last change was one to the standing rules, and not one to processes."""
    entry = undo.last()
    return rules.changed_at() > (entry.time if entry else 0.0)


def nothing_but_files(undo: UndoLog) -> bool:
    """Whether the last change was one to files alone, so that no process is meant by taking it back."""
    entry = undo.last()
    return entry is not None and all(restore.what == "trash" for restore in entry.restores)


def undo_last(call: Call) -> Result:
    """Put back what the last change replaced, for those of its processes that the permit holds.

    The change is gone from the log then, whatever failed: trying again would fail again, and what came before it must
    not become out of reach. NothingMatched where there is nothing to take back.
    """
    permit = call.permitted()
    if rules_changed_last(call.rules, call.undo):
        return Result(verb="shell.undo", message=f"Took back: {call.rules.take_back()}.")
    files = nothing_but_files(call.undo)
    entry = call.undo.take()
    if entry is None:
        raise NothingMatched("there is nothing to take back")
    if files:
        back = ", ".join(trash.put_back(restore.value) for restore in reversed(entry.restores))
        return Result(verb="shell.undo", message=f"Took back: {entry.description}. It is {back} again.")
    failures = tuple(failure for group in _groups(entry, permit) for failure in _put_back(call, permit, group))
    return Result(
        verb="shell.undo",
        message=_message(entry, permit, failures),
        notes=call.selection.missing,
        processes=tuple(target.id for target in permit.targets),
        failures=failures,
    )


def _groups(entry: UndoEntry, permit: Permit) -> Iterable[list[Restore]]:
    """The restores of permitted processes that one operation can put back together, the last ones first."""
    held = {target.id for target in permit.targets}
    groups: dict[tuple[str, str], list[Restore]] = defaultdict(list)
    for restore in reversed(entry.restores):
        if restore.id in held:
            same = "" if restore.what in VALUES else repr(restore.value)
            groups["value" if restore.what in VALUES else restore.what, same].append(restore)
    return groups.values()


def _put_back(call: Call, permit: Permit, group: list[Restore]) -> tuple[Failure, ...]:
    ids = {restore.id for restore in group}
    chosen = permit.narrowed(target for target in permit.targets if target.id in ids)
    what, value = group[0].what, group[0].value
    if what == "stopped":
        operate = operations.suspend if value else operations.resume
        return operate(chosen, [], limiter(call.jobs))
    if what == "cpu":
        if value is None:
            return unlimit_cpu(chosen, call.jobs, call.undo, [])
        return limit_cpu(chosen, value, call.jobs, [])[0]
    if what == "cpu_group":
        return put_back_group(chosen, group)
    return operations.put_back(chosen, group)


def _message(entry: UndoEntry, permit: Permit, failures: tuple[Failure, ...]) -> str:
    if not permit.targets or len(failures) >= len(permit.targets):
        return ""
    return f"Took back: {entry.description}."
