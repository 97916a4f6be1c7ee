"""The parts of an interactive shell, put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nlsh.shell import behind
from nlsh.shell.opening import Opening

if TYPE_CHECKING:
    from nlsh.config import Folders, Settings
    from nlsh.render.view import RichView
    from nlsh.session import Session
    from nlsh.shell.background import Background
    from nlsh.shell.chosen import Options
    from nlsh.shell.completion import LineCompleter
    from nlsh.shell.following import Follower
    from nlsh.shell.inner.bash import Bash
    from nlsh.shell.inner.commands import InnerCommands
    from nlsh.shell.repl import Lines, Prompt, Repl
    from nlsh.shell.requests import Requests


def converse(
    folders: Folders, settings: Settings, options: Options, install: Callable[[], None], start: Path | None = None
) -> int:
    """Run the shell until the person leaves, and return the exit code of the last request.

    `install` fetches the default model, should the person want that; `start` is a file of lines that come first.
    """
    behind.not_within_its_start()
    bash = behind.begin()  # it reads its start-up files while the rest is imported; where nlsh ends it hangs up
    from nlsh.render.view import RichView
    from nlsh.shell.first_start import offer_model

    view = RichView()
    offer_model(folders, settings, view, install)
    opening = Opening(folders, settings)
    try:
        with shell_of(opening, folders, options, view, bash) as repl:
            if repl.begin(_first_lines(start, view)):
                return repl.run()
        view.notice(f"{start} has ended the shell; a new one runs")
        with shell_of(opening, folders, options, view, behind.begin()) as repl:
            return repl.run()
    finally:
        opening.close()


@contextmanager
def shell_of(opening: Opening, folders: Folders, options: Options, view: RichView, bash: Bash | None) -> Iterator[Repl]:
    """The shell of a session that is opened behind its first prompt; what the session has to remark is said then."""
    from nlsh.shell import completion
    from nlsh.shell.background import Background
    from nlsh.shell.following import Follower
    from nlsh.shell.history import PrivateHistory
    from nlsh.shell.plain import PlainCommands
    from nlsh.shell.repl import Lines, Prompt, Repl
    from nlsh.shell.resolving import router_of

    background = Background(view.later)
    follower = Follower(view.notice)
    router = router_of(os.environ, "repl", lambda: follower.names)
    completer = completion.LineCompleter(opening.verbs, completion.process_names, completion.user_names, router)
    prompt = Prompt(
        PrivateHistory(folders.history, lambda text: _warn(background, text)), completer, background, router
    )
    lines = Lines(prompt.more)
    commands = PlainCommands() if bash is None else _inner(bash, follower, prompt, lines, completer)

    def opened(session: Session) -> None:
        session.on_result(background.emit)
        session.expect_more()
        follower.tell(session)
        if session.notices:
            prompt.above(lambda: _say(session.notices, view))

    def requests(session: Session) -> Requests:
        from nlsh.shell.asking import at_terminal
        from nlsh.shell.requests import Requests

        people = at_terminal(can_edit=True)
        return Requests(session=session, view=view, people=people, options=options, router=router, commands=commands)

    opening.tell(opened)
    prompt.once_there(lambda: opening.begin(lambda: background.soon(lambda: prompt.attempt(opening.session))))
    try:
        yield Repl(opening=opening, requests=requests, commands=commands, prompt=prompt.read, lines=lines, view=view)
    finally:
        commands.close()


def _inner(bash: Bash, follower: Follower, prompt: Prompt, lines: Lines, completer: LineCompleter) -> InnerCommands:
    """Commands that go to the bash behind the prompt; it is ready, or still reads its start-up files."""
    from nlsh.shell import plain
    from nlsh.shell.inner.above import Above
    from nlsh.shell.inner.commands import InnerCommands

    commands = InnerCommands(bash, behind.start, follower, more=lines.more, plain=plain.PlainCommands().run)
    prompt.at_prompt = Above(commands, prompt.application).at_prompt
    completer.shell = commands.complete
    commands.wait_for_start()
    return commands


def _first_lines(start: Path | None, view: RichView) -> Iterable[str]:
    if start is None:
        return ()
    from nlsh.shell import rc

    return rc.parts(start, view)


def _warn(background: Background, text: str) -> None:
    from nlsh.result import Result

    background.emit(Result(verb="shell.history", notes=(text,)))


def _say(notices: Iterable[str], view: RichView) -> None:
    for notice in notices:
        view.notice(notice)
