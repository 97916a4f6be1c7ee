"""Tables on a terminal: they fit, and rows have numbers."""

from __future__ import annotations

import io
import re

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from tests_render import RESULTS, unsafe

from nlsh.errors import UsageError
from nlsh.render import rich_table
from nlsh.render.fitting import LEAST, fitted
from nlsh.result import Column, Result, Unit
from nlsh.target import ProcessId

COLUMNS = (
    Column(key="pid", title="PID", unit=Unit.COUNT),
    Column(key="name", title="Name"),
    Column(key="rss", title="Memory", unit=Unit.BYTES),
    Column(key="command", title="Command"),
)
ROWS = (
    {"pid": 4242, "name": "chrome", "rss": 3 << 20, "command": "/opt/chrome " + "--flag " * 40},
    {"pid": 5, "name": "日本語プロセス", "rss": None, "command": "x"},
)
LISTED = Result(
    verb="process.list",
    shape="table",
    columns=COLUMNS,
    rows=ROWS,
    processes=(ProcessId(pid=4242, start=1), None),
)


def drawn(result: Result, width: int) -> str:
    """What stands on a terminal of that width."""
    out = io.StringIO()
    rich_table.show(Console(file=out, width=width, force_terminal=True), result)
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


def test_a_table_fits_the_terminal() -> None:
    """Long words are cut with a mark, numbers never, and no line is wider than the terminal."""
    text = drawn(LISTED, 60)
    assert max(cell_len(line) for line in text.splitlines()) <= 60
    assert "4242" in text and "3.0 MiB" in text and "…" in text


def test_rows_that_are_processes_have_numbers() -> None:
    """Rows are numbered as the next utterance counts them, also those whose process cannot be seen."""
    lines = drawn(LISTED, 100).splitlines()
    assert [line.split()[0] for line in lines] == ["#", "1", "2"]


def test_other_rows_have_none() -> None:
    """A number would promise that `the second one` means that row."""
    plain = Result(verb="disk.usage", shape="table", columns=COLUMNS, rows=ROWS)
    assert drawn(plain, 100).splitlines()[0].split()[0] == "PID"


def test_a_narrow_terminal_gets_blocks() -> None:
    """Where the columns cannot fit, each row is shown as keys and values, and nothing is lost."""
    text = drawn(LISTED, 20)
    assert "#        1\n" in text and "PID      4242\n" in text and text.count("--flag") == 40


def test_a_megabyte_command_line_is_cut_quickly() -> None:
    """A command line of megabytes costs no more than what is shown of it."""
    row = {"pid": 1, "name": "big", "rss": 1, "command": "a " * 2_000_000}
    text = drawn(Result(verb="process.list", shape="table", columns=COLUMNS, rows=(row,)), 80)
    assert len(text) < 400


def test_an_error_has_its_next_step() -> None:
    """An error stands with its hint below it."""
    lines = [text.plain for text in rich_table.error(UsageError("no \x1b[m", hint="do"))]
    assert lines == ["✗ no ␛[m", "  do"]


@given(RESULTS, st.integers(1, 120))
def test_nothing_raw_gets_out(any_result: Result, width: int) -> None:
    """Whatever the strings of a result, no control character but the line end and our own colours is drawn."""
    assert unsafe(drawn(any_result, width)) <= {"\n"}


@given(st.lists(st.tuples(st.integers(0, 300), st.booleans()), min_size=1, max_size=8), st.integers(0, 300))
def test_fitted_columns_fit(columns: list[tuple[int, bool]], room: int) -> None:
    """Fitted columns take at most the room; numbers keep their width, and words at least a few columns."""
    widths, fixed = zip(*columns, strict=True)
    found = fitted(widths, fixed, room)
    if found is None:
        assert sum(width if kept else min(width, LEAST) for width, kept in columns) > room
        return
    assert sum(found) <= room
    for (width, kept), now in zip(columns, found, strict=True):
        assert now == width if kept else min(width, LEAST) <= now <= width
