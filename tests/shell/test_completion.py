"""What Tab offers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake_nlsh import REGISTRY
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from nlsh.shell.completion import LineCompleter, commands, paths, process_names, user_names

COMPLETER = LineCompleter(lambda: REGISTRY, lambda: ["chrome", "chronyd"], lambda: ["chris"])


def offered(text: str) -> list[str]:
    """The line as it would be with each completion taken."""
    found = COMPLETER.get_completions(Document(text), CompleteEvent(completion_requested=True))
    return [text[: len(text) + each.start_position] + each.text for each in found]


def test_sentences_complete_as_a_whole() -> None:
    """The start of an example completes to the example, whatever its case."""
    assert offered("List") == ["list processes"]
    assert offered("list pro") == ["list processes"]


def test_the_last_word_completes_to_names() -> None:
    """A word within a sentence completes to processes and users."""
    assert offered("pause chr") == ["pause chrome", "pause chronyd", "pause chris"]


def test_an_empty_line_offers_nothing() -> None:
    """Tab on an empty line is silent."""
    assert offered("") == [] and offered("   ") == []


def test_paths_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that look like paths complete to files; hidden ones only when asked for, misleading ones never."""
    for name in ("one.txt", ".hidden", "bad\x1bname"):
        (tmp_path / name).touch()
    (tmp_path / "odd").mkdir()
    assert offered(f"who uses {tmp_path}/o") == [f"who uses {tmp_path}/odd/", f"who uses {tmp_path}/one.txt"]
    assert offered(f"who uses {tmp_path}/.h") == [f"who uses {tmp_path}/.hidden"]
    assert offered(f"who uses {tmp_path}/b") == []
    monkeypatch.setenv("HOME", str(tmp_path))
    assert offered("who uses ~/on") == ["who uses ~/one.txt"]


def test_commands_complete_after_the_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After ! the first word completes to programs, and the next to files."""
    (tmp_path / "frobnicate").touch()
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + "/no-such-folder")
    assert offered("!frob") == ["!frobnicate"]
    monkeypatch.chdir(tmp_path)
    assert offered("!ls frob") == ["!ls frobnicate"]
    assert list(commands("frob")) == ["frobnicate"]


def test_folders_that_cannot_be_read_offer_nothing() -> None:
    """What is not there is no error."""
    assert list(paths("/no-such-folder/x")) == [] and list(paths("~nobody-here/x")) == []


def test_names_come_from_the_machine() -> None:
    """Processes and users are those of this machine."""
    own = Path("/proc/self/comm").read_text().strip()
    assert " " in own or own in list(process_names())
    assert "root" in list(user_names())
