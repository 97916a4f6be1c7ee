"""How readings are judged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nlsh.effects import Effect
from nlsh.intent import Plan
from nlsh.parser.reading import Reading
from training import scoring
from training.cases import Case
from training.evaluate import halves, thresholds
from training.registry import registry
from training.scoring import Outcome

REGISTRY = registry()
KILL = {"verb": "process.kill", "name": "chrome"}
LIST = {"verb": "process.list"}
UNKNOWN = {"verb": "unknown"}


def outcome(right: Any, read: Any, confidence: float = 0.99, asks: bool = False) -> Outcome:
    """A case with this right answer, read as that."""
    plan = Plan.from_wire(json.dumps(read))
    reading = Reading(utterance="x", route="intent", plan=plan, confidence=confidence, asks=asks)
    return Outcome(case=Case(utterance="x", plan=Plan.from_wire(json.dumps(right))), reading=reading)


@pytest.mark.parametrize(
    ("right", "read", "expected"),
    [
        (KILL, KILL, False),
        (KILL, LIST, False),
        (KILL, UNKNOWN, False),
        (LIST, KILL, True),
        (UNKNOWN, KILL, True),
        (KILL, {**KILL, "name": "firefox"}, True),
        (KILL, {**KILL, "signal": "KILL"}, True),
        ([LIST, KILL], KILL, False),
        (KILL, [KILL, {"verb": "process.suspend", "pid": 1}], True),
        (LIST, {"verb": "rule.add", "when": {"event": "exits", "name": "x"}, "do": KILL}, True),
        (UNKNOWN, {"verb": "shell.exit"}, True),
    ],
)
def test_dangerous(right: Any, read: Any, expected: bool) -> None:
    """A reading is dangerous that changes what was not asked for, or somebody else."""
    assert scoring.dangerous(outcome(right, read), REGISTRY) is expected


def test_score() -> None:
    """Exact plans, verbs, and the dangerous readings that nlsh would act on are counted."""
    found = scoring.score(
        [outcome(KILL, KILL), outcome(LIST, KILL, asks=True), outcome(LIST, {**LIST, "limit": 5}), outcome(LIST, KILL)],
        REGISTRY,
    )
    assert (found.cases, found.exact, found.verb, found.dangerous, found.acted) == (4, 0.25, 0.5, 2, 1)
    assert found.surely == 0.25


def test_argument_f1() -> None:
    """Arguments said and meant are compared one by one, also those of a nested step."""
    rule = {"verb": "rule.add", "when": {"metric": "disk", "op": ">", "value": 90}, "do": {"verb": "notify"}}
    other = {**rule, "when": {"metric": "disk", "op": ">", "value": 80}}
    assert scoring.argument_f1([outcome(rule, rule)]) == 1.0
    assert scoring.argument_f1([outcome(rule, other)]) == pytest.approx(6 / 8)


def test_calibration() -> None:
    """Confidence that is as often right as it says has no error."""
    right = [outcome(KILL, KILL, 0.75)] * 3
    assert scoring.calibration_error([*right, outcome(LIST, KILL, 0.75)]) == pytest.approx(0.0)
    assert scoring.calibration_error(right) == pytest.approx(0.25)


def test_the_thresholds_leave_nothing_dangerous() -> None:
    """Above them none of the readings that they were chosen on is dangerous."""
    found = [
        outcome(KILL, KILL, 0.9),
        outcome(LIST, KILL, 0.83),
        outcome(LIST, {"verb": "process.suspend", "pid": 1}, 0.5),
    ]
    chosen = thresholds(found, REGISTRY)
    assert (chosen[Effect.CHANGE], chosen[Effect.DESTROY]) == (0.51, 0.84)
    assert not any(scoring.above(one, REGISTRY, chosen) and scoring.dangerous(one, REGISTRY) for one in found)


def test_halves() -> None:
    """Each half has its share of every verb."""
    first, second = halves([outcome(KILL, KILL)] * 4 + [outcome(LIST, LIST)] * 2)
    assert [len(first), len(second)] == [3, 3]
    assert {one.case.verb for one in first} == {one.case.verb for one in second}
