"""What a command leaves on the screen, on a screen."""

from __future__ import annotations

import pyte
import pytest

from nlsh.shell.inner.tail import Tail


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")


def screen(*output: bytes, status: int = 0) -> list[str]:
    """The lines of a screen of 20 columns after the output and a prompt."""
    shown, tail = pyte.Screen(20, 6), Tail()
    stream = pyte.ByteStream(shown)
    for data in output:
        tail.saw(data)
        stream.feed(data)
    stream.feed(tail.tidied(status, 20) + b"prompt")
    return [line.rstrip() for line in shown.display if line.strip()]


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        (b"whole\r\n", ["whole", "prompt"]),
        (b"open", ["open%", "prompt"]),
        (b"coloured\x1b[0m", ["coloured%", "prompt"]),
        (b"at the left\r\n\x1b[0m", ["at the left", "prompt"]),
        (b"x" * 20, ["x" * 20, "prompt"]),
        (b"x" * 19, ["x" * 19 + "%", "prompt"]),
    ],
)
def test_the_prompt_has_a_line_of_its_own(output: bytes, lines: list[str]) -> None:
    """A line that does not end is marked; one that ends is not, and no empty line appears."""
    assert screen(output) == lines


def test_a_terminal_that_knows_nothing_gets_a_new_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """There no blanks can be counted on to wrap."""
    monkeypatch.setenv("TERM", "dumb")
    tail = Tail()
    tail.saw(b"open")
    assert tail.tidied(0, 80) == b"\r\n"


@pytest.mark.parametrize(
    ("output", "status", "leaves"),
    [(b"\x1b[?1049h", 137, True), (b"\x1b[?1049h\x1b[?1049l", 137, False), (b"\x1b[?1049h", 0, False)],
)
def test_only_a_killed_program_has_its_modes_taken_back(output: bytes, status: int, leaves: bool) -> None:
    """The other screen is left where it was entered, and not otherwise: that would move the cursor."""
    tail = Tail()
    tail.saw(output)
    assert (b"\x1b[?1049l" in tail.tidied(status, 80)) == leaves
