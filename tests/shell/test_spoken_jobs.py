"""Jobs of the bash behind the prompt in sentences: everything but the model, which the wire format stands in for."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.conftest import make_home
from tests.shell.conftest import Terminal, running, until

PROMPT = "nlsh#" if os.geteuid() == 0 else "nlsh>"
WIRE_NLSH = (sys.executable, str(Path(__file__).parent / "wire_nlsh.py"))

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


@pytest.fixture
def shell(terminal: Callable[..., Terminal], environment: dict[str, str], tmp_path: Path) -> Terminal:
    """The shell, at its prompt."""
    environment["HOME"] = str(tmp_path)
    started = terminal(command=WIRE_NLSH, columns=160)
    started.wait(at_prompt)
    return started


def at_prompt(terminal: Terminal) -> bool:
    """Whether an empty prompt waits."""
    return terminal.last.endswith(PROMPT)


def say(shell: Terminal, **step: object) -> None:
    """Say a step in wire format."""
    shell.say("?" + json.dumps(step))


def background(shell: Terminal, line: str) -> int:
    """Start a job in the background; the pid that bash says."""
    shell.say(line)
    shell.wait(lambda it: re.search(r"^\[\d+\] \d+$", it.text, re.MULTILINE) and at_prompt(it))
    return int(re.findall(r"^\[\d+\] (\d+)$", shell.text, re.MULTILINE)[-1])


def bash_of(shell: Terminal) -> int:
    """The bash behind the prompt: the child of nlsh that leads a session."""
    children = Path(f"/proc/{shell.pid}/task/{shell.pid}/children").read_text().split()
    return next(int(child) for child in children if os.getsid(int(child)) == int(child))


def state(pid: int) -> str:
    """The state letter of a process; empty once it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def test_it_is_the_job_that_was_started(shell: Terminal) -> None:
    """A job in the background is what "pause it" means; bash then says that it is stopped."""
    pid = background(shell, "sleep 6101 &")
    say(shell, verb="process.suspend", ref="last")
    until(lambda: state(pid) == "T")
    shell.wait(lambda it: re.search(r"\[1\]\+  Stopped +sleep 6101", it.text) and at_prompt(it))
    say(shell, verb="process.resume", ref="last")
    until(lambda: state(pid) == "S")


def test_it_is_the_job_that_was_stopped(shell: Terminal) -> None:
    """ "Kill it" after Ctrl-Z is about that job, all processes of it, shown and confirmed; bash says that it ended."""
    background(shell, "sleep 6102 &")
    shell.say("sh -c 'sleep 6103; true' | sleep 6104")
    shell.wait(lambda it: not at_prompt(it))
    until(lambda: bool(running("6103") and running("6104")))
    shell.type("\x1a")
    shell.wait(lambda it: re.search(r"\[2\]\+  Stopped", it.text) and at_prompt(it))
    say(shell, verb="process.kill", ref="last")
    text = shell.wait("[y/s/m/N]")
    question = text[text.rindex("as a command") - 900 :]
    assert "sleep 6103" in question and "sleep 6104" in question and "sleep 6102" not in question.rpartition("PID")[2]
    shell.type("y")
    until(lambda: not running("6103") and not running("6104"))
    shell.wait(lambda it: re.search(r"\[2\].*Terminated", it.text) and at_prompt(it))
    assert running("6102")


def test_a_command_without_a_job_changes_nothing(shell: Terminal) -> None:
    """What a sentence showed is still what the next one means after a command that left no job."""
    pid = background(shell, "sleep 6105 &")
    say(shell, verb="process.list", pid=shell.pid)
    shell.wait(f"1  {shell.pid}")
    shell.say("echo between")
    shell.wait(lambda it: "\nbetween\n" in it.text and at_prompt(it))
    say(shell, verb="process.suspend", ref="last")
    shell.wait("it is nlsh itself")
    assert state(pid) in "RS"


def test_the_bash_behind_the_prompt_is_protected(shell: Terminal) -> None:
    """No sentence ends or stops it, named by its pid or among all shells."""
    pid = bash_of(shell)
    for step in ({"verb": "process.kill", "signal": "KILL"}, {"verb": "process.suspend"}):
        say(shell, **step, pid=pid)
        shell.wait(lambda it: "is not to be touched: it works for nlsh" in it.text and at_prompt(it))
        shell.say("clear")
        shell.wait(lambda it: len(it.text.splitlines()) == 1 and at_prompt(it))
    assert state(pid) in "RS"


def test_a_new_bash_is_protected_too(shell: Terminal) -> None:
    """What holds for the first one holds for the one in its place."""
    shell.say("kill -9 $$")
    shell.wait(lambda it: "a new one runs" in it.text and at_prompt(it))
    say(shell, verb="process.kill", pid=bash_of(shell))
    shell.wait("it works for nlsh")


def test_a_job_is_not_limited_by_stopping_it(shell: Terminal) -> None:
    """Bash would take that for Ctrl-Z, again and again: it is refused, with what can be done instead."""
    pid = background(shell, "sleep 6106 &")
    say(shell, verb="process.limit", pid=pid, cpu=20)
    shell.wait(lambda it: "is a job of this shell" in it.text and at_prompt(it))
    assert f"renice -n 19 -p {pid}" in shell.text
    assert state(pid) in "RS"


@pytest.mark.model
def test_kill_it_as_a_sentence(
    terminal: Callable[..., Terminal], environment: dict[str, str], tmp_path: Path, model_file: Path
) -> None:
    """With the model: "kill it" after Ctrl-Z is about the stopped job."""
    environment["NLSH_HOME"] = str(make_home(tmp_path / "own", model_file).home)
    environment["HOME"] = str(tmp_path)
    shell = terminal(command=(sys.executable, "-m", "nlsh"), columns=160)
    shell.wait(at_prompt)
    shell.say("sleep 6107")
    until(lambda: bool(running("6107")))
    shell.type("\x1a")
    shell.wait(lambda it: "Stopped" in it.text and at_prompt(it))
    shell.say("kill it")
    question = shell.wait("/N]", patience=200).partition("kill it")[2]
    assert "sleep 6107" in question and "as a command: kill" in question
    shell.type("y")
    until(lambda: not running("6107"))
