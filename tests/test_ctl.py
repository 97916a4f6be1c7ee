"""`nlshctl`: its commands, their output and their exit codes."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.act import Act
from nlsh.clock import SystemClock
from nlsh.confirm import Answer
from nlsh.effects import Effect
from nlsh.executor.core import core_registry
from nlsh.intent import Intent
from nlsh.sandbox.audit import Audit
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.grants import Grants
from nlsh.sandbox.policy import load
from nlsh.target import ProcessId, Selection, Target

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home of nlsh."""
    return tmp_path / "nlsh"


@pytest.fixture
def ctl(home: Path) -> Run:
    """Runs nlshctl in that home."""

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from nlsh.ctl import main; main()", *arguments],
            input=stdin,
            env={**os.environ, "NLSH_HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def audited(home: Path) -> Path:
    """An audit log with one kill in it, which was confirmed."""
    target = Target(id=ProcessId(pid=4242, start=7), name="chrome\x1b[31m", user="me", uid=os.geteuid())
    act = Act(
        intent=Intent(verb="process.kill", args={"name": "chrome"}),
        effect=Effect.DESTROY,
        utterance="kill chrome",
        selection=Selection(targets=(target,)),
    )
    path = home / "state" / "audit.jsonl"
    gate = Gate(load(), None, Audit(path, SystemClock()), SystemClock(), is_service=lambda target: False)
    gate.permit(act, gate.judge(act), Answer.YES_WORD)
    return path


def test_usage(ctl: Run) -> None:
    """--help names the commands, --version the version, and an unknown command is 2."""
    shown = ctl("--help").stdout
    assert all(name in shown for name in ("model", "parse", "doctor", "verbs", "audit", "policy", "grants"))
    assert ctl("--version").stdout.startswith("nlshctl ")
    assert ctl("nonsense").returncode == 2


def test_verbs_are_listed(ctl: Run) -> None:
    """Every verb of the registry is in the table, with what it does."""
    shown = ctl("verbs").stdout
    assert all(verb.name in shown for verb in core_registry())
    assert ctl("verbs", "no.verb").returncode == 2


def test_verbs_have_a_schema(ctl: Run) -> None:
    """As JSON each verb has the schema of its arguments, and its own examples fit their names."""
    found = json.loads(ctl("verbs", "--json").stdout)
    assert found["version"] == 1
    for verb in found["verbs"]:
        assert set(verb) == {
            "name",
            "summary",
            "effect",
            "undoable",
            "selects",
            "needs",
            "plugin",
            "arguments",
            "examples",
        }
        for example in verb["examples"]:
            assert set(example["args"]) <= set(verb["arguments"]["properties"])
    kill = next(verb for verb in found["verbs"] if verb["name"] == "process.kill")
    assert kill["arguments"]["properties"]["pid"]["anyOf"][1]["type"] == "array"
    assert "KILL" in kill["arguments"]["properties"]["signal"]["enum"]


def test_the_audit_log_is_shown(ctl: Run, audited: Path) -> None:
    """The log is shown as a table, or line by line as JSON; names in it cannot steer the terminal."""
    shown = ctl("audit", "show").stdout
    assert "process.kill" in shown and "kill chrome" in shown and "\x1b" not in shown
    record = json.loads(ctl("audit", "show", "--json").stdout)
    assert record["event"] == "decision" and record["permitted"] is True
    assert ctl("audit", "show", "--verb", "disk.*").stdout == "nothing to show\n"


def test_the_audit_log_is_verified(ctl: Run, audited: Path) -> None:
    """A whole log is 0; an edited one is 1 and names the line."""
    assert ctl("audit", "verify").stdout.startswith("1 records, all whole")
    assert json.loads(ctl("audit", "verify", "--json").stdout)["ok"] is True
    audited.write_text(audited.read_text().replace("kill chrome", "kill nobody"))
    broken = ctl("audit", "verify")
    assert broken.returncode == 1 and "audit.jsonl" in broken.stderr
    as_json = ctl("audit", "verify", "--json")
    assert as_json.returncode == 1 and json.loads(as_json.stdout)["fault"]["reason"]


def test_the_policy_is_shown(ctl: Run, home: Path) -> None:
    """The rules in force are shown with where they stand, one's own first."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "policy.toml").write_text(
        '[[rule]]\nid = "no-kills"\ndecision = "deny"\nreason = "Not here."\n[rule.when]\nverb = ["process.kill"]\n'
    )
    rules = json.loads(ctl("policy", "show", "--json").stdout)["rules"]
    own = [rule for rule in rules if rule["level"] == "user"]
    assert [(rule["id"], rule["decision"], rule["when"]) for rule in own] == [("no-kills", "deny", "verb process.kill")]
    assert "destroys" in ctl("policy", "show").stdout


def test_a_policy_file_is_checked(ctl: Run, tmp_path: Path) -> None:
    """A good file is 0; a wrong one is 1 with its line; a missing one is 2."""
    good = tmp_path / "good.toml"
    good.write_text('[[rule]]\nid = "a"\ndecision = "allow"\nreason = "It is."\n[rule.when]\neffect = ["change"]\n')
    assert ctl("policy", "check", str(good)).stdout.endswith("1 rules, all well\n")
    bad = tmp_path / "bad.toml"
    bad.write_text('[[rule]]\nid = "a"\ndecision = "perhaps"\n')
    wrong = ctl("policy", "check", str(bad))
    assert wrong.returncode == 1 and f"{bad}:" in wrong.stderr
    assert ctl("policy", "check", str(tmp_path / "none")).returncode == 2


def test_grants_are_listed_and_revoked(ctl: Run, home: Path) -> None:
    """A grant that lasts is listed, can be taken back, and is then gone."""
    assert ctl("grants", "list").stdout == "there are no grants\n"
    Grants(home / "state" / "grants.json", SystemClock()).add(effect=Effect.CHANGE, verb="process.*", seconds=600)
    listed = json.loads(ctl("grants", "list", "--json").stdout)["grants"]
    assert [grant["verb"] for grant in listed] == ["process.*"]
    assert ctl("grants", "revoke", listed[0]["id"]).returncode == 0
    assert ctl("grants", "revoke", listed[0]["id"]).returncode == 2
    assert ctl("grants", "list").stdout == "there are no grants\n"


def test_doctor_says_what_is_broken(ctl: Run, home: Path, audited: Path) -> None:
    """The doctor names each thing with ✓ or ✗ and its remedy, and is 1 where something is broken."""
    home.chmod(0o755)
    audited.chmod(0o644)
    done = ctl("doctor", "--quick")
    assert done.returncode == 1
    assert (
        "✓ llguidance: loads" in done.stdout
        and "✗ model: no model is installed\n  nlshctl model install" in done.stdout
    )
    assert "✗ audit log" in done.stdout and "chmod 600" in done.stdout


def test_doctor_speaks_json(ctl: Run) -> None:
    """As JSON every check has the same keys."""
    found = json.loads(ctl("doctor", "--quick", "--json").stdout)
    assert found["ok"] is False
    assert all(set(check) == {"name", "ok", "found", "fix"} for check in found["checks"])
    assert {"versions", "policy", "audit log", "sandbox", "model"} <= {check["name"] for check in found["checks"]}


def test_parse_needs_a_model(ctl: Run) -> None:
    """Without a model parse is 7 and says how to get one."""
    done = ctl("parse", stdin="kill chrome\n")
    assert done.returncode == 7 and "nlshctl model install" in done.stderr
    assert json.loads(done.stdout)["error"] == "no model is installed"


def test_a_reader_that_leaves_is_no_error(home: Path) -> None:
    """When the reader of a pipe has enough, nlshctl ends without a word."""
    code = "from nlsh.ctl import main; main()"
    done = subprocess.run(
        ["bash", "-c", f"'{sys.executable}' -c '{code}' verbs | true"],
        env={**os.environ, "NLSH_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


def test_nothing_is_written_to_look(ctl: Run, home: Path) -> None:
    """Commands that only look make no folders."""
    ctl("audit", "show")
    ctl("policy", "show")
    ctl("grants", "list")
    assert not home.exists()
    assert stat.S_ISDIR(home.parent.stat().st_mode)
