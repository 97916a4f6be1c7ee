"""A reading: what an utterance was understood as, and how sure the model is of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from nlsh.effects import Effect
from nlsh.intent import Plan
from nlsh.verb import Registry

THRESHOLDS: Mapping[Effect, float] = MappingProxyType({Effect.READ: 0.35, Effect.CHANGE: 0.8, Effect.DESTROY: 0.9})
"""The confidence below which a step of that effect is asked about and not done."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What an utterance was understood as.

    `confidence` is the model's own probability (0 to 1) of the plan. `asks` says that nlsh would ask back and not act;
    `doubt` says why, in words, and is empty otherwise.
    """

    utterance: str
    route: Literal["intent", "shell", "unknown"]
    plan: Plan
    confidence: float
    asks: bool = False
    doubt: str = ""
    command: str = ""
    alternatives: tuple[Plan, ...] = ()

    def to_public(self) -> dict[str, Any]:
        """The object of `nlsh --json` and `nlshctl parse`."""
        shown: dict[str, Any] = {
            "utterance": self.utterance,
            "route": self.route,
            "confidence": round(self.confidence, 4),
            "asks": self.asks,
            "plan": self.plan.to_public(),
        }
        return {**shown, "command": self.command} if self.route == "shell" else shown


def doubt(plan: Plan, confidence: float, registry: Registry, thresholds: Mapping[Effect, float]) -> str:
    """Why this plan is not acted on without asking, in words; empty where it may be."""
    for step in plan:
        if registry.lacks_target(step):
            return f"{step.verb} needs to know {registry.wanted(step)}"
    for step in plan:
        effect = registry.mistaken(step)
        if confidence < thresholds[effect]:
            return f"understood with a confidence of {confidence:.0%}, and acting needs {thresholds[effect]:.0%}"
    return ""
