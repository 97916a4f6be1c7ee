"""The examples of the verbs, read by the real model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nlsh.effects import Effect
from nlsh.executor.core import core_registry
from nlsh.intent import Intent, Plan
from nlsh.models.worker import Load, ModelWorker
from nlsh.parser.parse import Parser
from nlsh.parser.reading import Reading
from nlsh.plugin.host import bundled_verbs
from nlsh.verb import Registry

pytestmark = pytest.mark.model
REGISTRY = Registry([*core_registry(), *bundled_verbs()])
SHARE = 0.95
"""Of the examples, how many must be read exactly right."""


@pytest.fixture(scope="module")
def readings(model_file: Path) -> Iterator[list[tuple[Reading, Plan]]]:
    """Every example as the model reads it, beside what it means."""
    worker = ModelWorker(Load(path=model_file))
    parser = Parser(REGISTRY, worker)
    yield [
        (parser.parse(example.utterance), Plan(steps=(Intent.from_wire({"verb": verb.name, **example.args}),)))
        for verb in REGISTRY
        for example in verb.examples
    ]
    worker.close()


def test_examples_are_understood(readings: list[tuple[Reading, Plan]]) -> None:
    """Nearly all examples are read exactly as they are meant."""
    wrong = [(reading.utterance, reading.plan.to_wire()) for reading, meant in readings if reading.plan != meant]
    assert len(wrong) <= (1 - SHARE) * len(readings), wrong


def test_a_misread_example_destroys_nothing(readings: list[tuple[Reading, Plan]]) -> None:
    """No example that is misread leads to something that cannot be undone, unless nlsh asks back."""
    destroying = [
        (reading.utterance, reading.plan.to_wire())
        for reading, meant in readings
        if reading.plan != meant
        and not reading.asks
        and any(REGISTRY.effect(step) is Effect.DESTROY for step in reading.plan)
    ]
    assert destroying == []
