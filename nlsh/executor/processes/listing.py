"""Processes as a table, counted, and as a tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Literal

from nlsh.executor.call import Call
from nlsh.executor.report import columns, record, table
from nlsh.process import Process
from nlsh.result import Column, Result, Unit
from nlsh.target import Target


def shown() -> tuple[Column, ...]:
    """The columns of a list of processes."""
    left = columns(pid=(Unit.COUNT, "PID"), user=Unit.TEXT, name=Unit.TEXT)
    middle = columns(cpu=(Unit.PERCENT, "CPU"), memory=Unit.PERCENT, rss=(Unit.BYTES, "RSS"), age=Unit.SECONDS)
    return (*left, *middle, *columns(status=Unit.TEXT, command=Unit.TEXT))


def row(target: Target) -> dict[str, Any]:
    """The row of a process: CPU in percent of one core, memory in percent of all, RSS in bytes, age in seconds."""
    return {
        "pid": target.id.pid,
        "user": target.user,
        "name": target.name,
        "cpu": None if target.cpu is None else round(target.cpu, 1),
        "memory": None if target.memory is None else round(target.memory, 2),
        "rss": target.rss,
        "age": round(target.age, 1),
        "status": target.status,
        "command": target.command,
    }


def listed(call: Call) -> Result:
    """The selected processes, a row each."""
    chosen = call.selection.targets
    result = table("process.list", shown(), [row(target) for target in chosen], *call.selection.missing)
    return replace(result, processes=tuple(target.id for target in chosen))


def counted(call: Call, by: Literal["user", "name", "status"] | None) -> Result:
    """How many there are, all together or for each value of `by`, most first."""
    chosen = call.selection.targets
    if by is None:
        return record("process.count", columns(count=(Unit.COUNT, "Processes")), {"count": len(chosen)})
    counts = Counter(str(getattr(target, by)) for target in chosen)
    described = (*columns(**{by: Unit.TEXT}), *columns(count=(Unit.COUNT, "Processes")))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0].casefold()))
    return table("process.count", described, [{by: value, "count": count} for value, count in ordered])


def as_tree(call: Call) -> Result:
    """The selected processes and what they started, each below its parent; all but the kernel's where all are meant."""
    everyone = call.table.snapshot({"user", "argv"})
    chosen = {target.id for target in call.selection.targets}
    whole = call.selection.everything
    within = [p for p in everyone if not p.kernel] if whole else list(everyone)
    roots = within if whole else [p for p in within if p.id in chosen]
    found = list(_walk(within, roots))
    described = columns(pid=(Unit.COUNT, "PID"), user=Unit.TEXT, name=Unit.TEXT, command=Unit.TEXT)
    return Result(
        verb="process.tree",
        shape="tree",
        columns=described,
        rows=tuple(_branch(process, depth) for process, depth in found),
        processes=tuple(process.id for process, _ in found),
        notes=call.selection.missing,
    )


def _branch(process: Process, depth: int) -> dict[str, Any]:
    return {
        "depth": depth,
        "pid": process.pid,
        "user": process.user,
        "name": process.name,
        "command": process.command,
    }


def _walk(everyone: Iterable[Process], roots: Iterable[Process]) -> Iterator[tuple[Process, int]]:
    """The roots that are not below another root, each followed by all below it, with the depth."""
    children: dict[int, list[Process]] = {}
    for process in everyone:
        children.setdefault(process.parent, []).append(process)
    below = set(_pids_below(children, [root.pid for root in roots]))
    waiting = [(root, 0) for root in roots if root.pid not in below][::-1]
    while waiting:
        process, depth = waiting.pop()
        yield process, depth
        waiting += [(child, depth + 1) for child in children.get(process.pid, ())][::-1]


def _pids_below(children: dict[int, list[Process]], pids: list[int]) -> Iterator[int]:
    seen: set[int] = set()
    waiting = list(pids)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child.pid not in seen:
                seen.add(child.pid)
                waiting.append(child.pid)
                yield child.pid
