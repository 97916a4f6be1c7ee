"""What stands on standard input, looked at without taking it: it belongs to the shell and to its commands."""

from __future__ import annotations

import os
import stat

_GRACE = 50
"""Milliseconds for whoever writes a script into a pipe to finish, before it counts as live."""
_NONBLOCK = 2
"""SPLICE_F_NONBLOCK of <fcntl.h>."""
_BLOCK = 1 << 20


def ahead() -> bytes | None:
    """All that is left of standard input; None where more may come. Devices and closed input count as empty.

    Waits, as a shell would, until something is there.
    """
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return b""
    if stat.S_ISREG(mode):
        return _file()
    try:
        if stat.S_ISFIFO(mode):
            return _pipe() if _ended() else None
        return _socket() if stat.S_ISSOCK(mode) else b""
    except OSError:
        return None


def _file() -> bytes:
    begin = os.lseek(0, 0, os.SEEK_CUR)
    data = bytearray()
    while block := os.pread(0, _BLOCK, begin + len(data)):
        data += block
    return bytes(data)


def _ended() -> bool:
    """Wait for input; whether its writers have gone by then, or go in a moment."""
    import select

    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.poll()
    poll.register(0, select.POLLRDHUP)
    return any(event & (select.POLLHUP | select.POLLRDHUP) for _, event in poll.poll(_GRACE))


def _pipe() -> bytes | None:
    """What is in the pipe, by tee(2), which copies and leaves it there."""
    import ctypes
    import fcntl

    reader, writer = os.pipe2(os.O_CLOEXEC)
    try:
        size = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, fcntl.fcntl(0, fcntl.F_GETPIPE_SZ))
        copied = ctypes.CDLL(None, use_errno=True).tee(0, writer, size, _NONBLOCK)
        return _all(reader, copied) if 0 <= copied < size else None
    finally:
        os.close(reader)
        os.close(writer)


def _all(reader: int, size: int) -> bytes:
    data = b""
    while len(data) < size:
        data += os.read(reader, size - len(data))
    return data


def _socket() -> bytes | None:
    import socket

    if not _ended():
        return None
    with socket.socket(fileno=os.dup(0)) as given:
        data = given.recv(_BLOCK, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    return data if len(data) < _BLOCK else None
