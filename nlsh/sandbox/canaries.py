"""Canaries: attempts that must fail in a confined process. Each one that succeeds proves that it is not confined."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

from nlsh.errors import SandboxError
from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.landlock import Access
from nlsh.sandbox.layers import Kernel
from nlsh.sandbox.syscalls import numbers
from nlsh.sandbox.system import syscall

Canary = tuple[str, Callable[[], object]]
"""What is attempted, in words, and the attempt."""

_NO_PROGRAM = "/nonexistent-program"


def canaries(confinement: Confinement, kernel: Kernel) -> tuple[Canary, ...]:
    """What the layers of this kernel must deny a process so confined; to be called before it is.

    Files are among them that can be opened now: for those, a denial afterwards comes from the confinement.
    """
    calls = tuple(_calls()) if kernel.seccomp else ()
    files = tuple(canary for canary in _files(confinement) if _possible(canary)) if kernel.landlock else ()
    return (*calls, *files)


def prove(attempts: tuple[Canary, ...]) -> None:
    """Try each; SandboxError for the first that is not denied, be it that it fails for another reason."""
    for what, attempt in attempts:
        try:
            attempt()
        except PermissionError:
            continue
        except OSError as error:
            raise SandboxError(f"the sandbox does not hold: {what} fails only by {error.strerror}") from error
        raise SandboxError(f"the sandbox does not hold: {what} is possible")


def _possible(canary: Canary) -> bool:
    try:
        canary[1]()
    except OSError:
        return False
    return True


def _calls() -> Iterator[Canary]:
    number = numbers()
    yield "starting a program", lambda: os.execv(_NO_PROGRAM, [_NO_PROGRAM])
    yield "signalling its parent", lambda: os.kill(os.getppid(), 0)
    yield "making a datagram socket", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    yield "leaving its namespaces", lambda: syscall(number["unshare"], 0)
    yield "making an io_uring", lambda: syscall(number["io_uring_setup"], 1, 0)
    yield "starting a process", _fork


def _fork() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    with suppress(OSError):
        os.waitpid(pid, 0)


def _files(confinement: Confinement) -> Iterator[Canary]:
    """What can be opened with any of these kinds of access, and is granted with none of them."""
    granted = [(os.path.realpath(grant.path), grant.access) for grant in confinement.grants]
    for path, access, flags in (
        ("/", Access.LIST | Access.READ, os.O_DIRECTORY),
        ("/dev/null", Access.READ, os.O_RDONLY),
        ("/dev/null", Access.WRITE, os.O_WRONLY),
        (sys.executable, Access.READ, os.O_RDONLY),
    ):
        real = os.path.realpath(path)
        if not any(given & access and _within(real, place) for place, given in granted):
            yield _opening(path, access, flags)


def _opening(path: str, access: Access, flags: int) -> Canary:
    words = "writing" if access is Access.WRITE else "reading"
    return f"{words} {path}", lambda: os.close(os.open(path, flags | os.O_CLOEXEC))


def _within(real: str, place: str) -> bool:
    return real == place or real.startswith(place.rstrip("/") + "/")
