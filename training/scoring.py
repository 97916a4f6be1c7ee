"""How right the readings of a set of cases are, and above all how dangerous the wrong ones."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nlsh.effects import Effect
from nlsh.intent import Intent, Plan
from nlsh.parser.reading import Reading, doubt
from nlsh.verb import Registry
from training.cases import Case

BINS = (0.0, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001)
"""Edges of the confidence bins of the reliability table."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A case with what the model made of it, and how long that took in seconds."""

    case: Case
    reading: Reading
    seconds: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether the plan is the right one, to the last argument."""
        return self.reading.plan == self.case.plan

    @property
    def verb(self) -> bool:
        """Whether the verbs of the plan are the right ones, in order."""
        return [step.verb for step in self.reading.plan] == [step.verb for step in self.case.plan]


@dataclass(frozen=True, kw_only=True)
class Score:
    """Shares (0 to 1) over a number of outcomes; `f1` is that of the arguments of all of them together.

    `dangerous` counts the readings with a step that changes something, or ends the shell, and that the case does not
    have; `acted`, those of them that nlsh would act on without asking back; `surely` is the share that is right and
    acted on.
    """

    cases: int
    exact: float
    verb: float
    f1: float
    dangerous: int
    acted: int
    surely: float


def score(outcomes: Iterable[Outcome], registry: Registry) -> Score:
    """The score of some outcomes."""
    each = list(outcomes)
    bad = [one for one in each if dangerous(one, registry)]
    return Score(
        cases=len(each),
        exact=_share(one.exact for one in each),
        verb=_share(one.verb for one in each),
        f1=argument_f1(each),
        dangerous=len(bad),
        acted=sum(not one.reading.asks for one in bad),
        surely=_share(one.exact and not one.reading.asks for one in each),
    )


def _share(hits: Iterable[bool]) -> float:
    found = list(hits)
    return sum(found) / len(found) if found else 0.0


def dangerous(outcome: Outcome, registry: Registry) -> bool:
    """Whether a step of the reading does what the case did not ask for and is no mere look, or does it to another."""
    meant = list(outcome.case.plan)
    return any(registry.mistaken(step) is not Effect.READ and step not in meant for step in outcome.reading.plan)


def argument_f1(outcomes: Sequence[Outcome]) -> float:
    """The F1 of the arguments: each with its step's place, name and value."""
    said, meant, both = 0, 0, 0
    for outcome in outcomes:
        mine, right = _arguments(outcome.reading.plan), _arguments(outcome.case.plan)
        said, meant, both = said + mine.total(), meant + right.total(), both + (mine & right).total()
    return 2 * both / (said + meant) if said + meant else 1.0


def _arguments(plan: Plan) -> Counter[tuple[int, str, str]]:
    return Counter((place, name, repr(value)) for place, step in enumerate(plan) for name, value in _flat(step).items())


def _flat(step: Intent) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in step.args.items():
        nested = value.to_wire() if isinstance(value, Intent) else value
        if isinstance(nested, Mapping):
            found |= {f"{name}.{key}": inner for key, inner in nested.items()}
        else:
            found[name] = nested
    return found


@dataclass(frozen=True, kw_only=True)
class Bin:
    """The readings with a confidence from `low` to `high`: how many, their mean confidence, the share that is right."""

    low: float
    high: float
    cases: int
    confidence: float
    right: float


def reliability(outcomes: Sequence[Outcome]) -> tuple[Bin, ...]:
    """The reliability table of the confidence."""
    found = []
    for low, high in itertools.pairwise(BINS):
        inside = [one for one in outcomes if low <= one.reading.confidence < high]
        if inside:
            mean = sum(one.reading.confidence for one in inside) / len(inside)
            right = _share(one.exact for one in inside)
            found.append(Bin(low=low, high=high, cases=len(inside), confidence=mean, right=right))
    return tuple(found)


def calibration_error(outcomes: Sequence[Outcome]) -> float:
    """The mean distance of confidence and share of right readings, over the bins, by their cases."""
    bins = reliability(outcomes)
    return sum(each.cases * abs(each.confidence - each.right) for each in bins) / max(len(outcomes), 1)


def above(outcome: Outcome, registry: Registry, thresholds: Mapping[Effect, float]) -> bool:
    """Whether nlsh would act on the reading with these thresholds."""
    return not doubt(outcome.reading.plan, outcome.reading.confidence, registry, thresholds)


def grouped(outcomes: Iterable[Outcome], key: Callable[[Case], str]) -> dict[str, list[Outcome]]:
    """The outcomes by what `key` says of their cases, in order of the names."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome.case), []).append(outcome)
    return dict(sorted(groups.items()))
