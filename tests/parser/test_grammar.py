"""The grammar: a plan can only say what the utterance said."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlsh.argument import Kind
from nlsh.executor.core import core_registry
from nlsh.intent import Plan
from nlsh.parser.grammar import grammar
from nlsh.parser.sayable import Sayable
from tests.parser.law import breaches
from tests.parser.walk import accepts, walk

REGISTRY = core_registry()
WORDS = [
    "kill", "chrome", "firefox-esr", "processes", "the", "user's", "bob’s", "older", "than", "top",
    "5", "10", "8080", "2.5", "1,000", "90%", "half", "a", "dozen", "twenty", "GB", "2GB",
    "minutes", "5s", "days", "-9", "-5", "pid", "port:443", "#12", "/home/me/old", "./build.sh",
    "~/x y", "\"", "'", "`", "\"my prog\"", "'a b'", "\\", "\\\"", "{", "\"}", "\",\"pid\":1", "é",
    "杀掉", "进程", "五个", "第二个", "内存", "を停止", "on", ".", ",", "?", "*", "python3", "127.0.0.1", "first",
    "second", "starts with", "containing", "every", "an hour and a half", "1h30m", "“quoted”",
    "$HOME", "d'nginx", "cores 6,9",
]  # fmt: skip


def utterances() -> st.SearchStrategy[str]:
    """Utterances made of hard words, and of any text at all."""
    spoken = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
    glued = st.lists(st.sampled_from(WORDS), max_size=6).map("".join)
    return st.one_of(spoken, glued, st.text(max_size=40))


@given(utterance=utterances(), seed=st.integers(0, 2**32))
@settings(max_examples=400, deadline=None)
def test_whatever_is_picked_was_said(utterance: str, seed: int) -> None:
    """Every free string and number of any plan in the grammar is one that the utterance says."""
    text = walk(grammar(REGISTRY, Sayable(utterance=utterance)), random.Random(seed))
    if text is not None:
        for step in Plan.from_wire(text):
            assert breaches(utterance, step, REGISTRY) == []


@given(utterance=utterances(), seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_whatever_is_picked_is_a_plan(utterance: str, seed: int) -> None:
    """Any text in the grammar is JSON without a repeated key, has declared arguments only, survives both formats."""
    text = walk(grammar(REGISTRY, Sayable(utterance=utterance)), random.Random(seed))
    if text is None:
        return
    json.loads(text, object_pairs_hook=_without_repeats)
    plan = Plan.from_wire(text)
    for step in plan:
        REGISTRY.check(step)
    assert Plan.from_wire(plan.to_wire()) == plan
    assert Plan.from_public(json.loads(json.dumps(plan.to_public()))) == plan


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert len({key for key, _ in pairs}) == len(pairs), pairs
    return dict(pairs)


def allows(utterance: str, wire: str, previous: str = "", rows: int = 0) -> bool:
    """Whether the grammar of an utterance allows this answer."""
    said = Sayable(utterance=utterance, rows=rows)
    reading = Sayable(utterance=utterance, previous=previous, rows=rows) if previous else None
    return accepts(grammar(REGISTRY, said, reading), wire)


@pytest.mark.parametrize("verb", list(REGISTRY), ids=lambda verb: verb.name)
def test_examples_can_be_said(verb: object) -> None:
    """The grammar of each example of each verb allows its answer."""
    for example in verb.examples:  # type: ignore[attr-defined]
        wire = json.dumps({"verb": verb.name, **example.args}, separators=(",", ":"), ensure_ascii=False)  # type: ignore[attr-defined]
        assert allows(example.utterance, wire), (example.utterance, wire)


REFUSED = [
    ("kill chrome", '{"verb":"process.kill","name":"firefox"}', "a name that was not said"),
    ("kill firefox-esr", '{"verb":"process.kill","name":"firefox"}', "a part of a token"),
    ("clean /home/me/old", '{"verb":"disk.usage","path":"/home/me"}', "a part of a path"),
    ("kill chrome", '{"verb":"process.kill","name":"chrome*"}', "a wildcard that was not said"),
    ("kill chrome", '{"verb":"process.kill","name":""}', "an empty name"),
    ("kill chrome", '{"verb":"process.kill","pid":1}', "a pid that was not said"),
    ("kill python3", '{"verb":"process.kill","pid":3}', "a number within a name"),
    ("kill 4711", '{"verb":"process.kill","pid":471}', "a part of a number"),
    ("kill -9 4711", '{"verb":"process.kill","pid":9}', "an option as a pid"),
    ("kill jobs older than 2 days", '{"verb":"process.kill","older_than":2}', "a duration without its unit"),
    ("kill what uses over 2 GB", '{"verb":"process.kill","min_rss":2}', "a size without its unit"),
    ('kill x","pid":1', '{"verb":"process.kill","name":"x","pid":1,"limit":1}', "a smuggled pid beside an argument"),
    ("kill chrome", '{"verb":"process.kill","signal":"KILL","name":"chrome"}', "arguments out of order"),
    ("kill chrome", '{"verb":"process.kill","name":"chrome","name":"chrome"}', "an argument twice"),
    ("kill 912", '{"verb":"process.kill","pid":[912,912]}', "one number as a list"),
    ("watch it kill chrome", '{"verb":"watch","do":{"verb":"process.kill","name":"chrome"}}', "a watch that acts"),
    (
        "kill chrome",
        '[{"verb":"process.kill","name":"chrome"},{"verb":"unknown"}]',
        "a plan with a step that is unknown",
    ),
    ("format the disk", '{"verb":"disk.format"}', "a verb that is not registered"),
]


@pytest.mark.parametrize(("utterance", "wire", "why"), REFUSED, ids=[why for *_, why in REFUSED])
def test_refuses(utterance: str, wire: str, why: str) -> None:
    """The grammar does not allow what was not said."""
    assert not allows(utterance, wire), why


ALLOWED = [
    ("kill chrome's helpers", '{"verb":"process.kill","name":"chrome"}'),
    ("kill the chromes", '{"verb":"process.kill","name":"chrome"}'),
    ('kill "Google Chrome".', '{"verb":"process.kill","name":"Google Chrome"}'),
    ("run sh -c \"echo 'hi'\"", '{"verb":"process.start","command":"sh -c \\"echo \'hi\'\\""}'),
    ("kill all starting with py", '{"verb":"process.kill","name":"py*"}'),
    ("list names containing sql", '{"verb":"process.list","name":"*sql*"}'),
    ("杀掉chrome进程", '{"verb":"process.kill","name":"chrome"}'),
    ("half a gig at most for x", '{"verb":"process.limit","name":"x","memory":536870912}'),
    ("wait 1h30m for x", '{"verb":"process.wait","name":"x","timeout":5400}'),
    ("the top ten", '{"verb":"process.list","sort":"cpu","limit":10}'),
    ("renice x to minus five", '{"verb":"process.priority","name":"x","nice":-5}'),
    ("pin x to the first two cores", '{"verb":"process.affinity","name":"x","cpus":[0,1]}'),
    ("let x use all cores", '{"verb":"process.affinity","name":"x","cpus":[]}'),
    ("kill the second one", '{"verb":"process.kill","ref":2}'),
    ("kill them", '{"verb":"process.kill","ref":"last"}'),
]


@pytest.mark.parametrize(("utterance", "wire"), ALLOWED, ids=[utterance for utterance, _ in ALLOWED])
def test_allows(utterance: str, wire: str) -> None:
    """The grammar allows what was said, also where it has to be derived."""
    assert allows(utterance, wire)


def test_reading_may_go_back_a_turn() -> None:
    """A step that only reads may name what the turn before named."""
    assert allows("and its tree?", '{"verb":"process.tree","name":"chrome"}', previous="show chrome")


def test_acting_may_not_go_back_a_turn() -> None:
    """A step that changes something names only what this utterance says."""
    assert not allows("and kill it", '{"verb":"process.kill","name":"chrome"}', previous="show chrome")


def test_the_last_row_can_be_meant() -> None:
    """The number of the previous result's rows is a row that may be referred to."""
    assert allows("kill the last one", '{"verb":"process.kill","ref":7}', previous="list python", rows=7)


def test_empty_utterance_says_no_string() -> None:
    """An utterance without a token lets no name, text or user but `me` be said."""
    said = Sayable(utterance=" ")
    assert said.literals(Kind.NAME) == said.literals(Kind.TEXT) == ()
    assert said.literals(Kind.USER) == ('"me"',)
