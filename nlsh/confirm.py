"""Asking the person: the question, the answers there are, and who asks."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

from nlsh.act import Act, Decision

WHILE = 600.0
"""Seconds that a yes for a while lasts."""


class Answer(enum.Enum):
    """What came back when a yes was wanted."""

    YES_KEY = "key"
    """A key was pressed for yes."""
    YES_SESSION = "session"
    """Yes, and for this session acts like it need none."""
    YES_WHILE = "while"
    """Yes, and for `WHILE` seconds acts like it need none."""
    YES_WORD = "word"
    """The word was typed in full."""
    FLAG = "flag"
    """`--yes` was given beforehand: nobody has seen the targets."""
    NO = "no"
    NOBODY = "nobody"
    """There is no terminal to ask at, and no `--yes`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a person is asked: the act with its exact targets and the decision that wants a yes.

    `posix` is the same thing as a shell command line, empty where there is none; `title` says it in words; `grantable`
    says whether the yes may be given for longer.
    """

    act: Act
    decision: Decision
    title: str
    posix: str = ""
    grantable: bool = False


class Prompter(Protocol):
    """Whoever puts a question to the person."""

    def ask(self, question: Question) -> Answer:
        """Show the question and wait for the answer; `NOBODY` where nobody can be asked."""
        ...
