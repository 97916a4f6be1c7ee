"""Whoever is asked during a request: the person at the terminal, or nobody."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nlsh.confirm import Prompter
from nlsh.shell.choosing import Choice, TerminalChooser
from nlsh.shell.confirm import TerminalPrompter
from nlsh.shell.doubt import Doubter, TerminalDoubter
from nlsh.shell.waiting import Waiting

if TYPE_CHECKING:
    from rich.console import Console

    from nlsh.parser.reading import Reading
    from nlsh.verb import Registry


class Chooser(Protocol):
    """Whoever asks the person which reading was meant."""

    def choose(self, reading: Reading, registry: Registry) -> Choice:
        """Ask, and return the choice."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class People:
    """Who confirms, who chooses, the line that says what takes so long, and who says what a line is.

    None is nobody and nowhere.
    """

    prompter: Prompter
    chooser: Chooser | None = None
    waiting: Waiting | None = None
    doubter: Doubter | None = None


def nobody() -> People:
    """For requests without a terminal."""
    from nlsh.session import Nobody

    return People(prompter=Nobody())


def at_terminal(*, can_edit: bool) -> People:
    """The person at this terminal; `can_edit` where a line can be given back for editing."""
    waiting = Waiting(sys.stderr)
    return People(
        prompter=TerminalPrompter(_console, waiting),
        chooser=TerminalChooser(_console, waiting, can_edit=can_edit),
        waiting=waiting,
        doubter=TerminalDoubter(_console, waiting, can_edit=can_edit),
    )


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True)
