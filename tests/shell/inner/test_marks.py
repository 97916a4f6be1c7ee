"""Marks in a stream of bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.shell.inner.marks import Mark, Marks

SECRET = "0123456789abcdef"


def mark(kind: str, turn: int = 1, secret: str = SECRET) -> bytes:
    """The bytes of a mark."""
    return f"\x1b]133;{kind};nlsh={secret};{turn}\a".encode()


def split(*chunks: bytes) -> tuple[bytes, list[Mark]]:
    """All output together, and the marks."""
    marks = Marks(SECRET)
    parts = [part for chunk in chunks for part in marks.feed(chunk)]
    return b"".join(part for part in parts if isinstance(part, bytes)), [p for p in parts if isinstance(p, Mark)]


def test_marks_are_taken_out() -> None:
    """What stands around them is left, in order."""
    parts = list(Marks(SECRET).feed(b"one" + mark("D", 7) + mark("A", 0) + b"two"))
    assert parts == [b"one", Mark(kind="D", turn=7), Mark(kind="A", turn=0), b"two"]


@given(st.binary(), st.lists(st.integers(0, 200), max_size=6))
def test_it_does_not_matter_where_the_stream_is_cut(noise: bytes, cuts: list[int]) -> None:
    """The same bytes in any pieces are the same output and the same marks."""
    data = noise + mark("C", 12) + b"\x1b" + noise + mark("P")
    places = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    assert split(*pieces) == split(data)
    assert [each.kind for each in split(data)[1]][-2:] == ["C", "P"]


@pytest.mark.parametrize(
    "other",
    [
        mark("A", secret="f" * 16),
        b"\x1b]133;A\a",
        b"\x1b]133;D;0\a",
        mark("B"),
        mark("A")[:-1] + b"x",
        b"\x1b]133;A;nlsh=" + SECRET.encode() + b";\a",
        b"\x1b[31m",
    ],
)
def test_what_is_no_mark_of_this_session_goes_through(other: bytes) -> None:
    """Marks of other shells, and those that somebody made up, are output like any other."""
    assert split(b"a" + other + b"b") == (b"a" + other + b"b", [])


def test_only_what_may_become_a_mark_waits() -> None:
    """The start of another sequence is passed on at once."""
    marks = Marks(SECRET)
    assert list(marks.feed(b"text\x1b[1")) == [b"text\x1b[1"]
    assert list(marks.feed(b"text" + mark("A")[:9])) == [b"text"]
    assert list(marks.feed(mark("A")[9:])) == [Mark(kind="A", turn=1)]
