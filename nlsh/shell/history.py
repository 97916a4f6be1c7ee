"""The lines typed at the prompt, kept in a file that only their owner can read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit.history import FileHistory

_MODE = 0o600


class PrivateHistory(FileHistory):
    """A history file of mode 0600; where it cannot be read or written, `warn` hears of it once and the shell goes on.

    Lines that begin with a blank are not kept.
    """

    def __init__(self, path: Path, warn: Callable[[str], None]) -> None:
        super().__init__(str(path))
        self._path, self._warn, self._warned = path, warn, False

    def load_history_strings(self) -> Iterable[str]:
        """The lines of earlier sessions, the newest first."""
        try:
            return list(super().load_history_strings())
        except OSError as error:
            self._failed("read", error)
            return []

    def store_string(self, string: str) -> None:
        """Add a line to the file."""
        if string.startswith(" "):
            return
        try:
            self._make()
            super().store_string(string)
        except OSError as error:
            self._failed("written", error)

    def _make(self) -> None:
        """Make the file before anything is written, so that it never has another mode."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, _MODE)
        os.fchmod(descriptor, _MODE)
        os.close(descriptor)

    def _failed(self, done: str, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            self._warn(f"the history cannot be {done}: {self._path}: {error.strerror}")
