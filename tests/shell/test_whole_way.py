"""From a line at a terminal to what becomes of real processes: everything but the model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

WIRE_NLSH = (sys.executable, str(Path(__file__).parent / "wire_nlsh.py"))
PROMPT = "nlsh#" if os.geteuid() == 0 else "nlsh>"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is there to be acted on."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def shell(terminal):  # type: ignore[no-untyped-def]
    """The shell, at its prompt."""
    started = terminal(command=WIRE_NLSH, columns=160)
    started.wait(lambda it: it.last.endswith(PROMPT))
    return started


def say(shell, **step: object) -> None:  # type: ignore[no-untyped-def]
    """Type a step in wire format."""
    shell.type(json.dumps(step) + "\r")


def test_a_kill_is_confirmed_and_done(shell, sleeper, environment: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    """The process asked about is the one that ends, and the audit log has it."""
    say(shell, verb="process.kill", pid=sleeper.pid)
    text = shell.wait("[y/s/m/N]")
    assert str(sleeper.pid) in text and "sleep 600" in text and "as a command: kill" in text
    assert sleeper.poll() is None
    shell.type("y")
    assert sleeper.wait(timeout=10) == -signal.SIGTERM
    shell.wait(lambda it: it.last.endswith(PROMPT))
    log = (Path(environment["NLSH_HOME"]) / "state" / "audit.jsonl").read_text()
    assert '"answer":"key"' in log and f'"pid":{sleeper.pid}' in log


def test_a_no_leaves_it_alone(shell, sleeper) -> None:  # type: ignore[no-untyped-def]
    """After a no the process lives."""
    say(shell, verb="process.kill", pid=sleeper.pid)
    shell.wait("[y/s/m/N]")
    shell.type("n")
    shell.wait("you said no")
    assert sleeper.poll() is None


def test_a_yes_for_the_session_is_not_asked_again(shell) -> None:  # type: ignore[no-untyped-def]
    """After `s` the same program is ended without a question, in this session."""
    for key in ("s", ""):
        process = subprocess.Popen(["sleep", "600"])
        say(shell, verb="process.kill", pid=process.pid)
        if key:
            shell.wait("[y/s/m/N]")
            shell.type(key)
        assert process.wait(timeout=10) == -signal.SIGTERM
    shell.wait(lambda it: it.last.endswith(PROMPT))


def test_rows_are_named_by_their_numbers(shell, sleeper) -> None:  # type: ignore[no-untyped-def]
    """A row of the table that was shown is what the next line means by its number."""
    say(shell, verb="process.list", pid=sleeper.pid)
    shell.wait(f"1  {sleeper.pid}")
    say(shell, verb="process.suspend", ref=1)
    shell.wait(lambda it: it.text.count(PROMPT) == 3)
    assert " (sleep) T " in Path(f"/proc/{sleeper.pid}/stat").read_text()


def test_a_watch_reports_until_it_is_cancelled(shell) -> None:  # type: ignore[no-untyped-def]
    """A watch reports above the prompt, and a job can be cancelled."""
    say(shell, verb="watch", do={"verb": "memory.usage"}, every=1)
    shell.wait(lambda it: it.text.count("Available") >= 2 and it.last.endswith(PROMPT))
    say(shell, verb="job.cancel", id=1)
    shell.wait(lambda it: "Cancelled job 1" in it.text and it.last.endswith(PROMPT))
    shell.type("\x04")
    assert shell.wait_end() == 0


def test_without_a_terminal_nothing_ends(sleeper, environment: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    """In a pipe a kill needs --yes, and a dry run names the exact target."""
    line = json.dumps({"verb": "process.kill", "pid": sleeper.pid})
    run = lambda *more: subprocess.run(  # noqa: E731
        [*WIRE_NLSH, "-c", line, *more], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert run().returncode == 5
    shown = run("--dry-run")
    assert shown.returncode == 0 and str(sleeper.pid) in shown.stdout + shown.stderr
    assert sleeper.poll() is None
    assert run("--yes").returncode == 0
    assert sleeper.wait(timeout=10) == -signal.SIGTERM


def test_pid_1_is_denied(environment: dict[str, str]) -> None:
    """What nothing may touch is denied whatever is said beforehand."""
    line = json.dumps({"verb": "process.kill", "pid": 1, "signal": "KILL"})
    done = subprocess.run(
        [*WIRE_NLSH, "-c", line, "--yes", "--json"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 6 and json.loads(done.stdout)["error"]["type"] == "Denied"
