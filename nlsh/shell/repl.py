"""The shell at a terminal: reads a line, hands it to the session, shows what comes of it, and reads the next."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from prompt_toolkit.application import Application, run_in_terminal
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer
from prompt_toolkit.history import History
from prompt_toolkit.shortcuts import PromptSession

from nlsh.errors import OperationFailed
from nlsh.shell import live, style
from nlsh.shell.background import Background
from nlsh.shell.requests import Edit
from nlsh.shell.resolving import Router

if TYPE_CHECKING:
    from nlsh.executor.jobs import Job
    from nlsh.render.view import View
    from nlsh.session import Session
    from nlsh.shell.opening import Opening
    from nlsh.shell.plain import Commands
    from nlsh.shell.requests import Requests

_CANCELLED = 130


class Prompt:
    """The line editor: history with ghost text, completion with Tab, and who will get the line.

    `at_prompt` is called each time when the prompt has come up.
    """

    def __init__(self, history: History, completer: Completer, background: Background, router: Router) -> None:
        self._background = background
        self.at_prompt: Callable[[], None] = lambda: None
        self._editor: PromptSession[str] = PromptSession(
            history=history,
            auto_suggest=AutoSuggestFromHistory(),
            completer=completer,
            complete_while_typing=False,
            complete_in_thread=True,
            style=style.STYLE,
            lexer=live.RouteLexer(router),
            rprompt=lambda: live.margin(router),
            enable_suspend=True,
        )
        self._more: PromptSession[str] = PromptSession(
            completer=completer, complete_while_typing=False, style=style.STYLE
        )
        background.application = self._editor.app

    def above(self, show: Callable[[], None]) -> None:
        """Show something, above the line where one is being typed; in the thread of the prompt."""
        if self._editor.app.is_running:
            run_in_terminal(show)
        else:
            show()

    def attempt(self, action: Callable[[], object]) -> None:
        """Do something while the prompt waits; what goes wrong ends the prompt, and comes out of `read`."""
        try:
            action()
        except Exception as error:
            if not self._editor.app.is_done:
                self._editor.app.exit(exception=error)

    def once_there(self, action: Callable[[], None]) -> None:
        """Do something once the first prompt has been drawn."""

        def drawn(application: Application[str]) -> None:
            application.after_render -= drawn
            action()

        self._editor.app.after_render += drawn

    def read(self, code: int, text: str = "") -> str:
        """A line, `text` already typed; KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D."""
        self._background.drain()
        return self._editor.prompt(
            lambda: style.prompt(code), default=text, pre_run=self._at_prompt, set_exception_handler=False
        )

    def more(self) -> str:
        """The next line of a command that is not complete; exceptions as `read`."""
        return self._more.prompt("> ", set_exception_handler=False)

    @property
    def application(self) -> Application[str]:
        """What reads a line."""
        return self._editor.app

    def _at_prompt(self) -> None:
        self._background.at_prompt()
        self.at_prompt()


class Lines:
    """The lines that were typed or pasted, one after the other; `ask` gets the next from the person."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._waiting: deque[str] = deque()

    def put(self, typed: str) -> None:
        """Take what was typed in the place of what still waits."""
        self._waiting = deque([typed] if typed.lstrip().startswith("!") else typed.splitlines())

    def next(self) -> str | None:
        """The next line that waits, if any."""
        return self._waiting.popleft() if self._waiting else None

    def more(self) -> str:
        """The next line of a command that is not complete; KeyboardInterrupt and EOFError as at the prompt."""
        line = self.next()
        return self._ask() if line is None else line


class Repl:
    """Reads and carries out lines until the person leaves.

    The first line waits for the session that is opened; `requests` makes what takes lines to it.
    """

    def __init__(
        self,
        *,
        opening: Opening,
        requests: Callable[[Session], Requests],
        commands: Commands,
        prompt: Callable[[int, str], str],
        lines: Lines,
        view: View,
    ) -> None:
        self._opening, self._make, self._commands, self._view = opening, requests, commands, view
        self._prompt, self._lines = prompt, lines
        self._code = 0
        self._leaving = False
        self._warned = False
        self._told: set[int] = set()

    def begin(self, lines: Iterable[str]) -> bool:
        """Carry out lines before the first prompt; False where one of them has ended the shell."""
        for line in lines:
            with contextlib.suppress(Edit):
                self._one(line)
            if self._commands.left is not None:
                return False
        return True

    def run(self) -> int:
        """The exit code of the last request."""
        text: str | None = ""
        while text is not None:
            self._tell_failed()
            text = self._once(text)
        return self._code if self._commands.left is None else self._commands.left

    def _once(self, text: str) -> str | None:
        """Read and carry out what is typed, after `text`; the text for the next time, or None to leave."""
        try:
            typed = self._prompt(self._code, text)
        except KeyboardInterrupt:
            return ""
        except EOFError:
            return None if self._leaves() else ""
        text = self._all(typed)
        if self._commands.left is not None:
            return None
        if self._leaving and self._leaves():
            return None
        self._commands.refresh()
        return text

    def _all(self, typed: str) -> str:
        """Carry out what was typed, pasted lines one after the other; returns text for the person to edit."""
        self._lines.put(typed)
        while (line := self._lines.next()) is not None and self._commands.left is None:
            if not line.strip():
                continue
            try:
                self._one(line)
            except Edit:
                return line
            if self._code or self._leaving:
                break
        return ""

    def _one(self, line: str) -> None:
        self._leaving = False
        try:
            self._code = self._requests.run(line)
            self._leaving = self._requests.leaving
        except KeyboardInterrupt:
            self._code = _CANCELLED
            self._view.notice("cancelled")

    @cached_property
    def _requests(self) -> Requests:
        return self._make(self._opening.session())

    @property
    def _jobs(self) -> tuple[Job, ...]:
        return self._opening.opened.jobs.list() if self._opening.opened else ()

    def _tell_failed(self) -> None:
        """Say once of each background job that it failed, and why."""
        for job in self._jobs:
            if job.state == "failed" and job.id not in self._told:
                self._told.add(job.id)
                self._view.error(OperationFailed(f"job {job.id} failed: {job.title}: {job.detail}"))

    def _leaves(self) -> bool:
        """Whether to leave; a shell that has left already is not asked."""
        return self._commands.left is not None or (self._may_leave() and self._commands.leave())

    def _may_leave(self) -> bool:
        """Whether to leave; with jobs running only when it is said twice."""
        running = [job for job in self._jobs if job.awaited and job.state == "running"]
        if not running or self._warned:
            return True
        self._warned = True
        number = "a background job" if len(running) == 1 else f"{len(running)} background jobs"
        self._view.notice(f"{number} would end; leave again to leave all the same")
        return False
