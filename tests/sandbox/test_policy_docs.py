"""What docs/policy.md and docs/audit.md say is so."""

import json
import re
from pathlib import Path

import pytest

from nlsh.act import Outcome
from nlsh.effects import Effect
from nlsh.sandbox import policy
from nlsh.sandbox.audit import Audit
from nlsh.sandbox.case import Situation
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.policy import EVERYTHING, Policy
from nlsh.sandbox.policy_conditions import CONDITIONS
from nlsh.sandbox.policy_file import parse
from nlsh.testing import FakeClock, a_target, an_act

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "policy.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
ROWS = re.findall(r"^\| (\w+) \| (\w+) \| (\d+) \| (.*) \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: re.search(r'id = "(.*)"', block)[1])
def test_every_example_is_a_policy(block):
    """It is read without an error, and what it says in match and not_match holds."""
    assert parse(block, source="policy.md")
    assert "match = " in block


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_the_two_files_come_to_what_the_table_says(row):
    """Machine, user and defaults together."""
    name, user, count, said = row
    files = {block.splitlines()[0]: parse(block, source="x") for block in BLOCKS if block.startswith("# ")}
    rules = Policy(
        system=files["# /etc/nlsh/policy.toml"],
        user=files["# ~/.config/nlsh/policy.toml"],
        default=policy.load().default,
    )
    uid = 1000 if user == "me" else 1001
    targets = (a_target(name, pid=pid, user=user, uid=uid) for pid in range(10, 10 + int(count)))
    situation = Situation(uid=1000, minute=720, is_service=lambda target: False)
    decision = rules.decide(an_act("process.kill", *targets), situation)
    words = f"{decision.outcome.value}{' by the word' if decision.by_word else ''}"
    assert f"{words}, by {decision.rule}" == said


def test_the_table_has_rows():
    """The test above found what it tests."""
    assert len(ROWS) == 6


def test_every_condition_is_described():
    """In the table of conditions, and no other."""
    described = re.findall(r"^\| `(\w+) = ", TEXT, re.MULTILINE)
    assert set(described) == set(CONDITIONS)


def test_what_no_file_lifts_is_described():
    """Everything at once is asked for by the word and in person."""
    assert (EVERYTHING.outcome, EVERYTHING.in_person) == (Outcome.ASK, True)


def test_every_key_of_a_record_is_described(tmp_path):
    """The table of docs/audit.md has all keys that the gate writes."""
    path = tmp_path / "audit.jsonl"
    gate = Gate(policy.load(), None, Audit(path, FakeClock()), FakeClock(), uid=1000, is_service=lambda target: False)
    act = an_act("process.suspend", a_target(), effect=Effect.CHANGE)
    gate.permit(act, gate.judge(act))
    described = set(re.findall(r"`([a-z]+)`", (DOCS / "audit.md").read_text(encoding="utf-8")))
    (line,) = path.read_text().splitlines()
    assert set(json.loads(line)) <= described
