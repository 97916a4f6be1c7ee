"""A person at the prompt keeps a shell, whatever goes wrong inside of nlsh."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from nlsh.shell import guard

ROOT = Path(__file__).parents[3]
_SCRIPT = """
import itertools, sys
from nlsh.errors import AuditError
from nlsh.shell import guard
defects = iter({defects})
def shell():
    defect = next(defects)
    print("here", flush=True)
    if isinstance(defect, int):
        return defect
    raise defect
{more}
sys.exit(guard.held(shell))
"""


@pytest.fixture
def held(terminal, env: dict[str, str]):  # type: ignore[no-untyped-def]
    """Runs, in a terminal, a shell that meets these defects one after the other, and then ends with a code."""

    def start(defects: str, more: str = "", **variables: str):  # type: ignore[no-untyped-def]
        given = {**env, "PYTHONPATH": str(ROOT), "NLSH_SH": "/bin/sh", "PS1": "plain$ ", **variables}
        words = [f"{name}={value}" for name, value in given.items()]
        script = _SCRIPT.format(defects=defects, more=more)
        return terminal(command=["/usr/bin/env", "-i", *words, sys.executable, "-c", script], columns=200)

    return start


def test_after_a_crash_the_shell_begins_anew(held, home: Path) -> None:  # type: ignore[no-untyped-def]
    """One line says what went wrong and where more is written; the file is the owner's alone."""
    started = held('[KeyError("x"), 5]')
    assert started.wait_end() == 5
    log = home / ".local/state/nlsh/crash.log"
    assert started.text.splitlines() == ["here", f"nlsh: nlsh itself failed: KeyError: 'x'; more in {log}", "here"]
    assert "Traceback" in log.read_text() and stat.S_IMODE(log.stat().st_mode) == 0o600


@pytest.mark.parametrize("defect", ['ValueError("x")', "MemoryError()", "RecursionError()", 'OSError(28, "full")'])
def test_after_two_crashes_there_is_the_plain_shell(held, defect: str) -> None:  # type: ignore[no-untyped-def]
    """Twice within a minute means that nlsh does not hold."""
    started = held(f"itertools.repeat({defect})")
    started.wait("twice within a minute; this is the plain shell")
    started.type("echo $((40+2)); exit 6\r")
    started.wait("42")
    assert started.wait_end() == 6 and started.text.splitlines().count("here") == 2


def test_crashes_far_apart_are_two_first_ones(held) -> None:  # type: ignore[no-untyped-def]
    """After a minute the count begins anew."""
    started = held('[KeyError("x"), KeyError("x"), KeyError("x"), 3]', more="guard.CLOSE = 0.0")
    assert started.wait_end() == 3


def test_an_error_with_an_explanation_is_not_logged(held, home: Path) -> None:  # type: ignore[no-untyped-def]
    """What is no defect is said as it is, with what to do, and leaves a shell too."""
    started = held('itertools.repeat(AuditError("the log is gone", hint="mend it"))')
    started.wait("twice within a minute")
    assert started.text.count("nlsh: the log is gone (mend it)\n") == 2
    assert not (home / ".local/state/nlsh/crash.log").exists()


def test_ctrl_c_is_no_crash(held) -> None:  # type: ignore[no-untyped-def]
    """An interrupt that nobody took, however often, does not end the shell."""
    started = held("[KeyboardInterrupt()] * 5 + [4]")
    assert started.wait_end() == 4 and "nlsh" not in started.text


def test_where_nothing_can_be_written_nothing_is(held, home: Path) -> None:  # type: ignore[no-untyped-def]
    """Without a state folder the crash is still said."""
    (home / ".local").write_text("no folder")
    started = held('[KeyError("x"), 5]')
    assert started.wait_end() == 5 and "KeyError: 'x'\n" in started.text


def test_the_terminal_is_put_back(held) -> None:  # type: ignore[no-untyped-def]
    """A crash in the middle of a raw terminal leaves one that works."""
    started = held(
        'itertools.repeat(KeyError("x"))', more="import tty; inner = shell\ndef shell(): tty.setraw(0); inner()"
    )
    started.wait("this is the plain shell")
    started.type("stty -a | grep -o ' icanon'\r")
    started.wait("\n icanon")


def test_a_missing_shell_is_no_obstacle(held) -> None:  # type: ignore[no-untyped-def]
    """Where NLSH_SH names no program there is still a shell."""
    started = held('itertools.repeat(KeyError("x"))', NLSH_SH="/nonexistent/sh")
    started.wait("this is the plain shell")
    started.type("echo $((40+2))\r")
    started.wait("42")


def test_the_log_does_not_grow(tmp_path: Path) -> None:
    """Only the last crashes are kept."""
    log = tmp_path / "state" / "crash.log"
    for number in range(40):
        guard.note(ValueError(f"{number} " + "x" * 5000), log)
    assert log.stat().st_size == 64 << 10
    assert "ValueError: 39" in log.read_text() and "ValueError: 1 " not in log.read_text()


def test_the_log_follows_no_link(tmp_path: Path) -> None:
    """A link where the log should be is not written through."""
    (tmp_path / "crash.log").symlink_to(tmp_path / "target")
    with pytest.raises(OSError):
        guard.note(ValueError(), tmp_path / "crash.log")
    assert not (tmp_path / "target").exists()
