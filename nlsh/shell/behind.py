"""Which shell runs the commands of the prompt: a bash that stays, or, where there is none, a new shell each time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from nlsh.shell import posix

if TYPE_CHECKING:
    from nlsh.shell.inner.bash import Bash

_TERMINAL = 0
_DESCRIPTORS = Path("/proc/self/fd")
"""By their names here bash opens the pipes to nlsh."""


def begin() -> Bash | None:
    """Start the bash that stays; None where the shell is another one, there is no /proc, or it cannot be started."""
    if not _is_bash(posix.shell(os.environ)) or not _DESCRIPTORS.exists():
        return None
    try:
        return start()
    except OSError:  # the first command says what is wrong
        return None


def start() -> Bash:
    """A bash in the current folder, with the environment of now; OSError where it cannot be started."""
    from nlsh.shell.inner.bash import Bash

    return Bash(posix.shell(os.environ), os.environb, _TERMINAL)


def not_within_its_start() -> None:
    """Where ~/.bashrc of the bash behind a prompt starts nlsh, become that bash again: it would start itself for ever.

    What its start-up file has not read by then is left out.
    """
    from nlsh.shell.inner.birth import STARTING

    script = os.environ.pop(STARTING, "")
    owner = script.split("/")[2] if script.startswith("/proc/") else ""
    if owner and owner in _ancestors():
        program = posix.shell(os.environ)
        os.execvp(program, [Path(program).name, "--rcfile", script, "-i"])


def _is_bash(program: str) -> bool:
    return Path(program).name.startswith("bash") and os.access(program, os.X_OK)


def _ancestors() -> tuple[str, ...]:
    """The parent, and its parent."""
    parent = os.getppid()
    try:
        line = Path(f"/proc/{parent}/stat").read_text(errors="replace")
    except OSError:
        return (str(parent),)
    return str(parent), line.rpartition(")")[2].split()[1]
