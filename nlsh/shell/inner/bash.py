"""One running bash: lines go to it, output and marks come from it, and it says how it stands."""

from __future__ import annotations

import os
import re
import select
import signal
import termios
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from nlsh.shell.inner import birth, state
from nlsh.shell.inner.marks import Mark, Marks
from nlsh.shell.inner.state import State

TAKE = b"\x18\x19\x0e\x18\x19\x01"
"""The keys that make readline take a line from the pipe and accept it, as init.bash binds them."""
_TAKE_ONLY, _COMPLETE, _SHOW = TAKE[:3], b"\x18\x19\x02", b"\x18\x19\x14"
_NOISE = re.compile(rb"\r\x1b\[K|[^\n]*__nlsh_(?:take|show) (?:\$?'(?:[^']|'\\'')*'|\S*)[^\n]*\n")
"""What bash writes when it takes a line: it wipes one that was never shown, and with `set -x` says what it runs."""
_CHUNK = 1 << 16
_MOST = 1 << 18
_LOCAL, _CONTROL = 3, 6
"""Places in what termios.tcgetattr gives."""
_TERMINAL_LINE = 4096
"""Bytes of a line that the terminal edits (N_TTY_BUF_SIZE of the kernel)."""
_TOO_LONG = b"echo 'nlsh: a line this long needs line editing: set -o emacs' >&2; (exit 1)"
_PATIENCE = 1.0
"""Seconds that completing may take."""
_GRACE = 1.0
"""Seconds that bash has to end after it was told to hang up."""

Turn = Literal["command", "more"]


