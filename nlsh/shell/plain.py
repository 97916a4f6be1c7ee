"""How the prompt runs commands: what it asks of whoever does, and the plain way, a new shell for each command."""

from __future__ import annotations

from typing import Protocol

from nlsh.shell import posix


class Commands(Protocol):
    """Runs command lines. `left` is the exit code, once a command has left the shell."""

    left: int | None

    def run(self, line: str) -> int:
        """Run a line and return its exit status (128+n for signal n)."""
        ...

    def refresh(self) -> None:
        """Say what has become of jobs."""
        ...

    def leave(self) -> bool:
        """The person leaves; False where something is said against it."""
        ...

    def close(self) -> None:
        """The shell ends."""
        ...


class PlainCommands:
    """A new POSIX shell for each command: what it changes in itself is lost, but for a plain `cd`."""

    left: int | None = None

    def run(self, line: str) -> int:
        """Run a line in a shell of its own."""
        changed = posix.change_folder(line)
        return posix.run(line) if changed is None else changed

    def refresh(self) -> None:
        """There are no jobs."""

    def leave(self) -> bool:
        """Nothing is against it."""
        return True

    def close(self) -> None:
        """Nothing runs."""
