"""History, explanation and leaving."""

import pytest

from nlsh.act import Decision, Outcome
from nlsh.errors import UsageError
from nlsh.executor.call import Past
from nlsh.intent import Intent, Plan

KILL = Intent(verb="process.kill", args={"name": ("chrome", "code"), "tree": True})
RULE = Intent(
    verb="rule.add",
    args={"when": {"metric": "cpu", "op": ">", "value": 90}, "do": Intent(verb="disk.usage", args={"path": "/"})},
)
ALLOWED = Decision(outcome=Outcome.ALLOW, rule="own", reason="It is yours.")


def test_the_history_counts_from_the_first_line(house):
    """The last ones are shown, with their own numbers."""
    assert house.do("shell.history").message == "Nothing has been typed yet."
    house.said = ["one", "two", "three"]
    assert [row["line"] for row in house.do("shell.history").rows] == ["one", "two", "three"]
    result = house.do("shell.history", limit=2)
    assert [(row["number"], row["line"]) for row in result.rows] == [(2, "two"), (3, "three")]
    assert "1 line" in result.notes[0]


def test_what_was_understood_is_explained(house):
    """The verb, what it does, its arguments in words, how far it reaches, and what the policy said."""
    assert "Nothing" in house.do("shell.explain").message
    house.past = Past(utterance="kill them", plan=Plan(steps=(KILL,)), confidence=0.98, decisions=(ALLOWED,))
    result = house.do("shell.explain")
    (row,) = result.rows
    assert (row["verb"], row["effect"]) == ("process.kill", "destroy")
    assert row["arguments"] == "name: chrome or code, tree: yes"
    assert row["policy"] == "allow, by the rule own: It is yours."
    assert result.notes == ('"kill them" was read as 1 step (98% sure).',)


def test_one_step_of_several_can_be_explained(house):
    """Nested steps and conditions are told in words too."""
    house.past = Past(utterance="both", plan=Plan(steps=(KILL, RULE)))
    assert [row["verb"] for row in house.do("shell.explain").rows] == ["process.kill", "rule.add"]
    (row,) = house.do("shell.explain", step=2).rows
    assert row["arguments"] == "when: metric cpu op > value 90, do: disk.usage (path: /)"
    with pytest.raises(UsageError):
        house.do("shell.explain", step=3)


def test_what_was_not_understood_is_said_to_be_so(house):
    """An empty plan has nothing to explain."""
    house.past = Past(utterance="sing", plan=Plan())
    assert "sing" in house.do("shell.explain").message


def test_leaving_names_what_ends(house):
    """Jobs and rules live as long as the shell."""
    assert house.do("shell.exit").notes == ()
    house.jobs.start("counting", "watch", lambda job: job.stop.wait())
    house.do("rule.add", when={"metric": "memory", "op": ">", "value": 100}, do={"verb": "notify"})
    assert house.do("shell.exit").notes == (
        "Job ended: counting.",
        "Rule ended: when memory usage is above 100%, tell you.",
    )
