"""What bash says of itself, read."""

from __future__ import annotations

import subprocess

import pytest

from nlsh.shell.inner import state

VALUES = [
    "plain",
    "",
    "two  words ",
    'a "quote" and \\ a backslash',
    "$HOME `id` $(id)",
    "new\nline",
    "tab\tbell\aescape\x1b[31m",
    "'single'",
    "\u00e4\u6f22",
    'declare -x OTHER="no"\n',
    '\ndeclare -x OTHER="no"',
    "!",
]


def exported(*commands: str) -> dict[bytes, bytes]:
    """What a real bash exports after these commands, in an environment of its own."""
    script = "; ".join([*commands, "export -p"])
    done = subprocess.run(["bash", "--norc", "-c", script], env={"LC_ALL": "C.UTF-8"}, capture_output=True, check=True)
    return state.environment(done.stdout)


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_read_as_bash_has_it(value: str) -> None:
    """Whatever stands in it, and nothing in it becomes a variable."""
    done = subprocess.run(
        ["bash", "--norc", "-c", "export -p"], env={"VALUE": value, "AFTER": "x"}, capture_output=True, check=True
    )
    found = state.environment(done.stdout)
    assert found[b"VALUE"] == value.encode() and found[b"AFTER"] == b"x" and b"OTHER" not in found


def test_bytes_that_are_no_text_are_kept() -> None:
    """An environment is bytes."""
    done = subprocess.run(
        ["bash", "--norc", "-c", "export -p"], env={b"V": b"\xff\xfe1"}, capture_output=True, check=True
    )
    assert state.environment(done.stdout)[b"V"] == b"\xff\xfe1"


def test_what_no_program_gets_is_left_out() -> None:
    """Arrays, and what is exported without a value."""
    found = exported("export KEPT=1", "export NONE", 'declare -ax LIST=([0]="a" [1]="b c")', "export LAST=2")
    assert (found[b"KEPT"], found[b"LAST"]) == (b"1", b"2")
    assert not {b"NONE", b"LIST"} & set(found)


def test_posix_mode_is_read_too() -> None:
    """`export NAME=` stands there instead of `declare -x NAME=`."""
    assert exported("set -o posix", "export ABC='x y'")[b"ABC"] == b"x y"


def test_a_report_is_a_state() -> None:
    """Its fields in order; without jobs there is no current one."""
    fields = [b"secret", b"3", b"130", b"/tmp", b"12\n34\n", b"34\n", b"", b"ll\ngreet\n", b""]
    read = state.read(fields[: state.FIELDS])
    assert (read.status, read.folder, read.jobs, read.current) == (130, b"/tmp", (12, 34), 34)
    assert read.names == {"ll", "greet"}
    assert state.read([b"s", b"3", b"0", b"/", b"", b"", b"", b""]).current == 0
