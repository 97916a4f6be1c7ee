"""A line that says what takes so long, shown on the terminal after a second and wiped away again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_PATIENCE = 1.0
_STEP = 0.1
_WHEEL = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_WIPE = "\r\x1b[K"


class Waiting:
    """Shows words on the terminal `out` while something runs in `shown`, but not while it is `paused`."""

    def __init__(self, out: IO[str], *, patience: float = _PATIENCE) -> None:
        self._out, self._patience = out, patience
        self._words = ""
        self._stop: threading.Event | None = None
        self._thread: threading.Thread | None = None

    @contextmanager
    def shown(self, words: str) -> Iterator[None]:
        """Run the body; once it has taken longer than a second, say in `words` what it is doing."""
        self._words = words
        self._start()
        try:
            yield
        finally:
            self._end()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Run the body with nothing shown, so that it may use the terminal."""
        was_shown = self._thread is not None
        self._end()
        try:
            yield
        finally:
            if was_shown:
                self._start()

    def _start(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._turn, args=(self._stop,), name="waiting", daemon=True)
        self._thread.start()

    def _end(self) -> None:
        stop, thread, self._thread = self._stop, self._thread, None
        if stop and thread:
            stop.set()
            thread.join()

    def _turn(self, stop: threading.Event) -> None:
        if stop.wait(self._patience):
            return
        turns = 0
        while not stop.wait(_STEP):
            self._out.write(f"{_WIPE}{_WHEEL[turns % len(_WHEEL)]} {self._words}")
            self._out.flush()
            turns += 1
        self._out.write(_WIPE)
        self._out.flush()
