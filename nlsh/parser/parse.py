"""From an utterance to a reading: prompt, grammar, model, plan, confidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from nlsh.completion import Model
from nlsh.effects import Effect
from nlsh.errors import ModelError
from nlsh.intent import Intent, Plan
from nlsh.parser import prompt
from nlsh.parser.context import Turn
from nlsh.parser.grammar import grammar
from nlsh.parser.reading import THRESHOLDS, Reading, doubt
from nlsh.parser.sayable import Sayable
from nlsh.parser.utterance import checked
from nlsh.verb import Registry

Style = Literal["trained", "general"]
_HANDICAP: Final = 0.5
"""A verb known by its declaration alone is meant where the model is at least this part as sure of it as of others."""
_CLEARER: Final = 0.5
"""Of the doubt about a sentence by itself this part at most may be left where it is read with the turn before."""
_NOTHING: Final = 0.5
"""Below this confidence that no declared verb is meant, one is: more probable than not."""


class Parser:
    """Understands utterances with one model and one registry of verbs."""

    def __init__(
        self,
        registry: Registry,
        model: Model,
        *,
        style: Style = "trained",
        thresholds: Mapping[Effect, float] = THRESHOLDS,
    ) -> None:
        self._registry = registry
        self._model = model
        self._style = style
        self._thresholds = thresholds
        self._untaught = prompt.untaught(registry) if style == "trained" else None

    def parse(self, utterance: str, context: Turn | None = None) -> Reading:
        """Understand one utterance; UsageError where it is no text, ModelError where the model fails.

        Where the reading is doubtful, the best one with another verb stands beside it.
        """
        said = checked(utterance)
        plan, confidence = self._surest(said, context)
        why = doubt(plan, confidence, self._registry, self._thresholds)
        route: Literal["intent", "unknown"] = "intent" if plan else "unknown"
        return Reading(
            utterance=said,
            route=route,
            plan=plan,
            confidence=confidence,
            asks=bool(why),
            doubt=why,
            alternatives=self._others(said, context, plan) if why else (),
        )

    def _surest(self, said: str, context: Turn | None) -> tuple[Plan, float]:
        """The surer of two readings: as a request by itself, and as one that goes back to the turn before.

        It goes back only where that takes away half of the doubt: after "my processes", "which processes are sleeping"
        is about all of them. What nothing here can do by itself may still be a question that goes on ("and by
        memory?"), but never an act. What only repeats the turn before ("again") does not stand against what means
        something by itself.
        """
        alone = self._best(said, None, self._registry)
        if context is None:
            return alone
        within = self._best(said, context, self._registry)
        if not alone[0]:
            return within if all(self._registry.mistaken(step) is Effect.READ for step in within[0]) else alone
        if within[0] == context.plan and not doubt(*alone, self._registry, self._thresholds):
            return alone
        return within if 1 - within[1] < _CLEARER * (1 - alone[1]) else alone

    def _others(self, said: str, context: Turn | None, plan: Plan) -> tuple[Plan, ...]:
        rest = self._registry.without(step.verb for step in plan)
        other, _ = self._best(said, context, rest)
        return (other,) if other else ()

    def _best(self, said: str, context: Turn | None, registry: Registry) -> tuple[Plan, float]:
        """The best plan with the verbs of this registry, and the model's confidence in it.

        Declarations in the prompt make the model less sure of what it was trained on. So it reads without them, and
        once more with them: that reading counts only where it means a verb that was declared. Without it "stop the
        container web" is a process to be killed, and surely so.
        """
        if self._untaught is None:
            return self._read(said, context, registry)
        trained = self._read(said, context, Registry(verb for verb in registry if verb.taught))
        declared = self._read(said, context, registry, system=self._untaught)
        means_one = not all(self._taught(step) for step in declared[0])
        return declared if means_one and (not trained[0] or declared[1] > _HANDICAP * trained[1]) else trained

    def _taught(self, step: Intent) -> bool:
        """Whether the model was trained on the verb of a step, and on that of the step within it."""
        inner = step.args.get("do")
        known = step.verb not in self._registry or self._registry[step.verb].taught
        return known and (not isinstance(inner, Intent) or self._taught(inner))

    def _read(
        self, said: str, context: Turn | None, registry: Registry, *, system: str | None = None
    ) -> tuple[Plan, float]:
        """The most probable plan of one prompt, and its confidence.

        With declarations it can be sure that one is meant and unsure of what is said about it: "nothing" is then
        the most probable of many answers, and wrong more often than not. So it is asked once more for the best of the
        others. Without declarations what it wavers about is in truth more often nothing than that.
        """
        asked = self._prompt(said, context, system)
        first = self._model.complete(asked, self._grammar(said, context, registry))
        plan = self._plan(first.text)
        if plan or system is None or first.confidence >= _NOTHING:
            return plan, first.confidence
        best = self._model.complete(asked, self._grammar(said, context, registry, something=True))
        return self._plan(best.text), best.confidence * (1 - first.confidence)

    def _prompt(self, said: str, context: Turn | None, system: str | None) -> list[tuple[str, bool]]:
        earlier = context.exchange() if context else None
        if self._style == "trained":
            segments = prompt.trained(said, context=earlier, system=system)
        else:
            segments = prompt.general(self._registry, said, context=earlier)
        return [(segment.text, segment.special) for segment in segments]

    def _grammar(self, said: str, context: Turn | None, registry: Registry, *, something: bool = False) -> str:
        alone = Sayable(utterance=said, rows=context.rows if context else 0)
        if context is None:
            return grammar(registry, alone, something=something)
        within = Sayable(utterance=said, previous=context.utterance, rows=context.rows)
        return grammar(registry, alone, within, something=something)

    def _plan(self, text: str) -> Plan:
        """Read the model's text. The grammar has made sure of its shape; what fails here is a bug, and never an act."""
        try:
            plan = Plan.from_wire(text)
            for step in plan:
                self._registry.check(step)
        except ValueError as error:
            raise ModelError(f"the model wrote no plan: {error}") from error
        return plan
