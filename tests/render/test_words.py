"""A plan in words."""

from __future__ import annotations

from nlsh.argument import Bytes, Name, ReadStep, Seconds, When
from nlsh.effects import Effect
from nlsh.intent import Intent, Plan
from nlsh.render import words
from nlsh.result import Result
from nlsh.verb import Registry, Selects, verb


@verb("process.kill", effect=Effect.DESTROY, selects=Selects.REQUIRED, examples={})
def kill(call: object) -> Result:
    """End processes."""
    raise AssertionError


@verb("watch", effect=Effect.READ, examples={})
def watch(call: object, *, do: ReadStep, every: Seconds | None = None, for_: Seconds | None = None) -> Result:
    """Repeat a report."""
    raise AssertionError


@verb("rule.add", effect=Effect.READ, examples={})
def rule(call: object, *, when: When, do: ReadStep, size: Bytes | None = None, name: Name | None = None) -> Result:
    """Do something when."""
    raise AssertionError


REGISTRY = Registry([kill, watch, rule])
KILL = Intent(verb="process.kill", args={"name": ["chrome", "mail"], "older_than": 7200, "reverse": True})


def test_arguments_have_their_units() -> None:
    """Durations, sizes and flags read as a person says them."""
    assert words.arguments(KILL, REGISTRY) == "name chrome, mail, older than 2 h, reverse"


def test_a_step_says_what_it_does() -> None:
    """A step names its verb, its arguments and what the verb does, and is safe to show."""
    assert words.step(Intent(verb="process.kill", args={"name": "a\x1b"}), REGISTRY) == (
        "process.kill (name a␛): End processes."
    )


def test_nested_steps_and_conditions_are_told() -> None:
    """What a rule does, and when, is in the words."""
    when = {"metric": "process.cpu", "op": ">", "value": 90, "for": 300, "name": "ffmpeg"}
    said = words.arguments(Intent(verb="rule.add", args={"when": when, "do": KILL}), REGISTRY)
    assert said.startswith("when process.cpu > 90, for 5 min, name ffmpeg, do process.kill (name chrome")


def test_an_explanation_tells_how_far_it_reaches() -> None:
    """The effect is that of the step nested in it."""
    once = words.explained(Plan(steps=(KILL,)), REGISTRY)
    assert once.shape == "record" and once.rows[0]["effect"] == "cannot be undone"
    nested = Intent(verb="rule.add", args={"when": {"event": "exits", "name": "x"}, "do": KILL})
    twice = words.explained(Plan(steps=(nested, Intent(verb="watch"))), REGISTRY)
    assert [row["effect"] for row in twice.rows] == ["cannot be undone", "only reads"]
