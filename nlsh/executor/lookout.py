"""Looking whether a condition is true now: what a standing rule does every other second."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

from nlsh.condition import METRICS, Condition, amount
from nlsh.executor.call import Call
from nlsh.executor.metrics import Reading, reading
from nlsh.executor.select import select
from nlsh.executor.table import Need
from nlsh.intent import Intent
from nlsh.process import Process, label
from nlsh.target import ProcessId

_OPERATORS: dict[str, Callable[[float, float], bool]] = {">": operator.gt, "<": operator.lt}
Find = Callable[[], tuple[Process, ...]]


class Lookout(Protocol):
    """Looks at one condition; `seen` says in words what it saw when that was true last."""

    seen: str

    def __call__(self) -> bool:
        """Whether the condition is true now."""
        ...


def lookout(condition: Condition, call: Call) -> Lookout:
    """The lookout of a new rule.

    A selector by pid or by row means the processes that these are now, for good: NothingMatched where they are not
    there. Any other is resolved anew at each look. OperationFailed where the machine does not have what is measured.
    """
    if not condition.of_processes:
        return _Metric(condition, reading(condition, tuple))
    needs: tuple[Need, ...] = ("cpu",) if condition.metric == "process.cpu" else ()
    find = _finder(condition, call, needs)
    if condition.metric:
        return _Metric(condition, reading(condition, find))
    return _Exits(find) if condition.event == "exits" else _Starts(find, condition.hold)


class _Metric:
    def __init__(self, condition: Condition, read: Reading) -> None:
        self._condition, self._read = condition, read
        self.seen = ""
        read()

    def __call__(self) -> bool:
        value = self._read()
        if value is None or not _OPERATORS[self._condition.op](value, self._condition.value):
            return False
        name, unit = METRICS[self._condition.metric]
        self.seen = f"{name} is {amount(round(value, 1), unit)}"
        return True


class _Exits:
    """True while none is left of those that were there."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._there = {process.id: label(process) for process in find()}
        self.seen = ""

    def __call__(self) -> bool:
        now = {process.id: label(process) for process in self._find()}
        if now:
            self._there = now
        elif self._there:
            self.seen = f"{_listed(self._there.values())} ended"
        return bool(self._there) and not now


class _Starts:
    """True at the look that finds a new process which has run for as long as it must."""

    def __init__(self, find: Find, hold: float) -> None:
        self._find, self._hold = find, hold
        self._known = {process.id for process in find()}
        self.seen = ""

    def __call__(self) -> bool:
        now = self._find()
        new = [process for process in now if process.id not in self._known and process.age >= self._hold]
        self._known = {process.id for process in now if process.id in self._known or process in new}
        if new:
            lasting = f" and has run for {self._hold:g} seconds" if self._hold else ""
            self.seen = f"{_listed([label(process) for process in new])} started{lasting}"
        return bool(new)


def _listed(names: Collection[str], most: int = 5) -> str:
    shown = list(names)[:most]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shown) + more


def _finder(condition: Condition, call: Call, needs: tuple[Need, ...]) -> Find:
    if condition.is_bound:
        found = call.perform(Intent(verb="process.list", args=condition.args), None).processes
        bound = frozenset(id for id in found if id is not None)
        return lambda: _alive(call, needs, bound)
    return lambda: _alive(call, needs, meant_now(call, condition.args))


def meant_now(call: Call, args: Mapping[str, Any]) -> frozenset[ProcessId]:
    """The processes that the selector of a step means now, maybe none; it may not hold a `ref`."""
    step = Intent(verb="process.count", args=args)
    chosen = select(step, call.registry[step.verb], call.table, None, call.undo)
    return frozenset(target.id for target in chosen.targets)


def _alive(call: Call, needs: Collection[Need], ids: frozenset[ProcessId]) -> tuple[Process, ...]:
    """Those of the processes that still run. A zombie does not: it has ended, and only waits for its parent."""
    found = call.table.snapshot(needs, [id.pid for id in ids]) if ids else ()
    return tuple(process for process in found if process.id in ids and process.status != "zombie")
