"""The `nlsh` command: the shell at a terminal, of `-c`, of scripts and of standard input."""

from __future__ import annotations

import os
import signal
import sys

from nlsh.shell import invocation, launcher, passing, posix

TYPE_CHECKING = False  # a passed-through command has no time to import typing, nor anything else that it can do without
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

    from nlsh.errors import NlshError
    from nlsh.shell.invocation import Invocation
    from nlsh.shell.passing import Sentences

_CANCELLED = 130
_BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run nlsh with these arguments (those of the process unless given) and return its exit code.

    What is the POSIX shell's does not return: nlsh becomes that shell.
    """
    from nlsh.errors import NlshError, OperationFailed

    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        if sys.stdout:
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
        if launcher.failed(error):
            return OperationFailed.exit_code
        _close_quietly()
        return _complain(OperationFailed(str(error)))


def _run(words: Sequence[str]) -> int:
    call = invocation.read(words)
    if call.asked:
        return _tell(call.asked)
    if os.environ.get("NLSH_SAFE", "") not in ("", "0"):
        return _safe(call)
    left = _passed(call)
    if isinstance(left, int):
        return left
    _prepare()
    if left.script is not None or left.line is not None:
        from nlsh.shell import one_shot

        return one_shot.run(call, left)
    return _converse(call)


def _passed(call: Invocation) -> int | Sentences:
    """Until it is clear that there is a sentence, Ctrl-C is no exception but the end, as of a shell."""
    python = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if python:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    left = passing.through(call)
    if python:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return left


def _safe(call: Invocation) -> int:
    """Be the POSIX shell and nothing else; a person is told why."""
    if passing.at_terminal(call):
        sys.stderr.write("nlsh: safe mode, because NLSH_SAFE is set; this is the plain shell\n")
    return posix.become(call.words())


def _tell(asked: str) -> int:
    from nlsh import __version__

    sys.stdout.write(invocation.HELP if asked == "help" else f"nlsh {__version__}\n")
    return 0


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


def _converse(call: Invocation) -> int:
    """The shell at a terminal, whatever goes wrong in it."""
    from nlsh.errors import UsageError
    from nlsh.shell import guard, login

    if call.own.json:
        raise UsageError("--json has no use at the prompt", hint="give a sentence with -c")
    posix.forget_coercion()
    launcher.at_prompt()
    if "l" in call.letters:
        guard.tried(login.enter)
    return guard.held(lambda: _prompt(call))


def _prompt(call: Invocation) -> int:
    from nlsh.config import Folders, Settings
    from nlsh.errors import NlshError
    from nlsh.shell import chosen
    from nlsh.shell.converse import converse

    try:
        folders, settings = chosen.settings(call.own)
    except NlshError as error:  # a shell starts all the same: the settings can be mended in it
        _complain(error)
        folders, settings = Folders.of_user(), Settings()
    start = folders.rc if "l" in call.letters else None
    return converse(folders, settings, chosen.options(call.own), _install_model, start)


def _install_model() -> None:
    """Install the default model as `nlshctl model install` does; what goes wrong is said there."""
    from contextlib import suppress

    import typer

    from nlsh.ctl_model import install

    with suppress(typer.Exit):
        install()


def _complain(error: NlshError) -> int:
    from contextlib import suppress

    from nlsh.render import plain

    with suppress(OSError, AttributeError):  # there may be no standard error
        sys.stderr.write(plain.error(error))
    return error.exit_code


def _close_quietly() -> None:
    """Let what is still in standard output's buffer go nowhere, so that Python does not complain at its end."""
    from contextlib import suppress

    with suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
