"""Commands of the prompt, run by the bash behind it: replaced where it was killed, and followed where it leaves."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable
from typing import Protocol

from nlsh.shell.inner import ahead, completing
from nlsh.shell.inner.bash import Bash
from nlsh.shell.inner.relay import relay, show
from nlsh.shell.inner.state import State
from nlsh.shell.inner.tail import Tail

_LEAVING = (signal.SIGHUP, signal.SIGTERM)
"""Signals that end a shell as they should."""
_STUBBORN = 2
"""Shells in a row that end before they have taken a line: the next would too."""
_FIRST_WAIT = 0.05
"""Seconds that the first prompt waits for a start-up file which writes nothing."""


class Watcher(Protocol):
    """Hears what becomes of the bash behind the prompt."""

    def began(self, pid: int, instead: int) -> None:
        """A bash has begun; the pid of the one before it, or 0."""
        ...

    def follow(self, state: State) -> None:
        """Bash waits for the next line, and stands like this."""
        ...

    def notice(self, text: str) -> None:
        """A line for the person."""
        ...


class InnerCommands:
    """Takes command lines to bash. `left` is the exit code with which bash, and nlsh with it, has left.

    `more` asks the person for the next line of a command that is not complete: KeyboardInterrupt drops the command,
    EOFError ends its input. `plain` runs lines where no bash can be kept running.
    """

    def __init__(
        self,
        bash: Bash,
        start: Callable[[], Bash],
        watcher: Watcher,
        *,
        more: Callable[[], str],
        plain: Callable[[str], int],
    ) -> None:
        self._bash, self._start, self._watcher = bash, start, watcher
        self._more, self._plain = more, plain
        self._tail = Tail()
        self._late = b""
        self._seen: State | None = None
        self._failed = 0
        self._lock = threading.Lock()
        self.left: int | None = None
        watcher.began(bash.pid, 0)

    @property
    def bash(self) -> Bash:
        """The one that runs now."""
        return self._bash

    @property
    def broken(self) -> bool:
        """Whether no bash can be kept running here."""
        return self._failed >= _STUBBORN

    def run(self, line: str) -> int:
        """Run a line and return its exit status; where it makes bash leave, `left` says so."""
        if not self._ready():
            return self._plain(line) if self.left is None else self.left
        self._send(line)
        return self._through()

    def refresh(self) -> None:
        """Let bash say what has become of its jobs, as it does before each prompt."""
        if self._bash.turn == "command" and self._seen and self._seen.jobs:
            self._send("")
            self._through()

    def leave(self) -> bool:
        """Tell bash that the person leaves; False where it says why not, as it does of stopped jobs."""
        if self._bash.turn != "command":
            return True
        with self._lock:
            self._bash.end_of_file()
        self._relay()
        if self._bash.ended is not None:
            return True
        self._settle()
        return False

    def close(self) -> None:
        """Hang up on bash and its jobs."""
        self._bash.close()

    def wait_for_start(self) -> None:
        """Wait for bash before the first prompt, as long as it goes on writing or asks for a password."""
        relay(self._bash, self._tail, seconds=_FIRST_WAIT)
        while self._bash.asks:
            relay(self._bash, self._tail, seconds=_FIRST_WAIT)
        self.listen()
        self.show_late()

    def complete(self, text: str) -> list[tuple[str, int]]:
        """What bash would complete the text with, from any thread; see `completing.completed`."""
        with self._lock:
            return completing.completed(self._bash, text) if self._bash.turn == "command" else []

    # --- while the prompt waits ---

    def listen(self) -> bool:
        """Take what has come from bash; whether there is something to show, or bash has ended."""
        self._late += self._bash.receive()
        self._follow()
        return bool(self._late) or self._bash.look() is not None

    def show_late(self) -> None:
        """Show what has come; where bash has ended, see whether nlsh leaves with it, else start another."""
        self._flush()
        if self._bash.ended is not None:
            self._gone()
        show(self._tail, self._tail.fresh_line(_columns()))

    # --- within ---

    def _flush(self) -> None:
        late, self._late = self._late, b""
        show(self._tail, late)

    def _relay(self) -> None:
        self._flush()
        relay(self._bash, self._tail)

    def _ready(self) -> bool:
        """Wait until bash has read its start-up files; False where none can be kept running, or one has left."""
        while self.left is None and not self.broken:
            if self._bash.turn == "command":
                return True
            self._relay()
            self._follow()
            if self._bash.ended is not None:
                self._gone()
        return False

    def _through(self) -> int:
        """Carry the command through to its end."""
        while True:
            self._relay()
            if self._bash.ended is not None:
                return self._gone()
            if self._bash.turn == "command":
                return self._settle()
            self._continue()

    def _continue(self) -> None:
        """The line was not complete: the person types on."""
        self._give_back()
        try:
            line = self._more()
        except KeyboardInterrupt:
            self._bash.interrupt()
        except EOFError:
            self._bash.end_of_file()
        else:
            self._send(line)

    def _send(self, line: str) -> None:
        with self._lock:
            self._bash.typed = ahead.taken()
            self._bash.hand_over(line)

    def _give_back(self) -> None:
        typed, self._bash.typed = self._bash.typed, b""
        ahead.given_back(typed)

    def _settle(self) -> int:
        """The command is over: leave the screen in order, and follow."""
        status = self._bash.state.status if self._bash.state else 0
        show(self._tail, self._tail.tidied(status, _columns()))
        self._follow()
        return status

    def _follow(self) -> None:
        self._give_back()
        if self._bash.state is not None and self._bash.state is not self._seen:
            self._failed = 0
            self._seen = self._bash.state
            self._watcher.follow(self._seen)

    def _gone(self) -> int:
        """The exit code of a bash that has ended; another one runs where it was killed."""
        code = os.waitstatus_to_exitcode(self._bash.ended or 0)
        show(self._tail, self._tail.tidied(128 - code if code < 0 else code, _columns()))
        if self._seen is None or self._bash.state is None:
            self._failed += 1
            if not self.broken:
                self._another()
            else:
                self._watcher.notice("bash does not start here: each command gets a shell of its own")
            return 1
        if code >= 0 or -code in _LEAVING:
            self.left = code if code >= 0 else 128 - code
            return self.left
        name = signal.Signals(-code).name
        self._watcher.notice(f"the shell behind the prompt was ended by {name}; a new one runs, without its jobs")
        self._another()
        return 128 - code

    def _another(self) -> None:
        old, self._bash = self._bash, self._start()
        old.close()
        self._seen = None
        self._watcher.began(self._bash.pid, old.pid)


def _columns() -> int:
    return shutil.get_terminal_size().columns
