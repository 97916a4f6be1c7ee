"""One request from its line to its exit code: the same way for the prompt, for `-c` and for scripts."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from nlsh.errors import NlshError, NotUnderstood, OperationFailed, UsageError
from nlsh.shell import posix
from nlsh.shell.plain import PlainCommands

if TYPE_CHECKING:
    from nlsh.parser.reading import Reading
    from nlsh.render.view import View
    from nlsh.result import Result
    from nlsh.session import Session
    from nlsh.shell.asking import People
    from nlsh.shell.chosen import Options
    from nlsh.shell.plain import Commands
    from nlsh.shell.resolving import Router


class Edit(Exception):
    """The person wants to edit the line."""


def _unmarked(line: str) -> str:
    """The sentence without the `?` that sends it to the model."""
    stripped = line.lstrip()
    return stripped[1:].lstrip() if stripped.startswith("?") else line


def _own_fault(defect: Exception) -> NlshError:
    return OperationFailed(
        f"nlsh itself failed: {type(defect).__name__}: {defect}", hint="with NLSH_DEBUG=1 it shows where"
    )


class Requests:
    """Takes lines to a session and shows what comes of them in a view."""

    def __init__(
        self,
        *,
        session: Session,
        view: View,
        people: People,
        options: Options,
        router: Router | None = None,
        commands: Commands | None = None,
    ) -> None:
        self._session, self._view, self._people, self._options = session, view, people, options
        self._router = router
        self._commands = commands or PlainCommands()
        self._shown: list[Result] = []
        self._warm = False

    @property
    def leaving(self) -> bool:
        """Whether the last request was to leave the shell."""
        return any(result.verb == "shell.exit" and result.ok for result in self._shown)

    def run(self, line: str) -> int:
        """Carry out one line and return its exit code; what went wrong is in the view."""
        self._shown = []
        self._view.reading({"utterance": line})
        try:
            return self._any(line)
        except NlshError as error:
            self._view.error(error)
            return 1 if self._shown else error.exit_code  # something was done before: the request failed half-way
        except (Edit, BrokenPipeError):
            raise
        except Exception as defect:
            if os.environ.get("NLSH_DEBUG"):
                raise
            self._view.error(_own_fault(defect))
            return 1

    def _any(self, line: str) -> int:
        command = posix.escaped(line)
        if command is not None:
            return self._shell(line, command)
        if self._router and line.strip() and self._is_command(line, self._router):
            return self._shell(line, line)
        return self._request(_unmarked(line))

    def _is_command(self, line: str, router: Router) -> bool:
        """Whether the line is the shell's; where that is in doubt the person says it."""
        routed = router(line)
        if routed.route != "ask":
            return routed.route == "shell"
        if self._people.doubter is None:
            raise NotUnderstood("a command or a sentence? " + routed.reason, hint="! runs it, ? asks nlsh")
        answer = self._people.doubter.ask(routed)
        if answer == "edit":
            raise Edit
        if answer == "nothing":
            raise NotUnderstood("nothing was done", hint="! runs it, ? asks nlsh")
        return answer == "shell"

    def _request(self, line: str) -> int:
        with self._busy("thinking…" if self._warm else "loading the model…"):
            reading = self._session.understand(line)
        self._warm = True
        self._view.reading(reading.to_public())
        if reading.route == "shell":
            return self._shell(line, reading.command or line)
        if not reading.plan:
            raise NotUnderstood(reading.doubt or "nothing here does that", hint="`help` shows what one can say")
        if self._options.explain:
            from nlsh.render import words

            explained = words.explained(reading.plan, self._session.registry)
            return self._result(replace(explained, notes=(reading.doubt,) if reading.doubt else ()))
        return self._carry_out(self._settled(reading))

    def _settled(self, reading: Reading) -> Reading:
        """The reading to act on: as it is where there is no doubt, else as the person chooses."""
        if not reading.asks:
            return reading
        if self._people.chooser is None:
            raise NotUnderstood(reading.doubt or "it is not clear what is meant", hint="say it in other words")
        choice = self._people.chooser.choose(reading, self._session.registry)
        if choice.edit:
            raise Edit
        if choice.plan is None:
            raise NotUnderstood("nothing was done", hint="say it in other words")
        return replace(reading, plan=choice.plan, asks=False, doubt="")

    def _carry_out(self, reading: Reading) -> int:
        code = 0
        with self._busy("working…"):
            for result in self._session.carry_out(
                reading, prompter=self._people.prompter, dry_run=self._options.dry_run, yes=self._options.yes
            ):
                code = max(code, self._result(result))
        return code

    def _result(self, result: Result) -> int:
        self._shown.append(result)
        with self._people.waiting.paused() if self._people.waiting else contextlib.nullcontext():
            self._view.result(result)
        return 0 if result.ok else 1

    def _shell(self, line: str, command: str) -> int:
        self._view.reading({"utterance": line, "route": "shell", "command": command})
        if not command:
            raise UsageError("there is no command after the !", hint="such as: !ls")
        if self._options.dry_run or self._options.explain:
            from nlsh.result import Result

            return self._result(Result(verb="shell", message=f"a command for the POSIX shell: {command}"))
        return self._commands.run(command)

    @contextlib.contextmanager
    def _busy(self, words: str) -> Iterator[None]:
        with self._people.waiting.shown(words) if self._people.waiting else contextlib.nullcontext():
            yield
