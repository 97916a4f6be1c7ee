"""The undo log."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nlsh.executor.undo import Restore, UndoLog
from nlsh.target import ProcessId

ID = ProcessId(pid=7, start=70)


def nice(value: int) -> tuple[Restore, ...]:
    return (Restore(id=ID, what="nice", value=[[7, value]]),)


def test_changes_come_back_newest_first(tmp_path: Path):
    """What was done last is taken back first; asking does not take."""
    log = UndoLog(tmp_path / "undo.json")
    log.record("process.priority", "one", nice(1))
    log.record("process.priority", "two", nice(2))
    assert [log.last(n) and log.last(n).description for n in (0, 1, 2, 3)] == [None, "two", "one", None]
    assert [log.take().description, log.take().description, log.take()] == ["two", "one", None]


def test_it_outlives_nlsh_and_nobody_else_reads_it(tmp_path: Path):
    """Another log of the same file knows the change; the file is of mode 0600."""
    UndoLog(tmp_path / "state" / "undo.json").record("process.priority", "one", nice(1))
    again = UndoLog(tmp_path / "state" / "undo.json")
    assert again.last().restores == nice(1)
    assert again.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in again.path.parent.iterdir() if path.suffix == ".part"] == []


def test_it_does_not_outlive_the_machine(tmp_path: Path):
    """Pids of another boot are other processes."""
    log = UndoLog(tmp_path / "undo.json")
    log.record("process.priority", "one", nice(1))
    log.path.write_text(json.dumps(json.loads(log.path.read_text()) | {"boot": "another"}))
    assert log.last() is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"boot": 1}', "\x00\xff", '{"boot":"x","entries":[{}]}'])
def test_a_damaged_file_is_an_empty_log(tmp_path: Path, text: str):
    """It is no reason not to act; the next change writes it anew."""
    log = UndoLog(tmp_path / "undo.json")
    log.path.write_bytes(text.encode("latin-1"))
    assert log.last() is None
    log.record("process.priority", "one", nice(1))
    assert log.last().description == "one"


def test_where_nothing_can_be_written_it_lives_in_memory():
    """A path that cannot be is no error; undo works until nlsh ends."""
    log = UndoLog(Path(os.devnull) / "no" / "undo.json")
    log.record("process.priority", "one", nice(1))
    assert log.last().description == "one"
    assert log.take().description == "one"
    assert log.last() is None


def test_nothing_to_put_back_is_no_change(tmp_path: Path):
    """What changed nothing is not in the way of what did."""
    log = UndoLog(tmp_path / "undo.json")
    log.record("process.suspend", "nothing", ())
    assert log.last() is None


def test_a_change_is_recorded_though_it_failed_half_way(tmp_path: Path):
    """What was done before an error can be taken back."""
    log = UndoLog(tmp_path / "undo.json")
    with pytest.raises(KeyError), log.change("process.priority", "half") as restores:
        restores += nice(3)
        raise KeyError
    assert log.last().restores == nice(3)


def test_the_first_value_is_what_there_was_before_nlsh(tmp_path: Path):
    """Of several changes of one kind the oldest counts."""
    log = UndoLog(tmp_path / "undo.json")
    log.record("process.priority", "one", nice(1))
    log.record("process.priority", "two", nice(2))
    assert log.first(ID, "nice").value == [[7, 1]]
    assert log.first(ID, "affinity") is None


def test_it_forgets_what_is_old(tmp_path: Path):
    """A hundred changes are kept."""
    log = UndoLog(tmp_path / "undo.json")
    for number in range(105):
        log.record("process.priority", str(number), nice(number))
    assert log.last(100).description == "5"
    assert log.last(101) is None
