"""The standing rules of a session: each looks at its condition in a job, and acts when it comes true."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nlsh.clock import Clock, SystemClock
from nlsh.condition import Condition
from nlsh.errors import NlshError, UsageError
from nlsh.executor.edge import Edge
from nlsh.intent import Intent

if TYPE_CHECKING:
    from nlsh.executor.jobs import Job, Jobs

EVERY = 2.0
"""Seconds between two looks at a condition."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change to the rules that can be taken back: when it was made (unix seconds), what it was, how it goes back."""

    time: float
    words: str
    back: Callable[[], None]


class Rule:
    """One standing rule: `test` looks whether its condition is true, `act` does what it is there for.

    `words` says what it does; `once` that it can come true only once, and then goes; `fired` counts how often it has,
    last at `last` (unix seconds); `trouble` is why it could not look or act the last time, empty where it could.
    """

    def __init__(
        self,
        *,
        id: int,
        when: Condition,
        do: Intent,
        words: str,
        added: float,
        test: Callable[[], bool],
        act: Callable[[Rule], None],
    ) -> None:
        self.id, self.when, self.do, self.words, self.added = id, when, do, words, added
        self.test, self.act = test, act
        self.state: Literal["active", "paused", "removed"] = "active"
        self.once = when.event == "exits" and when.is_bound
        self.fired = 0
        self.last: float | None = None
        self.trouble = ""
        self.job: Job | None = None


class Rules:
    """The rules there are. They live as long as the session, in jobs of it; `every` is seconds between two looks."""

    def __init__(self, jobs: Jobs, *, clock: Clock | None = None, every: float = EVERY) -> None:
        self._jobs, self._clock, self._every = jobs, clock or SystemClock(), every
        self._rules: dict[int, Rule] = {}
        self._lock = threading.Lock()
        self._last = 0
        self._changes: list[Change] = []

    def add(
        self, *, when: Condition, do: Intent, words: str, test: Callable[[], bool], act: Callable[[Rule], None]
    ) -> Rule:
        """Let a new rule stand: whenever `test` comes true, by the law of `Edge`, it does `act`."""
        with self._lock:
            self._last += 1
            rule = Rule(id=self._last, when=when, do=do, words=words, added=self._clock.now(), test=test, act=act)
        self._begin(rule)
        self._changed(f"rule {rule.id} was made", lambda: self._end(rule))
        return rule

    def list(self) -> tuple[Rule, ...]:
        """The rules that stand, oldest first."""
        with self._lock:
            return tuple(self._rules.values())

    def get(self, id: int | None) -> Rule:
        """The rule of that number, or the only one; UsageError with those there are where that is not clear."""
        rules = {rule.id: rule for rule in self.list()}
        if id is None and len(rules) == 1:
            return next(iter(rules.values()))
        if id in rules:
            return rules[id]
        there = "; ".join(f"{rule.id}: {rule.words}" for rule in rules.values())
        wrong = "which rule?" if id is None and rules else f"there is no rule {id}" if rules else "there are no rules"
        raise UsageError(wrong, hint=f"there are {there}" if there else "say: tell me when memory is above 90%")

    def remove(self, id: int | None) -> Rule:
        """Take a rule away for good."""
        rule = self.get(id)
        self._end(rule)
        self._changed(f"rule {rule.id} was removed", lambda: self._begin(rule))
        return rule

    def pause(self, id: int | None) -> Rule:
        """Let a rule rest: it neither acts nor counts how long its condition holds."""
        return self._turn(self.get(id), "paused")

    def resume(self, id: int | None) -> Rule:
        """Let a paused rule act again."""
        return self._turn(self.get(id), "active")

    def changed_at(self) -> float:
        """When the rules were last changed by a person (unix seconds); 0 where nothing can be taken back."""
        return self._changes[-1].time if self._changes else 0.0

    def take_back(self) -> str:
        """Take back the last change, and say what it was."""
        change = self._changes.pop()
        change.back()
        return change.words

    def _changed(self, words: str, back: Callable[[], None]) -> None:
        self._changes.append(Change(time=self._clock.now(), words=words, back=back))

    def _turn(self, rule: Rule, state: Literal["active", "paused"]) -> Rule:
        before, rule.state = rule.state, state
        self._changed(f"rule {rule.id} became {state}", lambda: setattr(rule, "state", before))
        return rule

    def _begin(self, rule: Rule) -> None:
        """Let a rule stand, from now on."""
        with self._lock:
            self._rules[rule.id] = rule
        rule.state = "active"
        edge = Edge(0.0 if rule.when.event == "starts" else rule.when.hold)
        rule.job = self._jobs.start(rule.words, "rule.add", lambda job: self._stand(rule, edge, job))

    def _end(self, rule: Rule) -> None:
        self._forget(rule)
        if rule.job:
            rule.job.stop.set()

    def _stand(self, rule: Rule, edge: Edge, job: Job) -> None:
        try:
            while not job.stop.is_set() and not (rule.fired and rule.once):
                self._look(rule, edge)
                job.stop.wait(0.0 if rule.fired and rule.once else self._every)
        finally:
            if rule.job is job:  # not one that was taken away and stands again
                self._forget(rule)

    def _forget(self, rule: Rule) -> None:
        with self._lock:
            self._rules.pop(rule.id, None)
            rule.state = "removed"

    def _look(self, rule: Rule, edge: Edge) -> None:
        """One look. What goes wrong is kept in `trouble`: the file or the process may come back."""
        try:
            true = rule.test()
            rule.trouble = ""
            if rule.state != "active":
                edge.interrupted()
            elif edge.rises(true, self._clock.monotonic()):
                rule.fired, rule.last = rule.fired + 1, self._clock.now()
                rule.act(rule)
        except (NlshError, OSError) as error:
            rule.trouble = str(error)
