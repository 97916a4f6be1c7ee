"""Starts programs, under a permit, without a shell in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nlsh.errors import OperationFailed
from nlsh.executor.operations import check
from nlsh.sandbox.permit import Permit

_STDIN = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What to start and how: arguments, niceness, address space in bytes, seconds to live, whether it has a network.

    With `terminal` it gets the terminal that standard input is, in a process group of its own.
    """

    argv: tuple[str, ...]
    nice: int | None = None
    memory: int | None = None
    timeout: float | None = None
    network: bool = True
    terminal: bool = False


def start(permit: Permit, wish: Wish, log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a program; with `log` away from the terminal, in a session of its own, its output in that file.

    OperationFailed where it cannot be started as it is wished: it never runs with less than that.
    """
    check(permit, "process.start")
    reading, writing = os.pipe()
    helper = [sys.executable, "-P", "-m", "nlsh.executor.launch", str(writing), json.dumps(asdict(wish))]
    try:
        with _surroundings(wish, log) as options:
            child = subprocess.Popen(helper, pass_fds=(writing,), **options)
    except OSError as error:
        os.close(reading)
        raise OperationFailed(f"cannot start {wish.argv[0]}: {error.strerror}") from error
    finally:
        os.close(writing)
    wrong = _rest(reading)
    if wrong:
        child.wait()
        raise OperationFailed(wrong, hint=_hint(wish))
    return child


def end(permit: Permit, child: subprocess.Popen[bytes]) -> None:
    """Tell a program to end that was started under this permit; as long as it was not waited for its pid is its own."""
    check(permit, "process.start")
    child.terminate()


def owns_terminal() -> bool:
    """Whether standard input is a terminal that belongs to this process group."""
    try:
        return os.isatty(_STDIN) and os.tcgetpgrp(_STDIN) == os.getpgrp()
    except OSError:
        return False


@contextmanager
def lent_terminal(lent: bool) -> Iterator[None]:
    """Get the terminal back in the end as it was, after a program has had it."""
    modes = termios.tcgetattr(_STDIN) if lent else None
    try:
        yield
    finally:
        if modes is not None:
            _take_back(modes)


def _take_back(modes: list[Any]) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        with suppress(OSError, termios.error):
            os.tcsetpgrp(_STDIN, os.getpgrp())
            termios.tcsetattr(_STDIN, termios.TCSADRAIN, modes)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _surroundings(wish: Wish, log: Path | None) -> Iterator[dict[str, Any]]:
    """The standard files; a session of its own where it is detached, a process group of its own at a terminal."""
    if log is None:
        yield {"process_group": 0} if wish.terminal else {}
        return
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        yield {"stdin": subprocess.DEVNULL, "stdout": descriptor, "stderr": descriptor, "start_new_session": True}
    finally:
        os.close(descriptor)


def _rest(descriptor: int) -> str:
    text = b""
    try:
        while more := os.read(descriptor, 4096):
            text += more
    finally:
        os.close(descriptor)
    return text.decode("utf-8", "replace").strip()


def _hint(wish: Wish) -> str:
    if not wish.network:
        return "start it with its network: this kernel has neither seccomp filters nor network namespaces for you"
    return "a niceness below that of nlsh needs root" if wish.nice is not None and wish.nice < 0 else ""
