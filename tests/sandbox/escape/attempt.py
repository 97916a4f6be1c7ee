"""Carry out an attempt in a process of its own, free or confined, as this or another user."""

from __future__ import annotations

import ctypes
import os
import signal
import traceback
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from nlsh.sandbox.confine import confine
from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.layers import Kernel
from tests.sandbox.escape.world import become

LIBC = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "add_key": (248, 217),
    "clone": (56, 220),
    "clone3": (435, 435),
    "fchmodat2": (452, 452),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "openat2": (437, 437),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "removexattrat": (466, 466),
    "setxattrat": (463, 463),
    "shmctl": (31, 195),
    "shmget": (29, 194),
    "tgkill": (234, 131),
    "tkill": (200, 130),
    "utimensat": (280, 88),
}
"""System calls that are tried by number, on x86_64 and on aarch64."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an attempt: `did` it and what it `said`, or the error it met, or the signal that ended it."""

    did: bool
    error: str = ""
    errno: int = 0
    signal: int = 0
    said: str = ""


def outcome(
    attempt: Callable[[], object],
    *,
    uid: int,
    confinement: Confinement | None,
    keep: Collection[int] = (),
    kernel: Kernel | None = None,
) -> Outcome:
    """Do it as user `uid`, confined if there is a confinement. A program that it becomes has to end with 0."""
    parent = os.getpid()
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.close(reading)
            signal.alarm(20)
            _child(attempt, uid, confinement, (*keep, writing), parent, kernel, writing)
        finally:
            os._exit(3)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        words = pipe.read().decode()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return _read(words, code)


def _child(
    attempt: Callable[[], object],
    uid: int,
    confinement: Confinement | None,
    keep: Collection[int],
    parent: int,
    kernel: Kernel | None,
    report: int,
) -> None:
    try:
        become(uid)
        if confinement is not None:
            confine(confinement, keep=keep, parent=parent, kernel=kernel)
    except BaseException as error:
        os.write(report, f"broken {error!r} {traceback.format_exc()}".encode())
        return
    try:
        said = attempt()
    except OSError as error:
        os.write(report, f"denied {error.errno} {error!r}".encode())
    except (MemoryError, RuntimeError) as error:
        os.write(report, f"denied 0 {error!r}".encode())
    except BaseException:
        os.write(report, f"broken {traceback.format_exc()}".encode())
    else:
        os.write(report, f"did {said}".encode())


def _read(words: str, code: int) -> Outcome:
    kind, _, rest = words.partition(" ")
    if kind == "did":
        return Outcome(did=True, said=rest)
    if kind == "denied":
        number, _, error = rest.partition(" ")
        return Outcome(did=False, errno=int(number), error=error)
    if kind == "broken":
        raise AssertionError(rest)
    if code < 0:
        return Outcome(did=False, signal=-code, error=f"signal {-code}")
    return Outcome(did=code == 0, error=f"status {code}")


def syscall(name: str | int, *arguments: Any) -> int:
    """A system call by its name or number; OSError where it fails."""
    number = name if isinstance(name, int) else NUMBERS[name][os.uname().machine == "aarch64"]
    wide = [ctypes.c_ulong(each & (1 << 64) - 1) if isinstance(each, int) else each for each in arguments]
    result = int(LIBC.syscall(ctypes.c_long(number), *wide))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
