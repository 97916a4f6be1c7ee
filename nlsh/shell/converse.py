"""The parts of an interactive shell, put together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nlsh.config import Folders, Settings
from nlsh.shell import behind, rc

if TYPE_CHECKING:
    from nlsh.render.view import RichView
    from nlsh.session import Session
    from nlsh.shell.completion import LineCompleter
    from nlsh.shell.following import Follower
    from nlsh.shell.inner.bash import Bash
    from nlsh.shell.inner.commands import InnerCommands
    from nlsh.shell.repl import Lines, Prompt, Repl
    from nlsh.shell.requests import Options


def converse(
    folders: Folders, settings: Settings, options: Options, install: Callable[[], None], start: Path | None = None
) -> int:
    """Run the shell until the person leaves, and return the exit code of the last request.

    `install` fetches the default model, should the person want that; `start` is a file of lines that come first.
    """
    behind.not_within_its_start()
    bash = behind.begin()  # it reads its start-up files while the rest is imported; where nlsh ends it hangs up
    from rich.console import Console

    from nlsh.render.view import RichView
    from nlsh.session import open_session
    from nlsh.shell.first_start import offer_model

    view = RichView(Console(), Console(stderr=True))
    offer_model(folders, settings, view, install)
    session = open_session(folders, settings)
    try:
        with shell_of(session, folders, options, view, bash) as repl:
            if repl.begin(rc.parts(start, view) if start else ()):
                return repl.run()
        view.notice(f"{start} has ended the shell; a new one runs")
        with shell_of(session, folders, options, view, behind.begin()) as repl:
            return repl.run()
    finally:
        session.close()


@contextmanager
def shell_of(session: Session, folders: Folders, options: Options, view: RichView, bash: Bash | None) -> Iterator[Repl]:
    """The shell of a session; what the session has to remark is said at once, a line each."""
    from nlsh.result import Result
    from nlsh.shell import completion
    from nlsh.shell.asking import at_terminal
    from nlsh.shell.background import Background
    from nlsh.shell.following import Follower
    from nlsh.shell.history import PrivateHistory
    from nlsh.shell.plain import PlainCommands
    from nlsh.shell.repl import Lines, Prompt, Repl
    from nlsh.shell.requests import Requests
    from nlsh.shell.resolving import router_of

    background = Background(view.later)
    session.on_result(background.emit)
    for notice in session.notices:
        view.notice(notice)
    follower = Follower(session, view.notice)
    router = router_of(os.environ, "repl", lambda: follower.names)
    completer = completion.LineCompleter(
        lambda: session.registry, completion.process_names, completion.user_names, router
    )
    history = PrivateHistory(folders.history, lambda text: background.emit(Result(verb="shell.history", notes=(text,))))
    prompt = Prompt(history, completer, background, router)
    lines = Lines(prompt.more)
    commands = PlainCommands() if bash is None else _inner(bash, follower, prompt, lines, completer)
    try:
        requests = Requests(
            session=session,
            view=view,
            people=at_terminal(can_edit=True),
            options=options,
            router=router,
            commands=commands,
        )
        yield Repl(session=session, requests=requests, commands=commands, prompt=prompt.read, lines=lines, view=view)
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
