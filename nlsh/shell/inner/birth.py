"""Starts bash in a terminal of its own, which it controls, with two pipes to nlsh that no program inherits."""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import struct
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STARTING = "NLSH_STARTING"
"""The variable that says to what a start-up file of bash starts that it is one; its value is what bash is to read."""
_ROOM = 1 << 20
"""Bytes of a report that bash can write without nlsh: more than an environment commonly has."""
_PYTHONS_SIGNALS = (signal.SIGPIPE, signal.SIGXFSZ)
_TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


@dataclass(frozen=True, kw_only=True)
class Born:
    """A bash that has just been started: its pid, a pidfd, both ends of its terminal and nlsh's ends of the pipes.

    `answers` is where bash shows its completions. `secret` is in its marks.
    """

    pid: int
    pidfd: int
    master: int
    slave: int
    orders: int
    reports: int
    answers: int
    secret: str
    others: tuple[int, ...]

    def close(self) -> None:
        """Close all descriptors: the terminal is gone then."""
        for descriptor in (self.pidfd, self.master, self.slave, self.orders, self.reports, self.answers, *self.others):
            os.close(descriptor)


def start(program: str, environ: Mapping[bytes, bytes], terminal: int) -> Born:
    """Start bash with the modes and the size of a terminal; OSError where that cannot be done."""
    master, slave = os.openpty()
    pipes = [os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK) for _ in range(3)]
    (orders_out, orders), (reports, reports_in), (answers, answers_in) = pipes
    os.set_blocking(orders_out, True)
    fcntl.fcntl(reports, fcntl.F_SETPIPE_SZ, _ROOM)
    secret = os.urandom(16).hex()
    opened = [master, slave, *(end for pipe in pipes for end in pipe)]
    try:
        termios.tcsetattr(slave, termios.TCSANOW, termios.tcgetattr(terminal))
        copy_size(terminal, master)
        os.set_blocking(master, False)
        places = {"down": orders_out, "up": reports_in, "shown": answers_in}
        script = _script(secret, places)
        opened.append(script)
        pid = _spawned(program, environ, slave, _path(script))
        pidfd = os.pidfd_open(pid)
    except BaseException:
        for descriptor in opened:
            os.close(descriptor)
        raise
    return Born(
        pid=pid,
        pidfd=pidfd,
        master=master,
        slave=slave,
        orders=orders,
        reports=reports,
        answers=answers,
        secret=secret,
        others=(orders_out, reports_in, answers_in, script),
    )


def copy_size(terminal: int, other: int) -> None:
    """Give one terminal the size of another, which tells its foreground job where that is a change."""
    size: bytes = fcntl.ioctl(terminal, termios.TIOCGWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
    fcntl.ioctl(other, termios.TIOCSWINSZ, size)


def _spawned(program: str, environ: Mapping[bytes, bytes], slave: int, script: str) -> int:
    """A session leader that opens a terminal gets it as the one that it controls, and that controls it."""
    actions: list[tuple[Any, ...]] = [
        (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0),
        (os.POSIX_SPAWN_DUP2, 0, 1),
        (os.POSIX_SPAWN_DUP2, 0, 2),
    ]
    return os.posix_spawn(
        program,
        [os.path.basename(program), "--rcfile", script, "-i"],  # noqa: PTH119 - a name as it was given
        {**environ, STARTING.encode("ascii"): os.fsencode(script)},
        file_actions=actions,
        setsid=True,
        setsigmask=(),
        setsigdef=(*_PYTHONS_SIGNALS, *_TERMINAL_SIGNALS),
    )


def _script(secret: str, places: Mapping[str, int]) -> int:
    """A file in memory with what bash reads at its start."""
    lines = [f"__nlsh_{name}={_path(descriptor)}" for name, descriptor in places.items()]
    lines += [f"__nlsh_secret={shlex.quote(secret)}", f"__nlsh_own_rc=${{{STARTING}:+$HOME/.bashrc}}"]
    text = Path(__file__).with_name("init.bash").read_bytes()
    descriptor = os.memfd_create("nlsh-init", os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write("\n".join(lines).encode("ascii") + b"\n" + text)
    return descriptor


def _path(descriptor: int) -> str:
    return f"/proc/{os.getpid()}/fd/{descriptor}"
