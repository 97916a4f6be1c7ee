"""The hand-written evaluation sets."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nlsh.executor.core import core_registry
from nlsh.intent import Intent
from nlsh.parser.grammar import grammar
from nlsh.parser.sayable import Sayable
from tests.parser.walk import accepts
from training.cases import Case, load
from training.corpus.__main__ import SHARES, bare, make_corpus
from training.evaluate import SETS
from training.registry import registry

REGISTRY = registry()
CASES = [case for path in sorted(SETS.glob("*.jsonl")) for case in load(path)]
DECLARED = [case for case in CASES if case.declarations]
PLAIN = [case for case in CASES if not case.declarations]
SAMPLE = PLAIN if os.environ.get("NLSH_ALL_CASES") else PLAIN[::5]
"""Each grammar takes its time: all of them are looked at where that is asked for."""


def test_there_are_enough() -> None:
    """At least 600 in English, over every verb of the core; fifteen other languages; a thousand lines in all."""
    english = [case for case in PLAIN if case.language == "en"]
    assert len(english) >= 600
    assert {case.language for case in PLAIN} == set(SHARES)
    assert {verb.name for verb in core_registry()} - {"notify"} <= {case.verb for case in english}
    assert len(CASES) >= 1000


def test_a_declared_verb_can_stand_alone() -> None:
    """Each of these cases declares the verb that it means, once, and others beside it."""
    assert DECLARED and all(len(case.declarations) > len(case.alone().declarations) == 1 for case in DECLARED)


def test_every_answer_can_be_said() -> None:
    """The grammar of each utterance allows its right answer."""
    impossible = [(case.utterance, case.plan.to_wire()) for case in SAMPLE if not _allows(case)]
    assert impossible == []


def test_every_declared_verb_is_new_and_can_be_said() -> None:
    """The verbs that only the prompt declares are ten, none of them nlsh's own, and the grammar allows the answers."""
    meant = {case.verb for case in DECLARED} - {"unknown"}
    assert len(meant) == 10
    assert not any(verb in REGISTRY for verb in meant)
    assert [case.utterance for case in DECLARED[::4] if not _allows(case)] == []


def _allows(case: Case) -> bool:
    said = Sayable(utterance=case.utterance, rows=case.context.rows if case.context else 0)
    before = case.context.utterance if case.context else ""
    reading = Sayable(utterance=case.utterance, previous=before, rows=said.rows)
    return accepts(grammar(registry(case.declarations), said, reading), case.plan.to_wire())


def test_no_case_is_trained_on() -> None:
    """No utterance of the sets is in a corpus, whatever its case and punctuation, but those of three words or less."""
    trained = {bare(line["utterance"]) for line in make_corpus(0, 12000)}
    met = {bare(case.utterance) for case in CASES} & trained
    assert [each for each in met if len(each.split()) > 3] == []


def test_a_line_that_is_no_case_is_named(tmp_path: Path) -> None:
    """An error says the file and the line."""
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps({"utterance": "x", "answer": {"verb": "unknown"}}) + "\n{}\n")
    with pytest.raises(ValueError, match=r"bad\.jsonl:2"):
        load(path)


def test_verb_of_a_case() -> None:
    """Several steps count as one kind."""
    step = Intent(verb="memory.usage")
    assert [_of(), _of(step), _of(step, step)] == ["unknown", "memory.usage", "+"]


def _of(*steps: Intent) -> str:
    from nlsh.intent import Plan

    return Case(utterance="x", plan=Plan(steps=steps)).verb
