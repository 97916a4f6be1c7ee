"""The shell at a terminal: reads a line, hands it to the session, shows what comes of it, and reads the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import Completer
from prompt_toolkit.history import History
from prompt_toolkit.shortcuts import PromptSession

from nlsh.errors import OperationFailed
from nlsh.render.view import View
from nlsh.shell import live, style
from nlsh.shell.background import Background
from nlsh.shell.requests import Edit, Requests
from nlsh.shell.resolving import Router

if TYPE_CHECKING:
    from nlsh.session import Session

_CANCELLED = 130


class Prompt:
    """The line editor: history with ghost text, completion with Tab, and who will get the line."""

    def __init__(self, history: History, completer: Completer, background: Background, router: Router) -> None:
        self._background = background
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
        background.application = self._editor.app

    def read(self, code: int, text: str = "") -> str:
        """A line, `text` already typed; KeyboardInterrupt for Ctrl-C, EOFError for Ctrl-D."""
        self._background.drain()
        return self._editor.prompt(
            lambda: style.prompt(code), default=text, pre_run=self._background.at_prompt, set_exception_handler=False
        )


class Repl:
    """Reads and carries out lines until the person leaves."""

    def __init__(self, *, session: Session, requests: Requests, prompt: Callable[[int, str], str], view: View) -> None:
        self._session, self._requests, self._prompt, self._view = session, requests, prompt, view
        self._code = 0
        self._warned = False
        self._told: set[int] = set()

    def run(self) -> int:
        """The exit code of the last request."""
        text = ""
        while True:
            self._tell_failed()
            try:
                line = self._prompt(self._code, text)
            except KeyboardInterrupt:
                text = ""
                continue
            except EOFError:
                if self._may_leave():
                    return self._code
                continue
            text = self._all(line)
            if self._requests.leaving and self._may_leave():
                return self._code

    def _all(self, typed: str) -> str:
        """Carry out what was typed, pasted lines one after the other; returns text for the person to edit."""
        for line in [typed] if typed.lstrip().startswith("!") else typed.splitlines():
            if not line.strip():
                continue
            try:
                self._code = self._requests.run(line)
            except KeyboardInterrupt:
                self._code = _CANCELLED
                self._view.notice("cancelled")
            except Edit:
                return line
            if self._code or self._requests.leaving:
                break
        return ""

    def _tell_failed(self) -> None:
        """Say once of each background job that it failed, and why."""
        for job in self._session.jobs.list():
            if job.state == "failed" and job.id not in self._told:
                self._told.add(job.id)
                self._view.error(OperationFailed(f"job {job.id} failed: {job.title}: {job.detail}"))

    def _may_leave(self) -> bool:
        """Whether to leave; with jobs running only when it is said twice."""
        running = [job for job in self._session.jobs.list() if job.awaited and job.state == "running"]
        if not running or self._warned:
            return True
        self._warned = True
        number = "a background job" if len(running) == 1 else f"{len(running)} background jobs"
        self._view.notice(f"{number} would end; leave again to leave all the same")
        return False
