"""A real terminal for the tests: the program runs in a pty, and what it draws is read off a screen."""

from __future__ import annotations

import os
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pexpect
import pyte
import pytest

sys.path.insert(0, str(Path(__file__).parent))

FAKE_NLSH = str(Path(__file__).parent / "fake_nlsh.py")
PATIENCE = 30.0
"""Seconds for what takes a fraction of one on an idle machine."""
LINES = 40
_STEP = 0.2


class _Answering(pyte.Screen):
    """A screen that answers the program's questions about the cursor, as terminals do."""

    answer: Callable[[str], None] = staticmethod(lambda text: None)

    def write_process_input(self, data: str) -> None:
        self.answer(data)

    def select_graphic_rendition(self, *attrs: int, private: bool = False) -> None:
        """What is private in such a sequence sets no colour, and pyte does not know of it."""
        if not private:
            super().select_graphic_rendition(*attrs)


class Terminal:
    """A program in a terminal of 100 columns and 40 lines."""

    def __init__(self, command: Sequence[str], env: dict[str, str], *, columns: int = 100) -> None:
        self._screen = _Answering(columns, LINES)
        self._screen.answer = self.type
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self._child = pexpect.spawn(command[0], list(command[1:]), env=env, dimensions=(LINES, columns))
        self._child.delaybeforesend = None
        self.pid: int = self._child.pid

    def type(self, text: str) -> None:
        """Type the text."""
        self._child.send(text)

    def say(self, line: str) -> None:
        """Type a line and Enter."""
        self.type(line + "\r")

    def resize(self, columns: int) -> None:
        """Make the window this wide."""
        self._screen.resize(LINES, columns)
        self._child.setwinsize(LINES, columns)

    @property
    def text(self) -> str:
        """What stands on the screen, blanks at the ends of lines left out."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    @property
    def last(self) -> str:
        """The line with the cursor."""
        return self._screen.display[self._screen.cursor.y].rstrip()

    @property
    def signals(self) -> bool:
        """Whether Ctrl-C is a signal, and not a key for the line editor."""
        return bool(termios.tcgetattr(self._child.child_fd)[3] & termios.ISIG)

    def wait(self, seen: Callable[[Terminal], bool] | str, *, patience: float = PATIENCE) -> str:
        """Wait until a text is on the screen, or something else holds, and return the screen."""
        holds = (lambda _: seen in self.text) if isinstance(seen, str) else seen
        until = time.monotonic() + patience
        while not holds(self):
            if time.monotonic() > until or not self._read(_STEP):
                raise AssertionError(f"not seen: {seen!r} on the screen:\n{self.text}")
        return self.text

    def wait_end(self) -> int:
        """Wait until the program has ended and return its exit code."""
        until = time.monotonic() + PATIENCE
        while self._read(_STEP):
            if time.monotonic() > until:
                raise AssertionError(f"it has not ended:\n{self.text}")
        return self.code()

    def code(self) -> int:
        """The exit code, once it has ended; -n for signal n."""
        code = self._child.wait() if self._child.isalive() else self._child.exitstatus
        return -self._child.signalstatus if code is None else code

    def hang_up(self) -> None:
        """Take the terminal away."""
        self._child.ptyproc.fileobj.close()
        self._child.closed = self._child.ptyproc.closed = True

    def read_raw(self) -> bool:
        """Read into `raw` alone, for what no screen shows; False once nobody holds the other end any more."""
        try:
            self.raw += self._child.read_nonblocking(1 << 16, _STEP)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def close(self) -> None:
        """End the program, if it has not ended."""
        if self._child.closed:
            os.waitpid(self.pid, 0)
        else:
            self._child.close(force=True)

    def _read(self, timeout: float) -> bool:
        """Read what comes within that time; False once nobody holds the other end any more."""
        try:
            data = self._child.read_nonblocking(1 << 16, timeout)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True


def running(mark: str) -> list[int]:
    """The processes that have this word among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if mark.encode() in words:
                found.append(int(entry.name))
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def person(folder: Path) -> dict[str, str]:
    """The environment of a person who has set up nlsh in the folder with a model of their own."""
    (folder / "nlsh" / "config").mkdir(parents=True)
    (folder / "nlsh" / "config" / "config.toml").write_text('model = "own.gguf"\n')
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {**kept, "NLSH_HOME": str(folder / "nlsh"), "TERM": "xterm-256color", "LANG": "C.UTF-8", "PS1": "$ "}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a person of this test alone."""
    return person(tmp_path)


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Callable[..., Terminal]]:
    """Starts `nlsh` with the fake session in a terminal, with these arguments."""
    started: list[Terminal] = []

    def start(*arguments: str, command: Sequence[str] = (sys.executable, FAKE_NLSH), columns: int = 100) -> Terminal:
        started.append(Terminal([*command, *arguments], environment, columns=columns))
        return started[-1]

    yield start
    for each in started:
        each.close()


@pytest.fixture
def nlsh(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `nlsh` with the fake session and without a terminal."""

    def run(
        *arguments: str | bytes, stdin: str = "", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, FAKE_NLSH, *arguments],
            input=stdin,
            env={**environment, **(env or {})},
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=30,
            check=False,
        )

    return run
