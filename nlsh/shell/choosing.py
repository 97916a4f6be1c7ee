"""A doubtful reading: the person chooses among what the sentence may mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from nlsh.intent import Plan
from nlsh.render import safe, words
from nlsh.shell import terminal
from nlsh.shell.waiting import Waiting
from nlsh.verb import Registry

if TYPE_CHECKING:
    from rich.console import Console

    from nlsh.parser.reading import Reading

_MOST = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What the person chose: a plan, to `edit` the line, or neither."""

    plan: Plan | None = None
    edit: bool = False


class TerminalChooser:
    """Shows the readings with numbers on the console that `console` makes, and waits for a key."""

    def __init__(self, console: Callable[[], Console], waiting: Waiting, *, can_edit: bool) -> None:
        self._make, self._waiting, self._can_edit = console, waiting, can_edit

    @cached_property
    def _console(self) -> Console:
        return self._make()

    def choose(self, reading: Reading, registry: Registry) -> Choice:
        """Ask which reading was meant."""
        plans = options(reading, registry)
        with self._waiting.paused():
            self._print(f"Not sure: {safe.line(reading.doubt)}" if reading.doubt else "Not sure what was meant.")
            for number, plan in enumerate(plans, 1):
                self._print(f"  {number}  {words.plan(plan, registry)}")
            return self._answer(plans)

    def _answer(self, plans: tuple[Plan, ...]) -> Choice:
        if not plans:
            return Choice(edit=self._can_edit)
        digits = "/".join(str(number) for number in range(1, len(plans) + 1))
        edit_too = "/e to edit" if self._can_edit else ""
        key = terminal.key(lambda: self._print(f"Which one? [{digits}{edit_too}/N] ", end=""))
        if key.isdecimal() and 1 <= int(key) <= len(plans):
            self._print(key)
            return Choice(plan=plans[int(key) - 1])
        edit = key == "e" and self._can_edit
        self._print("edit" if edit else "no")
        return Choice(edit=edit)

    def _print(self, text: str, end: str = "\n") -> None:
        self._console.print(text, end=end, markup=False, highlight=False, soft_wrap=True)


def options(reading: Reading, registry: Registry) -> tuple[Plan, ...]:
    """The readings that can be carried out as they stand, the best first."""
    plans = {plan.to_wire(): plan for plan in (reading.plan, *reading.alternatives) if plan}
    whole = [plan for plan in plans.values() if not any(registry.lacks_target(step) for step in plan)]
    return tuple(whole[:_MOST])
