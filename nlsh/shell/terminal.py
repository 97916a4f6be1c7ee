"""Single keys and typed words from the terminal, for questions: what was typed before the question never answers it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

_END = b"\x04"


def present(out: IO[str] | None = None) -> bool:
    """Whether a person can be asked: the input and `out` (standard error unless told) are both terminals."""
    return _is_terminal(sys.stdin) and _is_terminal(out or sys.stderr)


def key(ask: Callable[[], None]) -> str:
    """Put the question with `ask`, wait for one key and return it in lower case; empty at the end of the input.

    KeyboardInterrupt for Ctrl-C.
    """
    descriptor = sys.stdin.fileno()
    with _single_keys(descriptor):
        ask()
        typed = os.read(descriptor, 64)  # a function key is several bytes, and answers nothing
    if typed in (b"", _END):
        return ""
    return typed.decode("utf-8", errors="replace").lower()


def word(ask: Callable[[], None]) -> str:
    """Put the question with `ask`, wait for one line and return it without its ends; empty at the end of the input."""
    forget_typed()
    ask()
    typed = b""
    while not typed.endswith(b"\n"):
        some = os.read(sys.stdin.fileno(), 1024)
        if not some:
            break
        typed += some
    return typed.decode("utf-8", errors="replace").strip()


def forget_typed() -> None:
    """Drop what was typed and not read yet, by the terminal or by the line editor."""
    import termios

    termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    if "prompt_toolkit" in sys.modules:
        _forget_in_editor()


def _forget_in_editor() -> None:
    from prompt_toolkit.application import get_app_session
    from prompt_toolkit.input.typeahead import clear_typeahead

    clear_typeahead(get_app_session().input)


@contextmanager
def _single_keys(descriptor: int) -> Iterator[None]:
    import termios
    import tty

    before: list[Any] = termios.tcgetattr(descriptor)
    forget_typed()
    try:
        tty.setcbreak(descriptor, termios.TCSAFLUSH)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)


def _is_terminal(stream: IO[str] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it is closed
        return False
