"""The history file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from nlsh.shell.history import PrivateHistory


def test_lines_come_back_newest_first(tmp_path: Path) -> None:
    """What was stored is there for the next session."""
    history = PrivateHistory(tmp_path / "deep" / "history", pytest.fail)
    history.store_string("one")
    history.store_string("two\nlines")
    assert list(PrivateHistory(tmp_path / "deep" / "history", pytest.fail).load_history_strings()) == [
        "two\nlines",
        "one",
    ]


def test_the_file_is_private(tmp_path: Path) -> None:
    """The file has mode 0600, whatever the umask is or its mode was."""
    path = tmp_path / "history"
    path.touch(mode=0o644)
    path.chmod(0o644)
    before = os.umask(0)
    try:
        PrivateHistory(path, pytest.fail).store_string("one")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_leading_blank_keeps_a_line_out(tmp_path: Path) -> None:
    """A line that begins with a blank is not stored."""
    history = PrivateHistory(tmp_path / "history", pytest.fail)
    history.store_string(" secret")
    assert not (tmp_path / "history").exists()


def test_a_full_disk_is_said_once() -> None:
    """Where nothing can be written it is said once, and nothing is raised."""
    said: list[str] = []
    history = PrivateHistory(Path("/dev/full/history"), said.append)
    history.store_string("one")
    history.store_string("two")
    assert len(said) == 1 and "cannot be written" in said[0]
    assert list(history.load_history_strings()) == []
