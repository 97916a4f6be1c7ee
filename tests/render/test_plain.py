"""Text for pipes: aligned, whole, one row a line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests_render import RESULTS, unsafe

from nlsh.errors import UsageError
from nlsh.render import plain
from nlsh.result import Column, Failure, Result, Unit
from nlsh.target import ProcessId, Target

COLUMNS = (Column(key="pid", title="PID", unit=Unit.COUNT), Column(key="command", title="Command"))


def result(**more: object) -> Result:
    """A table of two processes."""
    rows = ({"pid": 7, "command": "sleep 60"}, {"pid": 1234, "command": "x" * 500})
    return Result(**{"verb": "process.list", "shape": "table", "columns": COLUMNS, "rows": rows, **more})


def test_a_table_is_aligned_and_whole() -> None:
    """Numbers stand to the right, and a long command line is not cut."""
    lines = plain.body(result()).splitlines()
    assert lines == [" PID  Command", "   7  sleep 60", f"1234  {'x' * 500}"]


def test_wide_characters_keep_the_columns() -> None:
    """A wide character counts as the two columns that it takes."""
    columns = (Column(key="name", title="Name"), Column(key="user", title="User"))
    rows = ({"name": "日本", "user": "a"}, {"name": "ab", "user": "b"})
    lines = plain.body(result(columns=columns, rows=rows)).splitlines()
    assert lines == ["Name  User", "日本  a", "ab    b"]


def test_a_record_is_keys_and_values() -> None:
    """A record shows what is there, further lines of a value below its first."""
    columns = (*COLUMNS, Column(key="user", title="User"), Column(key="say", title="Say"))
    rows = ({"pid": 7, "command": "sleep", "user": None, "say": "one\ntwo"},)
    body = plain.body(result(shape="record", columns=columns, rows=rows))
    assert body == "PID      7\nCommand  sleep\nSay      one\n         two\n"


def test_a_tree_has_branches() -> None:
    """Children stand below their parents, led by lines."""
    columns = (Column(key="name", title="Name"),)
    rows = [{"name": n, "depth": d} for n, d in (("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 0))]
    body = plain.body(result(shape="tree", columns=columns, rows=tuple(rows)))
    assert body.splitlines() == ["Name", "a", "├─ b", "│  └─ c", "└─ d", "e"]


def test_nothing_is_said_in_words() -> None:
    """No rows and no message still give a line, and a bare message result without words gives none."""
    assert plain.body(result(rows=())) == "nothing to show\n"
    assert plain.body(result(rows=(), message="no process")) == "no process\n"
    assert plain.body(Result(verb="shell.exit")) == ""


def test_asides_do_not_mix_with_rows() -> None:
    """The message beside rows, notes, failures and remedies go to standard error."""
    target = Target(id=ProcessId(pid=7, start=1), name="sleep", user="ada", uid=1)
    failed = (
        Failure(target=target, reason="not permitted", remedy="sudo kill 7"),
        Failure(subject="eth0", reason="gone"),
    )
    said = plain.asides(result(message="two", notes=("some hidden",), failures=failed))
    assert said == (
        "two\nnote: some hidden\nfailed: sleep (7): not permitted\n  try: sudo kill 7\nfailed: eth0: gone\n"
    )


def test_an_error_has_its_next_step() -> None:
    """An error is one line, and its hint another."""
    assert plain.error(UsageError("no", hint="do")) == "nlsh: no\n  do\n"


@given(RESULTS)
def test_nothing_raw_gets_out(any_result: Result) -> None:
    """Whatever the strings of a result, no control character but the line end is rendered."""
    assert unsafe(plain.body(any_result) + plain.asides(any_result)) <= {"\n"}


@given(RESULTS)
def test_one_row_is_one_line(any_result: Result) -> None:
    """A table has a line for its heading and one for each row."""
    if any_result.shape in ("table", "tree") and any_result.rows and any_result.columns:
        assert plain.body(any_result).count("\n") == 1 + len(any_result.rows)


@given(st.text())
def test_widths_are_those_of_the_terminal(text: str) -> None:
    """ASCII takes one column a character, and no text a negative number."""
    assert plain.width(text) >= 0
    assert not text.isascii() or plain.width(text) == len(text)
