"""Says what of a selector fits no process, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nlsh.errors import NothingMatched
from nlsh.executor import matching, sockets
from nlsh.executor.table import ProcessTable, user_name
from nlsh.process import Process
from nlsh.selector import Selector
from nlsh.target import ProcessId

_WORDS = {
    "command": "has {} in its command line",
    "user": "belongs to {}",
    "port": "uses port {}",
    "parent": "was started by process {}",
    "min_cpu": "uses {}% of a core or more",
    "min_memory": "uses {}% of memory or more",
    "min_rss": "holds {} bytes or more",
    "older_than": "is older than {} s",
    "newer_than": "is younger than {} s",
}


def nothing(
    selector: Selector, table: ProcessTable, *, shown_before: tuple[ProcessId, ...] | None = None
) -> NothingMatched:
    """The error for a selector that nobody fits."""
    gone = _ended(shown_before or (), ())
    if gone:
        return NothingMatched("; ".join(gone))
    if selector.port is not None and (owner := _hidden_owner(selector.port, table)):
        message = f"port {selector.port} is used by a process of {owner} that cannot be looked into"
        return NothingMatched(message, hint="ask again with sudo")
    return NothingMatched(_sentence(selector), hint=_near_names(selector, table))


def partly_missing(
    selector: Selector, found: Iterable[Process], shown_before: tuple[ProcessId, ...] | None
) -> tuple[str, ...]:
    """What was asked for by row, pid or name and is not there, while other parts of the selector fit."""
    there = list(found)
    if shown_before is not None:
        return _ended(shown_before, [p.pid for p in there]) if selector.limit is None else ()
    if selector.limit is not None:
        return ()
    pids, names = matching.as_tuple(selector.pid), matching.as_tuple(selector.name)
    lost = [f"there is no process {pid}" for pid in pids if len(pids) > 1 and all(p.pid != pid for p in there)]
    if len(names) > 1:
        lost += [f"no process is named {n}" for n in names if not any(matching.is_called(p, n) for p in there)]
    return tuple(lost)


def _ended(ids: Iterable[ProcessId], there: Collection[int]) -> tuple[str, ...]:
    return tuple(f"process {id.pid} of the previous result has ended" for id in ids if id.pid not in there)


def _sentence(selector: Selector) -> str:
    parts = _parts(selector)
    if parts == [] and selector.pid is not None:
        return "there is no process " + " or ".join(str(pid) for pid in matching.as_tuple(selector.pid))
    if selector.pid is not None:
        parts.append("has pid " + " or ".join(str(pid) for pid in matching.as_tuple(selector.pid)))
    return f"no process {' and '.join(parts)}" if parts else "no process fits"


def _parts(selector: Selector) -> list[str]:
    found = []
    if selector.name is not None:
        found.append("is named " + " or ".join(matching.as_tuple(selector.name)))
    if selector.status is not None:
        found.append("is a zombie" if selector.status == "zombie" else f"is {selector.status}")
    return found + [
        words.format(getattr(selector, name)) for name, words in _WORDS.items() if getattr(selector, name) is not None
    ]


def _near_names(selector: Selector, table: ProcessTable) -> str:
    """Names that are much like the one that was given: a slip of the finger is the most common reason."""
    if selector.name is None:
        return ""
    import difflib

    names = sorted({process.name for process in table.snapshot()})
    said = matching.as_tuple(selector.name)[0]
    near = difflib.get_close_matches(said, names, n=3, cutoff=0.7)
    return f"there is {', '.join(near)}" if near else ""


def _hidden_owner(port: int, table: ProcessTable) -> str:
    """Who holds a port that no process is seen to hold; empty where it is free, or its process does not fit."""
    if any(port in process.ports for process in table.snapshot({"ports"})):
        return ""
    owners = {socket.uid for socket in sockets.sockets() if socket.port == port}
    return " or ".join(sorted(user_name(uid) for uid in owners))
