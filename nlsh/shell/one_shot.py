"""Sentences without a prompt: that of `-c`, or those of a script that has nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nlsh.models import early
from nlsh.shell import batch, chosen, launcher, passing, terminal

if TYPE_CHECKING:
    from nlsh.render.view import View
    from nlsh.session import Session
    from nlsh.shell.invocation import Invocation, Own
    from nlsh.shell.passing import Sentences
    from nlsh.shell.requests import Requests


def run(call: Invocation, sentences: Sentences) -> int:
    """Carry them out; the exit code tells how it went, their background jobs included."""
    launcher.running()
    view = _view(call.own)
    if sentences.line is None:
        with _opened(call.own, view) as (session, requests):
            return batch.script(session, requests, view, sentences.script or (), errexit="e" in call.letters)
    line = sentences.line
    view.reading({"utterance": line})
    code = batch.guarded(view, lambda: _alone(line, call.own, view))
    view.finish(code)
    return code


def _alone(line: str, own: Own, view: View) -> int:
    with _opened(own, view) as (session, requests), batch.at_most(session.settings.timeout):
        return batch.stay(session, view, requests.run(line))


@contextmanager
def _opened(own: Own, view: View) -> Iterator[tuple[Session, Requests]]:
    """A session, and the requests that go to it; its background jobs end with it."""
    folders, settings = chosen.settings(own)
    started = early.start(folders, settings)  # it loads while the rest is imported
    from nlsh.session import open_session

    session = open_session(folders, settings, started)
    try:
        session.on_result(view.later)
        for notice in session.notices if terminal.present() else ():
            view.notice(notice)
        yield session, _requests(session, view, own)
    finally:
        session.close()


def _requests(session: Session, view: View, own: Own) -> Requests:
    from nlsh.shell.asking import at_terminal, nobody
    from nlsh.shell.requests import Requests

    people = at_terminal(can_edit=False) if terminal.present() and not own.json else nobody()
    return Requests(session=session, view=view, people=people, options=chosen.options(own), router=passing.routed)


def _view(own: Own) -> View:
    from nlsh.render import view

    if own.json:
        return view.JsonView(sys.stdout, sys.stderr)
    if not sys.stdout.isatty():
        return view.PlainView(sys.stdout, sys.stderr)
    return view.RichView()
