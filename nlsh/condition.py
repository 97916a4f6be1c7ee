"""Conditions of standing rules: what has to come true, as INTENTS.md writes it in `when`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlsh.errors import UsageError
from nlsh.selector import SELECTOR_NAMES, Selector

METRICS: dict[str, tuple[str, str]] = {
    "cpu": ("CPU usage", "percent"),
    "memory": ("memory usage", "percent"),
    "swap": ("swap usage", "percent"),
    "disk": ("disk usage", "percent"),
    "load": ("the load average", "load"),
    "temperature": ("the temperature", "celsius"),
    "battery": ("the battery charge", "percent"),
    "disk.free": ("free disk space", "bytes"),
    "memory.free": ("available memory", "bytes"),
    "process.cpu": ("CPU usage", "percent"),
    "process.memory": ("memory usage", "percent"),
    "process.rss": ("memory", "bytes"),
}
"""Metric to what it is in words and its unit. Those of `process.` are of the processes that the selector names."""
EVENTS = ("exits", "starts")
OPERATORS = (">", "<")
OF_DISKS = ("disk", "disk.free")


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """Either a metric above (`>`) or below (`<`) a value, or an event; `hold` is for how many seconds it must last.

    `selector` names the processes meant: `args` are its arguments as they stood. A `process.` metric is that of the
    process which has most of it, so that `>` means any of them and `<` means all.
    """

    metric: str = ""
    op: str = ""
    value: float = 0.0
    event: str = ""
    hold: float = 0.0
    path: str = ""
    args: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, when: Mapping[str, Any]) -> Condition:
        """Read the wire form; UsageError with the reason where it is not a condition."""
        known = {"metric", "op", "value", "event", "for", "path", *SELECTOR_NAMES}
        if strange := sorted(set(when) - known):
            raise UsageError(f"a condition has no {', '.join(strange)}", hint=f"it has {', '.join(sorted(known))}")
        found = cls(
            metric=when.get("metric", ""),
            op=when.get("op", ""),
            value=when.get("value", 0.0),
            event=when.get("event", ""),
            hold=when.get("for", 0.0),
            path=when.get("path", ""),
            args={name: when[name] for name in SELECTOR_NAMES if name in when},
        )
        if problem := found._problem("value" in when):
            raise UsageError(f"this is no condition: {problem}", hint="for example: tell me when memory is above 90%")
        return found

    @property
    def selector(self) -> Selector:
        """The processes that it is about."""
        return Selector.of(self.args)

    @property
    def of_processes(self) -> bool:
        """Whether it is about processes, and not about the machine."""
        return bool(self.event) or self.metric.startswith("process.")

    @property
    def is_bound(self) -> bool:
        """Whether it is about exact processes, by pid or row, for which no others can stand in later."""
        return "pid" in self.args or "ref" in self.args

    @property
    def words(self) -> str:
        """The condition as a sentence's part: `memory usage is above 90%`."""
        lasting = f" for {self.hold:g} seconds" if self.hold else ""
        if self.event == "exits":
            return f"no {_who(self.args)} is left{lasting}"
        if self.event:
            return f"a {_who(self.args)} starts" + (" and has run" + lasting if lasting else "")
        named, unit = METRICS[self.metric]
        of = f" of {_who(self.args)}" if self.of_processes else f" of {self.path}" if self.path else ""
        return f"{named}{of} is {'above' if self.op == '>' else 'below'} {amount(self.value, unit)}{lasting}"

    def _problem(self, has_value: bool) -> str:
        if bool(self.metric) == bool(self.event):
            return "it needs either a metric or an event"
        if self.event:
            return self._problem_of_event()
        if self.metric not in METRICS:
            return f"there is no metric {self.metric!r}; there are {', '.join(METRICS)}"
        if self.op not in OPERATORS or not has_value:
            return f"{self.metric} needs > or < and a value"
        if self.path and self.metric not in OF_DISKS:
            return f"{self.metric} takes no path"
        if self.args and not self.of_processes:
            return (
                f"{self.metric} is of the whole machine; process.cpu, process.memory and process.rss are of processes"
            )
        return self._problem_of_selector() if self.of_processes else ""

    def _problem_of_event(self) -> str:
        if self.event not in EVENTS:
            return f"there is no event {self.event!r}; there are {', '.join(EVENTS)}"
        if self.event == "starts" and self.is_bound:
            return "a process that is already there cannot start"
        return self._problem_of_selector()

    def _problem_of_selector(self) -> str:
        return "" if self.selector.names_someone else "it does not say which process"


def amount(value: float, unit: str) -> str:
    """A value as people write it: `90%`, `4 GB`, `70 °C`."""
    if unit == "bytes":
        for size, name in ((1024**4, "TB"), (1024**3, "GB"), (1024**2, "MB"), (1024, "KB")):
            if value >= size:
                return f"{value / size:.4g} {name}"
        return f"{value:g} bytes"
    return f"{value:g}" + {"percent": "%", "celsius": " °C"}.get(unit, "")


def _who(args: Mapping[str, Any]) -> str:
    """The processes of a selector in words: `process with name chrome, user bob`."""
    return "process with " + ", ".join(f"{name} {_said(value)}" for name, value in args.items())


def _said(value: Any) -> str:
    return " or ".join(str(each) for each in value) if isinstance(value, tuple) else str(value)
