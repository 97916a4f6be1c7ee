"""The parts of an interactive shell, put together."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console

from nlsh.config import Folders, Settings
from nlsh.render.view import RichView
from nlsh.result import Result
from nlsh.shell import completion
from nlsh.shell.asking import at_terminal
from nlsh.shell.background import Background
from nlsh.shell.first_start import offer_model
from nlsh.shell.history import PrivateHistory
from nlsh.shell.repl import Prompt, Repl
from nlsh.shell.requests import Options, Requests
from nlsh.shell.resolving import router_of

if TYPE_CHECKING:
    from nlsh.session import Session


def converse(folders: Folders, settings: Settings, options: Options, install: Callable[[], None]) -> int:
    """Run the shell until the person leaves, and return the exit code of the last request.

    `install` fetches the default model, should the person want that.
    """
    from nlsh.session import open_session

    view = RichView(Console(), Console(stderr=True))
    offer_model(folders, settings, view, install)
    session = open_session(folders, settings)
    try:
        return shell_of(session, folders, options, view).run()
    finally:
        session.close()


def shell_of(session: Session, folders: Folders, options: Options, view: RichView) -> Repl:
    """The shell of a session; what the session has to remark is said at once, a line each."""
    background = Background(view.later)
    session.on_result(background.emit)
    for notice in session.notices:
        view.notice(notice)
    completer = completion.LineCompleter(lambda: session.registry, completion.process_names, completion.user_names)
    history = PrivateHistory(folders.history, lambda text: background.emit(Result(verb="shell.history", notes=(text,))))
    router = router_of(os.environ, "repl")
    prompt = Prompt(history, completer, background, router)
    people = at_terminal(can_edit=True)
    requests = Requests(session=session, view=view, people=people, options=options, router=router)
    return Repl(session=session, requests=requests, prompt=prompt.read, view=view)
