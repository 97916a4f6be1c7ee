"""A script on standard input with sentences in it: the shell gets it line by line, and nobody reads ahead.

The commands of such a script share standard input with it: what a command leaves unread is the next line. So nlsh
may not take a line before the shell wants it. The shell reads the script from a pipe that a helper fills, and
standard input stays what it was. The helper knows that the shell wants the next line by a trick: it puts a blank
into the pipe, which means nothing before a command, and waits until the blank has been taken. The pipe has room for
one page, so that it counts as full until then.
"""

from __future__ import annotations

import fcntl
import os
import select

from nlsh.shell import posix
from nlsh.shell.script import Writer, quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from nlsh.shell.invocation import Invocation, Own

_PAGE = 4096
_CHANNEL = 1
"""The helper's end of the pipe."""
_SHELL = 2
"""The helper's descriptor of the process that it helps."""


def become(call: Invocation) -> int:
    """Become the POSIX shell on the script of standard input; returns an exit code only where there is none.

    Where the system lacks what that takes, such as /dev/fd, all of the script is the shell's.
    """
    try:
        os.stat("/dev/fd/0")
        alive = os.pidfd_open(os.getpid())
        reader, writer = os.pipe2(os.O_CLOEXEC)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PAGE)
    except OSError:
        return posix.become(call.words())
    channel = _channel()
    _start_helper(call.own, writer, alive, channel)
    os.close(writer)
    os.dup2(reader, channel, inheritable=True)
    return posix.become([*call.without("s"), f"/dev/fd/{channel}", *call.operands])


def _channel() -> int:
    """A free descriptor, of one digit if there is one, because some shells can close no other."""
    for number in range(9, 2, -1):
        try:
            os.fstat(number)
        except OSError:
            return number
    return fcntl.fcntl(0, fcntl.F_DUPFD, 10)


def _start_helper(own: Own, writer: int, alive: int, channel: int) -> None:
    """Start the helper as nobody's child: to the shell's `wait` and to `ps` it is a stranger."""
    shell = os.getpid()
    between = os.fork()
    if between:
        os.waitpid(between, 0)
    elif os.fork():
        os._exit(0)
    else:
        _help(Writer(own, f"/proc/{shell}/cwd"), _opening(channel), writer, alive)


def _help(lines: Writer, opening: str, writer: int, alive: int) -> NoReturn:
    try:
        os.setsid()  # the keys of the terminal are for the shell
        os.dup2(writer, _CHANNEL)
        os.dup2(alive, _SHELL)
        os.closerange(_SHELL + 1, max(os.sysconf("SC_OPEN_MAX"), 1024))
        _feed(lines, opening)
    finally:
        os._exit(0)


def _opening(channel: int) -> str:
    """What stands before the first line: it closes the descriptor that the shell has opened the script by.

    bash also learns its name, which is that of its script otherwise.
    """
    program = posix.shell(os.environ)
    name = f" BASH_ARGV0={quoted(posix.called(program))};" if program.endswith("bash") else ""
    return f"{{ exec {channel}<&-;{name} }} 2>/dev/null; "


def _feed(lines: Writer, opening: str) -> None:
    poll = select.poll()
    poll.register(_CHANNEL, select.POLLOUT)
    poll.register(_SHELL, select.POLLIN)

    def taken(text: str) -> bool:
        """Put text into the pipe and wait until the shell has taken it; False where the shell has gone."""
        os.write(_CHANNEL, text.encode("latin-1"))
        return poll.poll() == [(_CHANNEL, select.POLLOUT)]

    while line := _line():
        text, opening = opening + lines.take(line), ""
        if not taken(text) or (lines.between_words and not taken(" ")):
            break


def _line() -> str:
    """The next line, and not a byte more of what follows it."""
    line = bytearray()
    while not line.endswith(b"\n") and (byte := os.read(0, 1)):
        line += byte
    return line.decode("latin-1")
