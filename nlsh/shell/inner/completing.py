"""What bash would complete: its own completion, programmable or not, asked for through readline's buffer."""

from __future__ import annotations

import os
import re
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlsh.shell.inner.bash import Bash

_WORD = re.compile(r"""(?:\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s\\"'])+""", re.DOTALL)
_BREAKS = "=:@"
"""What begins a word for readline within one of the shell."""


def completed(bash: Bash, text: str) -> list[tuple[str, int]]:
    """The words that could stand where the last word of the text is, each with its start there; bash must wait.

    Nothing where bash needs longer than a second.
    """
    answer = bash.completions(text)
    if answer is None or answer.rstrip() == text.rstrip():
        return []
    return words(text, answer)


def words(text: str, answer: str) -> list[tuple[str, int]]:
    """Take the completions apart that readline has put, one after the other, in the place of the last word."""
    for start in _starts(text):
        said = text[start:].casefold()
        found = [match[0] for match in _WORD.finditer(answer, start)]
        if answer.startswith(text[:start]) and found and all(word.casefold().startswith(said) for word in found):
            return [(_marked(word), start) for word in found]
    return []


def _starts(text: str) -> list[int]:
    """Where the last word may start, the widest first."""
    last = 0
    for match in _WORD.finditer(text):
        last = match.start()
    last = len(text) if text[-1:].isspace() and not text.endswith("\\ ") else last
    return [last, *(at + 1 for at in range(last, len(text)) if text[at] in _BREAKS)]


def _marked(word: str) -> str:
    """Folders end with a slash."""
    with suppress(ValueError):
        plain = "".join(shlex.split(word))
        if not word.endswith("/") and os.path.isdir(os.path.expanduser(plain)):  # noqa: PTH111, PTH112 - no exceptions
            return f"{word}/"
    return word
