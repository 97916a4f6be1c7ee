"""Whatever goes wrong inside of nlsh, a person at its prompt still has a shell."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nlsh.errors import NlshError
from nlsh.shell import posix

CLOSE = 60.0
"""Seconds within which a second crash means that nlsh does not hold."""
_LARGEST = 64 << 10
_HANGUP = 129


def held(shell: Callable[[], int]) -> int:
    """Run the interactive shell until the person leaves, and return its exit code.

    A crash is logged and said in one line, and the shell begins anew. After a second one within a minute the process
    becomes the plain shell.
    """
    modes = _modes()
    last = -CLOSE
    while True:
        try:
            return shell()
        except KeyboardInterrupt:
            continue
        except Exception as defect:
            if not _terminal_there(modes):
                return _HANGUP
            _tell(defect)
        now = time.monotonic()
        if now - last < CLOSE:
            _say("that was twice within a minute; this is the plain shell")
            return _plain_shell()
        last = now


def tried(step: Callable[[], None]) -> None:
    """Do something that the shell can do without: a crash in it is logged and said, and that is all."""
    try:
        step()
    except KeyboardInterrupt:
        return
    except Exception as defect:
        _tell(defect)


def _tell(defect: Exception) -> None:
    if os.environ.get("NLSH_DEBUG"):
        raise defect
    _say(f"{_words(defect)}{_noted(defect)}")


def _plain_shell() -> int:
    code = posix.become(["-i"])
    if os.environ.pop("NLSH_SH", None):  # there is no such shell
        code = posix.become(["-i"])
    return code


def _noted(defect: Exception) -> str:
    if isinstance(defect, NlshError):
        return ""  # it says all that there is to know
    try:
        from nlsh.config import Folders

        path = Folders.of_user().crashes
        note(defect, path)
    except Exception:  # on a full disk or a read-only one there is no log
        return ""
    return f"; more in {path}"


def note(defect: Exception, path: Path) -> None:
    """Add the defect with its traceback to a file that only the owner reads; of a long file the end is kept.

    OSError where that cannot be.
    """
    import traceback

    from nlsh import __version__

    when = time.strftime("%Y-%m-%d %H:%M:%S")
    entry = f"{when} nlsh {__version__}\n{''.join(traceback.format_exception(defect))}\n"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        kept = (file.read() + entry.encode(errors="backslashreplace"))[-_LARGEST:]
        file.seek(0)
        file.write(kept)
        file.truncate()


def _words(defect: Exception) -> str:
    from nlsh.render import safe

    if isinstance(defect, NlshError):
        return safe.line(defect.message + (f" ({defect.hint})" if defect.hint else ""))
    return safe.line(f"nlsh itself failed: {type(defect).__name__}: {defect}".removesuffix(": "))


def _say(words: str) -> None:
    with suppress(OSError, ValueError):
        print(f"nlsh: {words}", file=sys.stderr)


def _modes() -> list[Any] | None:
    import termios

    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def _terminal_there(modes: list[Any] | None) -> bool:
    """Put the terminal back as it was; False where it has gone."""
    import termios

    if modes is None:
        return False
    try:
        termios.tcsetattr(0, termios.TCSANOW, modes)
    except termios.error:
        return False
    return True
