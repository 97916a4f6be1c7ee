"""The prompt comes first, and the session behind it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from nlsh.shell.opening import NEEDED

PROMPT = "nlsh#" if os.geteuid() == 0 else "nlsh>"
_REAL = (sys.executable, "-m", "nlsh")
_TELLING = """
import sys
from nlsh.cli import main
from nlsh.shell.opening import Opening
Opening.begin = lambda self, then: print("begun with", sorted({"nlsh.session", "rich", "asyncio"} & {*sys.modules}))
main([])
"""


def at_prompt(terminal) -> bool:  # type: ignore[no-untyped-def]
    """Whether an empty prompt waits."""
    return bool(terminal.last.endswith(PROMPT))


@pytest.fixture
def slow(environment: dict[str, str]) -> Path:
    """A file; as long as it is there, the session does not open."""
    path = Path(environment["NLSH_HOME"]) / "slow"
    path.touch()
    return path


def test_a_prompt_costs_no_session(terminal) -> None:  # type: ignore[no-untyped-def]
    """Once the prompt is drawn nothing that only a sentence needs has been imported."""
    terminal(command=(sys.executable, "-c", _TELLING)).wait("begun with ['asyncio']")


def test_what_is_typed_before_the_prompt_is_carried_out(terminal) -> None:  # type: ignore[no-untyped-def]
    """A sentence and a command that were typed ahead wait for the session."""
    started = terminal(command=_REAL, columns=200)
    started.say("list processes")
    started.say("!echo $((40 + 2))")
    started.wait("own.gguf")
    started.wait("\n42")
    started.wait(at_prompt)


def test_one_can_leave_at_once(terminal) -> None:  # type: ignore[no-untyped-def]
    """Ctrl-D at the first prompt ends the shell, whether the session is open or not."""
    started = terminal(command=_REAL)
    started.wait(at_prompt)
    started.type("\x04")
    assert started.wait_end() == 0


def test_ctrl_c_ends_the_wait_for_the_session(terminal, slow: Path) -> None:  # type: ignore[no-untyped-def]
    """A line that waits for the session can be cancelled; the next one gets the session all the same."""
    started = terminal()
    started.wait(at_prompt)
    started.say("list processes")
    started.wait(lambda it: it.signals)
    started.type("\x03")
    started.wait("cancelled")
    started.wait(at_prompt)
    assert "chrome" not in started.text
    slow.unlink()
    started.say("list processes")
    started.wait("1  4242  chrome")


def test_keys_are_heard_while_the_session_is_made_ready(terminal, slow: Path) -> None:  # type: ignore[no-untyped-def]
    """What is typed meanwhile appears, and Ctrl-C clears it."""
    started = terminal()
    started.wait(at_prompt)
    started.type("abc")
    started.wait(lambda it: f"{PROMPT} abc" in it.last)
    started.type("\x03")
    started.wait(at_prompt)
    slow.unlink()
    started.wait("sandbox: degraded (a test)")


def test_tab_waits_for_the_verbs(terminal, slow: Path) -> None:  # type: ignore[no-untyped-def]
    """A Tab before the session is open completes once it is."""
    started = terminal()
    started.wait(at_prompt)
    started.type("good\t")
    started.wait(lambda it: f"{PROMPT} good" in it.last)
    slow.unlink()
    started.wait(lambda it: "goodbye" in it.last)


def test_a_session_that_does_not_open_is_said(terminal, environment: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    """A defect in opening ends the prompt, and after the second within a minute there is the plain shell."""
    (Path(environment["NLSH_HOME"]) / "broken").touch()
    started = terminal(columns=200)
    text = started.wait("that was twice within a minute; this is the plain shell")
    assert text.count("nlsh itself failed: RuntimeError: it does not open") == 2
    started.say("echo $((40 + 2))")
    started.wait("\n42")


def test_what_is_made_ready_is_there() -> None:
    """The modules that are imported behind the prompt exist."""
    assert all(sys.modules.get(name) or __import__(name) for name in NEEDED)
