"""The turn before: what "it", "the second one" and "and by memory?" go back to."""

from __future__ import annotations

from dataclasses import dataclass

from nlsh.intent import Plan


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """An utterance, what it was understood as, and how many rows its result had."""

    utterance: str
    plan: Plan
    rows: int = 0

    def exchange(self) -> tuple[str, str]:
        """The turn as the model reads it: the utterance and the answer in wire format."""
        return self.utterance, self.plan.to_wire()
