"""While a command runs: bytes, signals and the window size go both ways between the real terminal and that of bash."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nlsh.shell.inner.bash import Bash
from nlsh.shell.inner.tail import Tail

_IN, _OUT = 0, 1
_CHUNK = 1 << 14
_HEARD = (signal.SIGWINCH, signal.SIGCHLD, signal.SIGCONT, signal.SIGINT)
_PATIENCE = 3.0
"""Seconds after which bash must have taken a line, or asked for one."""
_HUNG_UP = 128 + signal.SIGHUP


def relay(bash: Bash, tail: Tail, *, seconds: float | None = None) -> None:
    """Carry on until it is nlsh's turn, bash has ended, or nothing has happened for so many seconds."""
    sys.stdout.flush()
    sys.stderr.flush()
    with raw(), _wakened() as woken:
        while bash.turn is None and bash.look() is None:
            if not _step(bash, tail, woken, seconds):
                return
        while bash.ended is not None and (rest := bash.receive()):
            show(tail, rest)


def show(tail: Tail, data: bytes) -> None:
    """Write to the real terminal."""
    tail.saw(data)
    while data:
        try:
            data = data[os.write(_OUT, data) :]
        except BlockingIOError:
            select.select([], [_OUT], [])


@contextmanager
def raw() -> Iterator[None]:
    """Every key of the real terminal is a byte, and every byte to it is its own: the other terminal does the rest."""
    before = termios.tcgetattr(_IN)
    try:
        tty.setraw(_IN, termios.TCSANOW)
        yield
    finally:
        termios.tcsetattr(_IN, termios.TCSADRAIN, before)


def _step(bash: Bash, tail: Tail, woken: int, seconds: float | None) -> bool:
    """Wait until something happens, and carry it on; False where nothing has happened for that long."""
    poll = select.poll()
    for descriptor in (woken, *bash.readable):
        poll.register(descriptor, select.POLLIN)
    poll.register(_IN, select.POLLIN if bash.hears else 0)
    for descriptor in bash.writable:
        poll.register(descriptor, select.POLLOUT | (select.POLLIN if descriptor == bash.master else 0))
    wait = seconds if bash.hears else _PATIENCE
    ready = {descriptor for descriptor, _ in poll.poll(None if wait is None else wait * 1000)}
    if not ready and not bash.hears:
        bash.give_in()
    if woken in ready:
        os.read(woken, _CHUNK)
        tty.setraw(_IN, termios.TCSANOW)  # another shell may have had the terminal, while nlsh was stopped
        bash.resize()
    if _IN in ready:
        bash.type(_keys())
    bash.write()
    show(tail, bash.receive())
    return bool(ready) or seconds is None


def _keys() -> bytes:
    """What was typed; where the terminal is gone nlsh leaves, as it does at SIGHUP."""
    try:
        typed = os.read(_IN, _CHUNK)
    except OSError:
        typed = b""
    if not typed:
        raise SystemExit(_HUNG_UP)
    return typed


@contextmanager
def _wakened() -> Iterator[int]:
    """A descriptor that can be read after a change of the window, of bash or of nlsh; Ctrl-C is the command's now."""
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    handlers = {number: signal.signal(number, _heard) for number in _HEARD}
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield reading
    finally:
        signal.set_wakeup_fd(before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def _heard(number: int, frame: Any) -> None:
    """A handler, so that the descriptor hears of it."""
