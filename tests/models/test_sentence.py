"""The near side's own reading of a grammar: the same sentences as the matcher that the worker uses."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nlsh.executor.core import core_registry
from nlsh.models.sentence import is_sentence
from nlsh.parser.grammar import grammar
from nlsh.parser.sayable import Sayable
from nlsh.plugin.host import bundled_verbs
from nlsh.verb import Registry
from tests.parser.test_grammar import utterances
from tests.parser.walk import accepts, walk

REGISTRY = Registry([*core_registry(), *bundled_verbs()])


@given(utterance=utterances(), seed=st.integers(0, 2**32), previous=st.sampled_from(["", "show firefox's 3 files"]))
@settings(max_examples=200, deadline=None)
def test_what_the_matcher_writes_is_a_sentence(utterance: str, seed: int, previous: str) -> None:
    """Nothing is refused that an honest worker can answer."""
    said = Sayable(utterance=utterance, rows=3)
    rules = grammar(REGISTRY, said, Sayable(utterance=utterance, previous=previous, rows=3))
    text = walk(rules, random.Random(seed))
    assume(text is not None)
    assert is_sentence(rules, text or "")


@given(
    utterance=utterances(),
    seed=st.integers(0, 2**32),
    place=st.floats(0, 1),
    cut=st.integers(0, 4),
    put=st.sampled_from(["", "x", ",", "9", '"', "]", '"all"', '"pid":1', ',"name":"init"', '"verb"']),
)
@settings(max_examples=300, deadline=None)
def test_what_the_matcher_refuses_is_none(utterance: str, seed: int, place: float, cut: int, put: str) -> None:
    """A sentence that was changed somewhere is one exactly where the matcher says so."""
    rules = grammar(REGISTRY, Sayable(utterance=utterance))
    text = walk(rules, random.Random(seed))
    assume(text is not None)
    at = int(place * len(text or ""))
    changed = (text or "")[:at] + put + (text or "")[at + cut :]
    assert is_sentence(rules, changed) is accepts(rules, changed)


@pytest.mark.parametrize(
    ("rules", "allowed", "refused"),
    [
        ('start: "a" | "b"', ["a", "b"], ["", "c", "ab"]),
        ('start: "a" one? "b"\none: "x" | "xy"', ["ab", "axb", "axyb"], ["axxb", "a", "axy"]),
        (
            'start: ("[" T0 ("," T0)* "]" | "[]")\nT0: "1" | "12"',
            ["[]", "[1]", "[12,1,12]"],
            ["[", "[,]", "[1,]", "[2]"],
        ),
        ('start: "a"+ "b"{1,2}', ["ab", "aabb"], ["b", "a", "abbb"]),
        ('start: "\\"é\\\\\\"" "|"', ['"é\\"|'], ['"é"|']),
        (r"start: /(.|\n)*/", ["", "any\nthing"], []),
        (r'start: /[a-c]+/ "c"', ["abc", "cc"], ["c", "abd"]),
    ],
)
def test_what_it_knows_of_grammars(rules: str, allowed: list[str], refused: list[str]) -> None:
    """Alternatives, groups, repetitions and patterns, with ways that only later turn out to be wrong."""
    assert [text for text in allowed if not is_sentence(rules, text)] == []
    assert [text for text in refused if is_sentence(rules, text)] == []


@pytest.mark.parametrize("rules", ["start: (", 'start: "a" ~ 3', "start: other", "", "start: &"])
def test_a_grammar_that_is_not_known_allows_nothing(rules: str) -> None:
    """It is an error, and never a yes."""
    with pytest.raises(ValueError, match="grammar"):
        is_sentence(rules, "a")


def test_a_long_answer_takes_no_long_time() -> None:
    """A list of thousands is followed through once, and what is longer is refused unread."""
    rules = 'start: "[" T0 ("," T0)* "]"\nT0: "1" | "11" | "1,1"'
    assert is_sentence(rules, "[" + ",".join(["1"] * 5000) + "]")
    assert not is_sentence(rules, "[" + ",".join(["1"] * 50000) + "]")
