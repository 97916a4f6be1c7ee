"""What a verb's function is handed: the step, whom it means, and the parts of the house that it may use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nlsh.act import Decision
from nlsh.errors import Denied
from nlsh.intent import Intent, Plan
from nlsh.result import Result
from nlsh.target import Selection
from nlsh.verb import Registry

if TYPE_CHECKING:
    from nlsh.executor.jobs import Jobs
    from nlsh.executor.readers import Readers
    from nlsh.executor.rules import Rules
    from nlsh.executor.table import ProcessTable
    from nlsh.executor.undo import UndoLog
    from nlsh.sandbox.broker import House
    from nlsh.sandbox.permit import Permit


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """A request that has been dealt with: what was said, the plan that it was read as, how sure the model was (0 to 1),
    and what the policy said to each step that came up, in order."""

    utterance: str
    plan: Plan
    confidence: float | None = None
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Call:
    """One step on its way through the executor.

    `selection` is what its selector came to, empty for a verb that takes none; `permit` is there for steps that change
    something. `emit` shows a further Result later (a job's, a rule's). `perform` runs another step through the whole
    house, policy included, and returns its Result; for a step in a standing rule it is given the rule's own permit.
    `house` judges what a plugin asks for on the way. `readers` are there where this is one request of many.
    `history` are the lines typed so far, `past` the request before this one.
    """

    intent: Intent
    utterance: str
    selection: Selection
    table: ProcessTable
    jobs: Jobs
    rules: Rules
    undo: UndoLog
    registry: Registry
    emit: Callable[[Result], None]
    perform: Callable[[Intent, Permit | None], Result]
    history: Callable[[], tuple[str, ...]] = field(default=tuple)
    past: Callable[[], Past | None] = field(default=lambda: None)
    permit: Permit | None = None
    house: House | None = None
    readers: Readers | None = None

    def permitted(self) -> Permit:
        """The permit; Denied where the policy gate gave none."""
        if self.permit is None:
            raise Denied(f"{self.intent.verb} needs a permit and has none")
        return self.permit

    def counters(self, **arguments: Any) -> Result:
        """The report of this verb, which is one of `nlsh.executor.reports.counters`, with these arguments of it.

        It is read in a confined worker where there is one; here where there is none, or where that fails.
        """
        from nlsh.executor.reports import counters

        name = self.intent.verb
        read = self.readers.read(name, arguments) if self.readers is not None else None
        return read or counters.report(name, arguments)
