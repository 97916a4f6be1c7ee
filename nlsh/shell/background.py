"""What background jobs report while a person types: shown above the prompt, never into a line or a command."""

from __future__ import annotations

import queue
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application
from prompt_toolkit.application.run_in_terminal import run_in_terminal

if TYPE_CHECKING:
    from nlsh.result import Result


class Background:
    """Takes results from any thread and shows them in the thread of the prompt.

    While the prompt of `application` waits they appear above it at once; while a request or a command has the terminal
    they wait until `drain`.
    """

    def __init__(self, show: Callable[[Result], None]) -> None:
        self._show = show
        self._waiting: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self.application: Application[str] | None = None

    def emit(self, result: Result) -> None:
        """Take a result, from any thread."""
        self._waiting.put(result)
        self._wake()

    def drain(self) -> None:
        """Show all that wait."""
        while not self._waiting.empty():
            self._show(self._waiting.get())

    def at_prompt(self) -> None:
        """The prompt has come up: show what came in just before it."""
        if not self._waiting.empty():
            self._wake()

    def soon(self, action: Callable[[], object]) -> None:
        """While a prompt waits, do something in its thread, from any one; nothing where none waits."""
        application = self.application
        loop = application.loop if application else None
        if application is None or loop is None or application.context is None:
            return
        with suppress(RuntimeError):  # the prompt has just ended, and its loop is closed
            loop.call_soon_threadsafe(action, context=application.context.copy())

    def _wake(self) -> None:
        self.soon(lambda: run_in_terminal(self.drain))
