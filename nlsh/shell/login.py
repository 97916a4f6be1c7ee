"""What a login does first: a real shell reads the files of a login shell, and what they set is kept.

That is the environment, the umask, the resource limits and the current folder. Functions, aliases and shell options
are not: the shell that runs the commands has files of its own for those.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass

from nlsh.shell import posix

LIMIT = 30.0
"""Seconds that the files may take."""
_DESCRIPTOR = 9
_END = b"\0\0"
_SCRIPT = r"""{ command printf '%s\0=%s\0' "$(umask)" "$PWD"; /usr/bin/env -0; command printf '\0'; } >&9"""
"""Whatever the files left running may hold the descriptor too: so its end is an empty string and not its closing."""
_LARGEST = 32 << 20
_OWN = (b"_", b"SHLVL", b"OLDPWD")
"""Variables in which the shell that read the files would show."""


class _Unread(Exception):
    """The files did not come to their end; the words say why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What the files leave: the whole environment, the umask, the current folder, and the limits that they changed."""

    environ: dict[bytes, bytes]
    umask: int
    folder: bytes
    limits: dict[int, tuple[int, int]]


def enter(*, limit: float = LIMIT) -> None:
    """Read /etc/profile and the profile of the user into this process; what they print goes where it would.

    Where they do not come to their end, one line on standard error says so, and everything stays as it was. `limit` is
    in seconds; a program that takes the terminal to itself, such as a multiplexer, may stay as long as it likes.
    """
    try:
        setting = _read(limit)
    except (_Unread, OSError) as reason:
        print(f"nlsh: the profile is not in force: {reason}", file=sys.stderr)
    else:
        _take_on(setting)


def _take_on(setting: Setting) -> None:
    import resource

    kept = {name: os.environb[name] for name in _OWN if name in os.environb}
    new = {name: value for name, value in setting.environ.items() if name not in _OWN} | kept
    for name in set(os.environb) - set(new):
        del os.environb[name]
    os.environb.update(new)
    os.umask(setting.umask)
    for number, values in setting.limits.items():
        with suppress(OSError, ValueError):
            resource.setrlimit(number, values)
    with suppress(OSError):
        os.chdir(setting.folder)


def _read(limit: float) -> Setting:
    reading, writing = (_moved(end) for end in os.pipe())
    program = posix.shell(os.environ)
    with os.fdopen(reading, "rb", buffering=0), posix.signals_for_the_child():
        try:
            child = os.posix_spawnp(
                program,
                [program, "-l", "-c", _SCRIPT],
                os.environb,
                file_actions=[(os.POSIX_SPAWN_DUP2, writing, _DESCRIPTOR)],
                setsigdef=posix.default_signals(),
            )
        finally:
            os.close(writing)
        return _heard(child, reading, limit)


def _moved(descriptor: int) -> int:
    """The same end of the pipe, out of the way of the descriptor that the shell gets."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _DESCRIPTOR + 1)
    os.close(descriptor)
    return moved


def _heard(child: int, pipe: int, limit: float) -> Setting:
    ended = os.pidfd_open(child)
    status = 0
    try:
        data = _all(pipe, ended, limit)
        _ready(1.0, ended)  # it may have a trap for its exit
        limits = _limits(child)
    finally:
        os.close(ended)
        os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if not data.endswith(_END):
        raise _Unread(f"signal {-status} ended it" if status < 0 else f"it ended early, with {status}")
    umask, folder, *variables = data.removesuffix(_END).split(b"\0")
    pairs = (variable.partition(b"=") for variable in variables)
    environ = {name: value for name, equals, value in pairs if name and equals}
    return Setting(environ=environ, umask=int(umask, 8), folder=folder[1:], limits=limits)


def _all(pipe: int, ended: int, limit: float) -> bytes:
    """What the shell writes, up to the end mark, or to its own end where that comes first."""
    data = bytearray()
    until = time.monotonic() + limit
    while not data.endswith(_END):
        ready = _ready(until - time.monotonic(), pipe, ended)
        if pipe in ready:
            some = os.read(pipe, 1 << 16)
            if not some or len(data) > _LARGEST:
                break
            data += some
        elif ready:
            break
        elif not _terminal_is_taken():
            raise _Unread(f"it is not done after {limit:g} s")
        else:
            until += limit
    return bytes(data)


def _ready(seconds: float, *descriptors: int) -> set[int]:
    """Those that have something to read, or have ended, once there is one; none where it takes longer."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(max(0.0, seconds) * 1000)}


def _terminal_is_taken() -> bool:
    """Whether a program has put the terminal into a mode of its own, as editors, multiplexers and shells do."""
    import termios

    try:
        return not termios.tcgetattr(0)[3] & termios.ICANON
    except termios.error:
        return False


def _limits(child: int) -> dict[int, tuple[int, int]]:
    """The resource limits of the child that are not ours; also of one that has ended and is not reaped yet."""
    import resource

    numbers = {value for name, value in vars(resource).items() if name.startswith("RLIMIT_")}
    found = {number: resource.prlimit(child, number) for number in numbers}
    return {number: values for number, values in found.items() if values != resource.getrlimit(number)}
