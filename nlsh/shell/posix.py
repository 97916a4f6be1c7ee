"""Lines for the POSIX shell: which one runs them, and how the terminal is handed over and taken back."""

from __future__ import annotations

import contextlib
import os
import signal
import sys

from nlsh.shell import launcher

TYPE_CHECKING = False  # importing typing costs a passed-through command a tenth of its time
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

NOT_FOUND = 127
_TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGQUIT)
_PYTHONS_SIGNALS = (signal.SIGPIPE, signal.SIGXFSZ)
"""Signals that Python ignores; a command gets them as the kernel has them."""
_COERCED = ("C.UTF-8", "C.utf8", "UTF-8")
"""The locales that Python sets where it finds that of C."""


def escaped(line: str) -> str | None:
    """The command after a leading `!`, or None where the line is not marked as a command.

    With a blank after it the `!` is the shell's own negation, and part of the command.
    """
    stripped = line.strip()
    if not stripped.startswith("!"):
        return None
    return stripped if stripped[1:2].isspace() else stripped[1:]


def not_found(line: str) -> int:
    """Say that the command of the line does not exist, and how to ask nlsh instead; returns 127."""
    _complain(f"{line.split()[0]}: command not found")
    print(f"  to ask nlsh, put a ? before the sentence: ?{_shown(line)}", file=sys.stderr)
    return NOT_FOUND


def no_script(path: str) -> int:
    """Say that there is no such script, and how to say a sentence; returns 127."""
    _complain(f"{path}: no such file")
    print('  a request goes after -c: nlsh -c "list processes"', file=sys.stderr)
    return NOT_FOUND


def _shown(line: str) -> str:
    from nlsh.render import safe

    return safe.line(line)


def shell(environ: Mapping[str, str]) -> str:
    """The POSIX shell to use: `NLSH_SH` if set, but not to nlsh, which would start itself for ever; else bash or sh."""
    chosen = environ.get("NLSH_SH", "")
    if chosen and not chosen.rpartition("/")[2].startswith("nlsh"):
        return chosen
    return _on_path("bash", environ) or "/bin/sh"


def run(command: str) -> int:
    """Run the line in the POSIX shell with the terminal as it is, and return its exit code (128+n for signal n)."""
    program = shell(os.environ)
    defaults = default_signals()
    with signals_for_the_child(), _terminal_kept():
        try:
            child = os.posix_spawnp(program, _words(program, command), os.environ, setsigdef=defaults)
        except OSError as error:
            return _cannot_run(program, error)
        return _code(os.waitpid(child, 0)[1])


def become(words: Sequence[str]) -> int:
    """Become the POSIX shell with these words after its name; returns an exit code only where there is no such shell.

    The environment is the one that nlsh was given, to the byte.
    """
    program = shell(os.environ)
    forget_coercion()
    for number in _PYTHONS_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    launcher.running()
    try:
        # Not execve: a mapping would lose variables that are given twice, or have no name.
        os.execvp(program, [os.fsencode(word) for word in (called(program), *words)])
    except OSError as error:
        return _cannot_run(program, error)


def called(program: str) -> str:
    """The name that the shell is called by: the one a person types, which it puts before its messages."""
    return program if program == os.environ.get("NLSH_SH") else program.rpartition("/")[2]


def forget_coercion() -> None:
    """Take back the LC_CTYPE that Python puts into the environment where the locale is C (PEP 538)."""
    if os.environ.get("LC_CTYPE") not in _COERCED:
        return
    with contextlib.suppress(OSError):
        with open("/proc/self/environ", "rb") as file:  # what the kernel handed over
            given = [pair[9:] for pair in file.read().split(b"\0") if pair.startswith(b"LC_CTYPE=")]
        if given:
            os.environb[b"LC_CTYPE"] = given[0]
        else:
            del os.environ["LC_CTYPE"]


def change_folder(line: str) -> int | None:
    """Carry out a plain `cd`, which only nlsh itself can do; None where the line is anything else.

    The exit code is 0, or 1 where there is no such folder.
    """
    import shlex

    try:
        words = shlex.split(line)
    except ValueError:
        return None
    if not words or words[0] != "cd" or len(words) > 2 or any(char in line for char in ";&|<>()`*?["):
        return None
    target = words[1] if len(words) == 2 else "~"
    path = os.path.expandvars(os.path.expanduser(target))
    return _change_to(os.environ.get("OLDPWD", ".") if target == "-" else path)


def _change_to(folder: str) -> int:
    before = os.environ.get("PWD", "/")
    try:
        os.chdir(folder)
    except OSError as error:
        _complain(f"cd: {folder}: {error.strerror}")
        return 1
    os.environ.update(OLDPWD=before, PWD=os.getcwd())
    return 0


def _words(program: str, command: str) -> list[bytes]:
    end_of_options = ("--",) if command.startswith("-") else ()
    return [os.fsencode(word) for word in (program, "-c", *end_of_options, command)]


def _on_path(name: str, environ: Mapping[str, str]) -> str | None:
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        path = f"{folder or '.'}/{name}"
        if os.access(path, os.X_OK) and os.path.isfile(path):
            return path
    return None


def _code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _cannot_run(program: str, error: OSError) -> int:
    _complain(f"cannot run the shell {program}: {error.strerror}")
    return NOT_FOUND if isinstance(error, FileNotFoundError) else 126


def _complain(text: str) -> None:
    from nlsh.render import safe

    print(f"nlsh: {safe.line(text)}", file=sys.stderr)


def _heeded() -> list[signal.Signals]:
    """The terminal's signals, without those that nlsh was started to ignore, as a background job is."""
    return [number for number in _TERMINAL_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def default_signals() -> list[signal.Signals]:
    """Signals that Python or nlsh handles and a command must get as the kernel has them."""
    return [*_heeded(), *_PYTHONS_SIGNALS]


@contextlib.contextmanager
def signals_for_the_child() -> Iterator[None]:
    """Ctrl-C and Ctrl-\\ are the command's while it runs: nlsh lives on whatever they do to it."""
    before = {number: signal.signal(number, _nothing) for number in _heeded()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(number: int, frame: Any) -> None:
    """A handler, and not SIG_IGN, because a command would inherit that."""


@contextlib.contextmanager
def _terminal_kept() -> Iterator[None]:
    """Put the terminal back as it was, also after a command that died with it in another state."""
    import termios

    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, termios.error):
            descriptor = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
            stack.callback(os.close, descriptor)
            modes = termios.tcgetattr(descriptor)
            if os.tcgetpgrp(descriptor) == os.getpgrp():  # in the background the terminal is somebody else's
                stack.callback(_take_back, descriptor, modes)
        yield


def _take_back(descriptor: int, modes: list[Any]) -> None:
    import termios

    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # a background group may not set a terminal's state
    try:
        with contextlib.suppress(OSError, termios.error):
            os.tcsetpgrp(descriptor, os.getpgrp())
            termios.tcsetattr(descriptor, termios.TCSADRAIN, modes)
    finally:
        signal.signal(signal.SIGTTOU, before)
