"""While a line is typed: what bash and the jobs behind it write appears above the line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from prompt_toolkit.application.run_in_terminal import run_in_terminal

if TYPE_CHECKING:
    from prompt_toolkit.application import Application

    from nlsh.shell.inner.bash import Bash
    from nlsh.shell.inner.commands import InnerCommands


class Above:
    """Listens to bash as long as the prompt of `application` waits."""

    def __init__(self, commands: InnerCommands, application: Application[Any]) -> None:
        self._commands, self._application = commands, application
        self._bash: Bash | None = None
        self._showing: asyncio.Future[None] | None = None

    def at_prompt(self) -> None:
        """The prompt has come up."""
        if not self._commands.broken:
            self._listen()

    def _listen(self) -> None:
        self._bash = self._commands.bash
        for descriptor in self._bash.readable:
            self._loop.add_reader(descriptor, self._arrived)

    def _deaf(self) -> None:
        for descriptor in self._bash.readable if self._bash else ():
            self._loop.remove_reader(descriptor)

    def _arrived(self) -> None:
        if self._commands.listen():
            self._deaf()  # until it is shown: a job that writes without end must not fill the memory
            self._showing = asyncio.ensure_future(run_in_terminal(self._commands.show_late))
            self._showing.add_done_callback(lambda _: self._again())

    def _again(self) -> None:
        if not self._application.is_running or self._application.is_done:
            return
        if self._commands.left is not None:
            self._application.exit(exception=EOFError())
        elif not self._commands.broken:
            self._listen()

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = self._application.loop
        assert loop is not None  # it runs
        return loop
