"""Completions, taken out of the buffer that readline has put them into."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlsh.shell.inner.completing import words


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("gre", "grep gresource ", [("grep", 0), ("gresource", 0)]),
        ("git checkout ma", "git checkout main master ", [("main", 13), ("master", 13)]),
        ("ls a\\ ", "ls a\\ b a\\ c ", [("a\\ b", 3), ("a\\ c", 3)]),
        ('cat "my f', 'cat "my file" "my fork" ', [('"my file"', 4), ('"my fork"', 4)]),
        ("dd if=/no1", "dd if=/no11 /no12 ", [("/no11", 6), ("/no12", 6)]),
        ("kill -", "kill -9 -15 ", [("-9", 5), ("-15", 5)]),
        ("man ", "man one two ", [("one", 4), ("two", 4)]),
        ("echo $HO", "echo $HOME ", [("$HOME", 5)]),
        ("make X", "make all ", []),
    ],
)
def test_words(text: str, answer: str, found: list[tuple[str, int]]) -> None:
    """Each is what the last word, or the part of it that readline completes, may become."""
    assert words(text, answer) == found


def test_folders_end_with_a_slash(tmp_path: Path) -> None:
    """Also those whose names need quoting."""
    (tmp_path / "a b").mkdir()
    (tmp_path / "ab").touch()
    quoted = f"{tmp_path}/a\\ b"
    assert words(f"ls {tmp_path}/a", f"ls {quoted} {tmp_path}/ab ") == [(f"{quoted}/", 3), (f"{tmp_path}/ab", 3)]
