"""Reading one line of /proc/PID/stat."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.executor import stat

REST = b" S 12 34 56 34816 -1 4194304 1 0 0 0 250 50 0 0 20 5 3 0 98765 4096000 77 184"


def test_the_fields_are_those_of_the_manual_page():
    """State, parent, group, session, terminal, ticks, niceness, threads, start, size and pages have their places."""
    line = stat.parse(b"42 (cat)" + REST)
    assert (line.pid, line.comm, line.state, line.parent, line.group, line.session) == (42, b"cat", "S", 12, 34, 56)
    assert (line.terminal, line.ticks, line.nice, line.threads) == (34816, 300, 5, 3)
    assert (line.start, line.size, line.rss, line.kernel) == (98765, 4096000, 77, False)


@given(st.binary(max_size=40))
def test_a_name_may_hold_anything(name: bytes):
    """Parentheses, blanks, newlines and whole fields in a name never shift the fields behind it."""
    line = stat.parse(b"7 (" + name + b")" + REST)
    assert (line.pid, line.comm, line.start) == (7, name, 98765)


@given(st.binary(max_size=40))
def test_any_bytes_become_text_that_can_be_printed_and_stored(raw: bytes):
    """What is not UTF-8 is written out, so that no later stage meets a surrogate."""
    stat.text(raw).encode("utf-8")


@pytest.mark.parametrize("line", [b"", b"42 (cat)", b"42 (cat) S 1 2"])
def test_half_a_line_is_none(line: bytes):
    """A line that was cut off is refused."""
    with pytest.raises(ValueError):
        stat.parse(line)


def test_it_reads_this_very_process():
    """The kernel's own line of this process is understood."""
    line = stat.parse(Path("/proc/self/stat").read_bytes())
    assert (line.pid, line.parent, line.session) == (os.getpid(), os.getppid(), os.getsid(0))
