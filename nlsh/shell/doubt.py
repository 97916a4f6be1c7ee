"""A line that may be a command or a sentence: the person says which."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from nlsh.render import safe
from nlsh.shell import terminal
from nlsh.shell.waiting import Waiting

if TYPE_CHECKING:
    from rich.console import Console

    from nlsh.parser.router import Routed

Answer = Literal["shell", "intent", "edit", "nothing"]
_KEYS: dict[str, Answer] = {"r": "shell", "a": "intent", "e": "edit"}


class Doubter(Protocol):
    """Whoever says what a doubtful line is."""

    def ask(self, routed: Routed) -> Answer:
        """Ask, and return the answer."""
        ...


class TerminalDoubter:
    """Asks on the console that `console` makes, and waits for a key; any other key does nothing."""

    def __init__(self, console: Callable[[], Console], waiting: Waiting, *, can_edit: bool) -> None:
        self._make, self._waiting, self._can_edit = console, waiting, can_edit

    def ask(self, routed: Routed) -> Answer:
        """Ask whether to run the line, to ask nlsh, or to edit it."""
        console = self._make()

        def show(text: str, end: str = "\n") -> None:
            console.print(text, end=end, markup=False, highlight=False, soft_wrap=True)

        with self._waiting.paused():
            show(f"A command or a sentence? {safe.line(routed.line)} ({routed.reason})")
            edit = ", e: edit" if self._can_edit else ""
            key = terminal.key(lambda: show(f"r: run as a command, a: ask nlsh{edit} [N] ", end=""))
            answer = _KEYS.get(key, "nothing")
            answer = "nothing" if answer == "edit" and not self._can_edit else answer
            show({"shell": "run", "intent": "ask", "edit": "edit", "nothing": "no"}[answer])
        return answer
