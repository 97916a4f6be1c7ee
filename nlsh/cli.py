"""The `nlsh` command: a shell at a terminal, one request with `-c`, or the lines of standard input."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

from nlsh.errors import NlshError, OperationFailed, UsageError

if TYPE_CHECKING:
    from argparse import Namespace

    from nlsh.config import Folders, Settings
    from nlsh.render.view import View
    from nlsh.session import Session
    from nlsh.shell.requests import Options, Requests

_CANCELLED = 130
_BROKEN_PIPE = 141
_LONGEST = 1e9
"""Seconds of a time limit: more than the kernel's timer takes makes no sense."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run nlsh with these arguments (those of the process unless given) and return its exit code."""
    _prepare()
    arguments = _parsed(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return _CANCELLED
    except BrokenPipeError:
        _close_quietly()
        return _BROKEN_PIPE
    except NlshError as error:
        return _complain(error)
    except OSError as error:
        _close_quietly()
        return _complain(OperationFailed(str(error)))


def _parsed(argv: Sequence[str]) -> Namespace:
    import argparse

    from nlsh import __version__

    class Parser(argparse.ArgumentParser):
        def error(self, message: str) -> NoReturn:
            self.exit(2, f'nlsh: {message}\n  a request goes after -c: nlsh -c "list processes"\n')

    parser = Parser(prog="nlsh", description="A shell that understands plain language, offline.", allow_abbrev=False)
    add = parser.add_argument
    add("-c", dest="line", metavar="REQUEST", help="carry out one request and leave; !COMMAND runs the POSIX shell")
    add("--json", action="store_true", help="print one JSON object for each request")
    add("--dry-run", action="store_true", help="show what would be done, and to whom, and do nothing")
    add("--explain", action="store_true", help="say in words how the request is understood, and do nothing")
    add("-y", "--yes", action="store_true", help="agree beforehand to what would be asked")
    add("-k", "--keep-going", action="store_true", help="go on with the next line of a script after an error")
    add("--timeout", type=_seconds, metavar="SECONDS", help="give up after this time")
    add("--model", metavar="FILE", help="use this model, a file or a name of the catalogue")
    add("-l", "--login", action="store_true", help="nothing more; login programs give it")
    add("--version", action="version", version=f"nlsh {__version__}")
    return parser.parse_args(argv)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < _LONGEST:
        raise ValueError(text)
    return seconds


def _prepare() -> None:
    """Text that the terminal's encoding lacks is shown as escapes; a polite end by signal cleans up like any other."""
    _fill_closed()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores it for us
            signal.signal(number, _leave)


def _fill_closed() -> None:
    """Put the null device where a standard stream was closed, so that no other file gets its number."""
    for descriptor, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(descriptor)
        except OSError:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _leave(number: int, frame: Any) -> NoReturn:
    raise SystemExit(128 + number)


def _run(arguments: Namespace) -> int:
    from nlsh.shell import terminal

    if arguments.line is None:
        at_terminal = terminal.present(sys.stdout) and terminal.present()
        return _converse(arguments) if at_terminal else _script(arguments)
    only = arguments.json or arguments.dry_run or arguments.explain or arguments.timeout
    return _one_shot(arguments) if only else _one_line(arguments)


def _one_line(arguments: Namespace) -> int:
    """A command is the POSIX shell's at once; anything else is a request."""
    from nlsh.parser.router import route
    from nlsh.shell import posix
    from nlsh.shell.resolving import Machine

    routed = route(arguments.line, lookup=Machine(os.environ))
    if routed.route != "shell" or not routed.line.strip():
        return _one_shot(arguments)
    if routed.unresolved and not routed.forced:
        return posix.not_found(routed.line)
    return posix.replace(routed.line.strip() if routed.forced else arguments.line)


def _converse(arguments: Namespace) -> int:
    """The shell at a terminal."""
    from nlsh.config import Folders, Settings
    from nlsh.shell.converse import converse

    if arguments.json:
        raise UsageError("--json has no use at the prompt", hint="give a request with -c, or lines on standard input")
    try:
        folders, settings = _settings(arguments)
    except NlshError as error:  # a shell starts all the same: the settings can be mended in it
        _complain(error)
        folders, settings = Folders.of_user(), Settings()
    return converse(folders, settings, _options(arguments), _install_model)


def _install_model() -> None:
    """Install the default model as `nlshctl model install` does; what goes wrong is said there."""
    import typer

    from nlsh.ctl_model import install

    with suppress(typer.Exit):
        install()


def _one_shot(arguments: Namespace) -> int:
    """One request; the exit code tells how it went, its background jobs included."""
    from nlsh.shell.batch import guarded

    view = _view(arguments)
    view.reading({"utterance": arguments.line})
    code = guarded(view, lambda: _alone(arguments, view))
    view.finish(code)
    return code


def _alone(arguments: Namespace, view: View) -> int:
    from nlsh.shell.batch import at_most, stay

    with _opened(arguments, view) as (session, requests), at_most(session.settings.timeout):
        return stay(session, view, requests.run(arguments.line))


def _script(arguments: Namespace) -> int:
    """The lines of standard input, each a request; the first that fails ends it, unless told to keep going."""
    from nlsh.shell import batch

    view = _view(arguments)
    with _opened(arguments, view) as (session, requests):
        return batch.script(session, requests, view, keep_going=arguments.keep_going)


@contextmanager
def _opened(arguments: Namespace, view: View) -> Iterator[tuple[Session, Requests]]:
    """A session, and the requests that go to it; its background jobs end with it."""
    from nlsh.models import early

    folders, settings = _settings(arguments)
    started = early.start(folders, settings)  # it loads while the rest is imported
    from nlsh.session import open_session
    from nlsh.shell import terminal

    session = open_session(folders, settings, started)
    try:
        session.on_result(view.later)
        for notice in session.notices if terminal.present() else ():
            view.notice(notice)
        yield session, _requests(session, view, arguments)
    finally:
        session.close()


def _requests(session: Session, view: View, arguments: Namespace) -> Requests:
    from nlsh.shell import terminal
    from nlsh.shell.asking import at_terminal, nobody
    from nlsh.shell.requests import Requests
    from nlsh.shell.resolving import router_of

    people = at_terminal(can_edit=False) if terminal.present() and not arguments.json else nobody()
    router = router_of(os.environ, "c") if arguments.line is not None else None  # a script's lines are requests
    return Requests(session=session, view=view, people=people, options=_options(arguments), router=router)


def _options(arguments: Namespace) -> Options:
    from nlsh.shell.requests import Options

    return Options(dry_run=arguments.dry_run, yes=arguments.yes, explain=arguments.explain)


def _settings(arguments: Namespace) -> tuple[Folders, Settings]:
    from dataclasses import replace

    from nlsh.config import Folders, load

    folders = Folders.of_user()
    settings = load(folders.settings)
    given = {"model": arguments.model, "timeout": arguments.timeout}
    return folders, replace(settings, **{name: value for name, value in given.items() if value})


def _view(arguments: Namespace) -> View:
    from nlsh.render import view

    if arguments.json:
        return view.JsonView(sys.stdout, sys.stderr)
    if not sys.stdout.isatty():
        return view.PlainView(sys.stdout, sys.stderr)
    from rich.console import Console

    return view.RichView(Console(), Console(stderr=True))


def _complain(error: NlshError) -> int:
    from nlsh.render import plain

    with suppress(OSError):
        sys.stderr.write(plain.error(error))
    return error.exit_code


def _close_quietly() -> None:
    """Let what is still in standard output's buffer go nowhere, so that Python does not complain at its end."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