class Bash:
    """Bash in its terminal. `turn` says that it waits for a command or for more of one; None while it works.

    `hears` is whether a program, and not readline, would get what is typed; `typed` is what was typed and nobody has
    read: the next program gets it. `state` is how bash stood when it last waited for a command, `ended` the wait status
    once it has ended.
    """

    def __init__(self, program: str, environ: Mapping[bytes, bytes], terminal: int) -> None:
        self._born = birth.start(program, environ, terminal)
        self._terminal = terminal
        self._marks = Marks(self._born.secret)
        self._modes = termios.tcgetattr(self._born.slave)
        self._began = True
        self._reports = b""
        self._orders = bytearray()
        self._keys = bytearray()
        self._noisy = False
        self._mending = False
        self.turn: Turn | None = None
        self.state: State | None = None
        self.hears = True
        self.typed = b""
        self.ended: int | None = None

    @property
    def pid(self) -> int:
        """The pid of bash, which is also that of its session."""
        return self._born.pid

    @property
    def master(self) -> int:
        """The end of the terminal that nlsh holds."""
        return self._born.master

    @property
    def readable(self) -> tuple[int, int, int]:
        """The descriptors that have something to say: the terminal, the pipe of reports, and the end of bash."""
        return self._born.master, self._born.reports, self._born.pidfd

    @property
    def writable(self) -> tuple[int, ...]:
        """The descriptors that something waits to be written to."""
        return (*([self._born.orders] if self._orders else []), *([self._born.master] if self._keys else []))

    @property
    def asks(self) -> bool:
        """Whether a program has turned the echo off, as for a password."""
        return self.turn is None and self.hears and not termios.tcgetattr(self._born.slave)[_LOCAL] & termios.ECHO

    # --- to bash ---

    def hand_over(self, line: str) -> None:
        """Give it a line, which may have newlines in it; it must be its turn."""
        self.resize()
        self._put(line, TAKE)

    def completions(self, text: str) -> str | None:
        """The text with all that bash would complete its end with in the place of it; None where that takes too long.

        It must be its turn, and stays so.
        """
        if termios.tcgetattr(self._born.slave)[_LOCAL] & termios.ICANON:
            return None
        _read(self._born.answers)
        self._put(text, _TAKE_ONLY + _COMPLETE + _SHOW, turn="command")
        answer = self._answer()
        if answer is None:
            self.type(self._key(termios.VINTR))
            self._answer()
        return answer

    def type(self, keys: bytes) -> None:
        """Send keys to its terminal, to whatever runs there."""
        self._keys += keys
        self.write()

    def interrupt(self) -> None:
        """Send the key that interrupts."""
        self.turn = None
        self.type(self._key(termios.VINTR))

    def end_of_file(self) -> None:
        """Send the key that ends input: bash leaves, or says why not."""
        self.turn, self.hears = None, True
        self.type(self._key(termios.VEOF))

    def give_in(self) -> None:
        """Bash has not come back as it should have: let the person type to it directly."""
        self.hears = True
        self._set_local(self._modes[_LOCAL])

    def resize(self) -> None:
        """Give its terminal the size of the real one."""
        with suppress(OSError):
            birth.copy_size(self._terminal, self._born.master)

    def write(self) -> None:
        """Write what waits to be written, as far as that does not block."""
        for descriptor, waiting in ((self._born.orders, self._orders), (self._born.master, self._keys)):
            while waiting:
                try:
                    del waiting[: os.write(descriptor, waiting[:_CHUNK])]
                except BlockingIOError:
                    break
                except OSError:  # it has ended
                    waiting.clear()

    # --- from bash ---

    def receive(self) -> bytes:
        """What has come out of its terminal and is to be shown; the marks in it are answered."""
        self._report()
        shown = bytearray()
        for part in self._marks.feed(_read(self._born.master)):
            if isinstance(part, Mark):
                self._noisy = False
                self._marked(part)
            else:
                shown += _NOISE.sub(b"", part) if self._noisy else part
        return bytes(shown)

    def look(self) -> int | None:
        """Whether it has ended: its wait status, or None. A bash that stopped itself is let go on."""
        if self.ended is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if pid and os.WIFSTOPPED(status):
                os.kill(self.pid, signal.SIGCONT)
            elif pid:
                self.ended, self.turn = status, None
        return self.ended

    def close(self) -> None:
        """Hang up, as a terminal does that goes away: bash tells its jobs so, and ends."""
        if self.ended is None:
            self._end()
        self._born.close()

    def _answer(self) -> str | None:
        """The whole of an answer; None where it has not come in time."""
        poll, answer = select.poll(), b""
        poll.register(self._born.answers, select.POLLIN)
        while not answer.endswith(b"\0"):
            if not poll.poll(_PATIENCE * 1000):
                return None
            answer += _read(self._born.answers)
        return os.fsdecode(answer[:-1])

    def _put(self, line: str, keys: bytes, *, turn: Turn | None = None) -> None:
        """Send a line, and the keys that make bash take it."""
        self.turn = turn
        self._noisy = True
        if termios.tcgetattr(self._born.slave)[_LOCAL] & termios.ICANON:
            self.type(_without_readline(line))
            return
        self._order(b"r" + os.fsencode(line.replace("\0", "")))
        self.type(keys)

    def _end(self) -> None:
        poll = select.poll()
        poll.register(self._born.pidfd, select.POLLIN)
        for number in (signal.SIGHUP, signal.SIGKILL):
            with suppress(OSError):
                signal.pidfd_send_signal(self._born.pidfd, number)
                signal.pidfd_send_signal(self._born.pidfd, signal.SIGCONT)
            if poll.poll(_GRACE * 1000):
                break
        self.ended = os.waitpid(self.pid, 0)[1]

    def _marked(self, mark: Mark) -> None:
        if mark.kind == "D":
            self._over(mark.turn)
        elif mark.kind == "C":
            self._begins(mark.turn)
        elif mark.kind == "P" or not self._began:
            self.turn = "command" if mark.kind == "A" else "more"
        elif not self._mending:
            self._mend()

    def _mend(self) -> None:
        """Bash waits without a report: PROMPT_COMMAND was taken away. Taking a line, if an empty one, puts it back."""
        self._mending = True
        self._put("", TAKE)

    def _over(self, turn: int) -> None:
        """A command is over: see how things stand, and make the terminal a silent one."""
        self._report()
        self._understood(turn)
        now = termios.tcgetattr(self._born.slave)
        if self._began and (self.state is None or self.state.status == 0):
            self._modes = now  # what a command did that failed, or was killed, is taken back
        self._began = self._mending = self.hears = False
        self.typed += self._unread()
        self._set_local(self._modes[_LOCAL] & ~termios.ECHO)
        self._order(b"d%d" % turn)

    def _begins(self, turn: int) -> None:
        self._began = self.hears = True
        self.turn = None
        termios.tcsetattr(self._born.slave, termios.TCSANOW, self._modes)
        self._order(b"c%d" % turn)
        if self._mending:  # something was typed before the keys that mend; what they were to take has been passed over
            self._order(b"r")
        typed, self.typed = self.typed, b""
        self.type(typed)

    def _unread(self) -> bytes:
        """What was typed and not read by a program; without line editing of the terminal it can be read as it is."""
        self._set_local(self._modes[_LOCAL] & ~(termios.ECHO | termios.ICANON | termios.ISIG))
        typed = b""
        while some := os.read(self._born.slave, _CHUNK):
            typed += some
        return typed

    def _set_local(self, flags: int) -> None:
        """Set the local modes alone; where lines are not edited, reading does not wait."""
        modes: list[Any] = [*self._modes]
        modes[_LOCAL] = flags
        if not flags & termios.ICANON:
            modes[_CONTROL] = [*modes[_CONTROL]]
            modes[_CONTROL][termios.VMIN], modes[_CONTROL][termios.VTIME] = 0, 0
        termios.tcsetattr(self._born.slave, termios.TCSANOW, modes)

    def _key(self, index: int) -> bytes:
        key = self._modes[_CONTROL][index]
        return key if isinstance(key, bytes) else bytes([key])

    def _order(self, order: bytes) -> None:
        self._orders += order + b"\0"
        self.write()

    def _report(self) -> None:
        self._reports += _read(self._born.reports)

    def _understood(self, turn: int) -> None:
        """The report of this turn; one that an interrupt has cut short is left behind."""
        head = b"%s\0%d\0" % (self._born.secret.encode("ascii"), turn)
        at = self._reports.rfind(head)
        if at >= 0:
            self.state = state.read(self._reports[at:].split(b"\0")[: state.FIELDS])
        self._reports = b""


def _without_readline(line: str) -> bytes:
    """The keys of a line, after `set +o emacs`; the terminal would cut off what is longer than it takes."""
    keys = os.fsencode(line.replace("\0", ""))
    return (keys if len(keys) < _TERMINAL_LINE else _TOO_LONG) + b"\n"


def _read(descriptor: int) -> bytes:
    """All that can be read now, a quarter of a megabyte at most."""
    data = b""
    with suppress(OSError):  # there is nothing, or the other end is gone
        while len(data) < _MOST and (some := os.read(descriptor, _CHUNK)):
            data += some
    return data
