"""From a selector to exact processes: what will be shown, judged and acted on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields, replace

from nlsh.effects import Effect
from nlsh.errors import Denied, NothingMatched, NotUnderstood
from nlsh.executor import matching
from nlsh.executor.protected import Me, protected
from nlsh.executor.table import NEED_FIELDS, Need, ProcessTable
from nlsh.executor.undo import UndoLog
from nlsh.executor.unmatched import nothing, partly_missing
from nlsh.intent import Intent
from nlsh.process import Process, label
from nlsh.result import Result
from nlsh.selector import Selector
from nlsh.target import ProcessId, Selection
from nlsh.verb import Selects, Verb

_SHOWN: set[Need] = {"user", "argv"}
_SHOWN_BY: dict[str, set[Need]] = {"process.list": {"user", "argv", "cpu"}, "process.count": {"user"}}


def select(
    intent: Intent,
    verb: Verb,
    table: ProcessTable,
    previous: Result | None,
    undo: UndoLog,
    me: Me | None = None,
    *,
    helpers: frozenset[int] = frozenset(),
) -> Selection:
    """The processes that a step means, in order, each as it is now.

    For a verb that changes something those that nothing may touch are left out and listed; `me` is nlsh itself, found
    out where it is not given, with `helpers` the pids that work for it. `ref` counts the processes of `previous`.
    NotUnderstood where nobody is named or there is no previous result, NothingMatched where nobody fits, Denied where
    all who fit are protected.
    """
    me = me or Me.now(helpers)
    if verb.name == "shell.undo":
        return _of_undo(table, undo, me)
    if verb.selects is Selects.NO or intent.args.get("path") is not None:
        return Selection()
    if verb.lacks_target(intent):
        raise NotUnderstood(f"{verb.name} needs to know which processes are meant", hint="name them, or give a pid")
    selector = Selector.of(intent.args)
    if verb.name == "net.connections":  # a port is that of a connection there, at either end
        selector = replace(selector, port=None)
    shown = _SHOWN_BY.get(verb.name, _SHOWN)
    found = _resolve(selector, table, previous, me, shown)
    if intent.args.get("tree") is True:
        found += _descendants(table, found)
    found = _completed(table, found, shown - _read_for(selector, shown))
    if not found and verb.name != "process.count":
        raise nothing(selector, table, shown_before=_wanted_ids(selector, previous))
    missing = partly_missing(selector, found, _wanted_ids(selector, previous))
    return _guarded(found, verb.effect, table, me, everything=is_everything(selector), missing=missing)


def is_everything(selector: Selector) -> bool:
    """Whether the selector restricts nobody: no name but wildcards, no amount but zero, and no number of processes."""
    return selector.limit is None and not _without(selector, _empty_parts(selector)).names_someone


def _without(selector: Selector, parts: Collection[str]) -> Selector:
    kept = [part.name for part in fields(Selector) if part.name not in parts]
    return Selector(**{name: getattr(selector, name) for name in kept})


def _empty_parts(selector: Selector) -> list[str]:
    names = [name for name in matching.as_tuple(selector.name) if name is not None]
    parts = [part for part in ("min_cpu", "min_memory", "min_rss", "older_than") if getattr(selector, part) == 0]
    if any(set(name) == {"*"} for name in names):
        parts.append("name")
    if selector.command is not None and not selector.command.strip():
        parts.append("command")
    return parts


def _resolve(
    selector: Selector, table: ProcessTable, previous: Result | None, me: Me, shown: set[Need]
) -> list[Process]:
    ids = _wanted_ids(selector, previous)
    pids = _restricted(selector, ids)
    rows: Iterable[Process] = table.snapshot(_read_for(selector, shown), pids)
    if ids is not None:
        by_id = {process.id: process for process in rows}
        rows = [by_id[id] for id in ids if id in by_id]
    tests = matching.tests(selector, _uid(selector.user, me))
    fitting = [process for process in rows if all(test(process) for test in tests)]
    found = matching.ordered(fitting, selector.sort, selector.reverse)
    return found if selector.limit is None else found[: max(0, selector.limit)]


def _read_for(selector: Selector, shown: set[Need]) -> set[Need]:
    """What is read of every process: what the selector needs, and where it restricts nobody all that is shown."""
    wanted = matching.needs(selector)
    return wanted | shown if not selector.names_someone and selector.limit is None else wanted


def _wanted_ids(selector: Selector, previous: Result | None) -> tuple[ProcessId, ...] | None:
    """The processes that `ref` speaks of; None without a `ref`."""
    if selector.ref is None:
        return None
    rows = previous.processes if previous else ()
    if not any(rows):
        raise NotUnderstood("there is no previous result with processes to refer to", hint="name them, or give a pid")
    if selector.ref == "last":
        return tuple(dict.fromkeys(id for id in rows if id is not None))
    row = int(selector.ref)
    if not 1 <= row <= len(rows):
        raise NothingMatched(f"the previous result has no row {row}", hint=f"its rows are 1 to {len(rows)}")
    chosen = rows[row - 1]
    if chosen is None:
        raise NothingMatched(f"row {row} of the previous result names no process", hint="root may see who it is")
    return (chosen,)


def _restricted(selector: Selector, ids: tuple[ProcessId, ...] | None) -> set[int] | None:
    """The only pids that can be meant; None where it may be any."""
    said = None if selector.pid is None else set(matching.as_tuple(selector.pid))
    if ids is None:
        return said
    shown = {id.pid for id in ids}
    return shown if said is None else shown & said


def _uid(user: str | None, me: Me) -> int | None:
    """The uid of a login name, of digits, or of `me`; NothingMatched where there is no such user."""
    import pwd

    if user is None:
        return None
    if user == "me":
        return me.uid
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        if user.isascii() and user.isdigit():
            return int(user)
    raise NothingMatched(f"there is no user {user}")


def _completed(table: ProcessTable, found: list[Process], lacking: set[Need]) -> list[Process]:
    """The processes with the fields of `lacking` filled; those that ended meanwhile are gone."""
    if not lacking or not found:
        return found
    fresh = {process.id: process for process in table.snapshot(lacking, [process.pid for process in found])}
    names = [name for need in lacking for name in NEED_FIELDS[need]]
    return [
        replace(process, **{name: getattr(fresh[process.id], name) for name in names})
        for process in found
        if process.id in fresh
    ]


def _descendants(table: ProcessTable, roots: list[Process]) -> list[Process]:
    """All that the processes started and that these started, parents before children, without the processes."""
    children: dict[int, list[Process]] = {}
    for process in table.snapshot():
        children.setdefault(process.parent, []).append(process)
    seen, found = {root.pid for root in roots}, []
    waiting = [root.pid for root in roots]
    while waiting:
        for child in children.get(waiting.pop(0), ()):
            if child.pid not in seen:
                seen.add(child.pid)
                waiting.append(child.pid)
                found.append(child)
    return found


def _guarded(
    found: list[Process],
    effect: Effect,
    table: ProcessTable,
    me: Me,
    *,
    everything: bool = False,
    missing: tuple[str, ...] = (),
) -> Selection:
    if effect is Effect.READ:
        return Selection(targets=tuple(p.target() for p in found), everything=everything, missing=missing)
    guard = protected(table, me)
    reasons = [(process, guard.reason(process)) for process in found]
    targets = tuple(process.target() for process, reason in reasons if not reason)
    kept = tuple((process.target(), reason) for process, reason in reasons if reason)
    if kept and not targets:
        raise _all_protected(reasons)
    return Selection(targets=targets, protected=kept, everything=everything, missing=missing)


def _all_protected(reasons: list[tuple[Process, str]]) -> Denied:
    process, reason = reasons[0]
    others = f", and {len(reasons) - 1} more likewise" if len(reasons) > 1 else ""
    return Denied(
        f"{label(process)} is not to be touched: {reason}{others}",
        hint="nothing else fits; name another process",
        rule="protected",
    )


def _of_undo(table: ProcessTable, undo: UndoLog, me: Me) -> Selection:
    """The processes of the newest change that can be taken back."""
    entry = undo.last()
    if entry is None:
        raise NothingMatched("there is nothing to take back")
    ids = tuple(dict.fromkeys(restore.id for restore in entry.restores))
    now = {process.id: process for process in table.snapshot(_SHOWN, [id.pid for id in ids])}
    missing = tuple(f"process {id.pid} has ended" for id in ids if id not in now)
    found = [now[id] for id in ids if id in now]
    return _guarded(found, Effect.CHANGE, table, me, missing=missing)
