"""Who gets a line: with -c, and at the prompt, where doubt is asked about."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("line", "code", "out"), [("echo hi; exit 3", 3, "hi\n"), ("echo a | tr a b", 0, "b\n"), ("! true", 1, "")]
)
def test_a_command_needs_no_mark(nlsh, line: str, code: int, out: str) -> None:  # type: ignore[no-untyped-def]
    """The POSIX shell runs it, and its exit code is that of nlsh."""
    done = nlsh("-c", line)
    assert (done.returncode, done.stdout, done.stderr) == (code, out, "")


@pytest.mark.parametrize("line", ["fooo --bar", "fooo", "fooo; exit 127", "no-such-command"])
def test_a_command_that_is_not_there_is_127(nlsh, line: str) -> None:  # type: ignore[no-untyped-def]
    """As in any shell, which says so itself."""
    done = nlsh("-c", line)
    name = line.split()[0].rstrip(";")
    assert (done.returncode, done.stderr) == (127, f"bash: line 1: {name}: command not found\n")


def test_a_person_is_told_how_to_ask_instead(terminal) -> None:  # type: ignore[no-untyped-def]
    """At a terminal there is a hint with what was not found."""
    started = terminal("-c", "fooo --bar")
    started.wait("fooo: command not found")
    started.wait("?fooo --bar")
    assert started.wait_end() == 127
    started = terminal("list", "processes")
    started.wait("a request goes after -c")
    assert started.wait_end() == 127


def test_a_mark_sends_a_line_to_the_model(nlsh) -> None:  # type: ignore[no-untyped-def]
    """With -c and in a script, where nothing else does."""
    assert "chrome" in nlsh("-c", "?list processes").stdout
    assert "chrome" in nlsh(stdin="?list processes\n").stdout
    assert nlsh(stdin="list processes\n").returncode == 127


def test_json_of_an_unmarked_command_says_shell(nlsh) -> None:  # type: ignore[no-untyped-def]
    """The same form as that of a marked one."""
    shown = json.loads(nlsh("-c", "exit 4", "--json").stdout)
    assert (shown["route"], shown["command"], shown["exit_code"]) == ("shell", "exit 4", 4)


def test_doubt_without_a_terminal_does_nothing(nlsh) -> None:  # type: ignore[no-untyped-def]
    """It is not understood, and the hint names both marks."""
    done = nlsh("-c", "sudo reboot whenever")
    assert done.returncode == 3 and "! runs it" in done.stderr


def test_the_prompt_shows_who_will_get_the_line(terminal) -> None:  # type: ignore[no-untyped-def]
    """The margin says shell for a command, in green, and nlsh for a sentence."""
    started = terminal()
    started.wait("nlsh")
    started.type("ls -l")
    started.wait(lambda shown: shown.last.endswith(" shell"))
    assert b"\x1b[0;32m" in started.raw
    started.type("\x15list processes")
    started.wait(lambda shown: shown.last.endswith("list processes" + " " * 1) or shown.last.endswith(" nlsh"))


@pytest.mark.parametrize(("key", "seen"), [("n", "nothing was done"), ("a", "nothing here does that"), ("e", "edit")])
def test_the_prompt_asks_when_in_doubt(terminal, key: str, seen: str) -> None:  # type: ignore[no-untyped-def]
    """Any key but r, a and e does nothing; e gives the line back."""
    started = terminal()
    started.wait("degraded")
    started.type("sudo reboot whenever\r")
    started.wait("run as a command")
    started.type(key)
    started.wait(seen)


def test_nlshctl_route_needs_no_model() -> None:
    """A route, a tab and the line, for each line, whatever its bytes."""
    command = [sys.executable, "-c", "from nlsh.ctl import main; main()", "route"]
    done = subprocess.run(command, input=b"ls -l\nkill the \xff\nkill 5\n", capture_output=True, check=True)
    assert done.stdout == b"shell\tls -l\nintent\tkill the \xff\nshell\tkill 5\n"
