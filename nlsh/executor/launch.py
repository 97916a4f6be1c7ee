"""The helper that becomes another program, after taking on the priority, limits and network that were asked for.

Run as `python -m nlsh.executor.launch DESCRIPTOR JSON`; JSON is a `Wish` of `nlsh.executor.spawn` as an object. Where
it fails it writes why, in one line, to the descriptor, which closes by itself when the program begins.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
from contextlib import suppress
from typing import Any

_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_GRACE = 5.0
"""Seconds between TERM and KILL, when the time is over."""


def main() -> None:
    """Become the program, or say why not and end with 127."""
    report, wish = int(sys.argv[1]), json.loads(sys.argv[2])
    os.set_inheritable(report, False)
    wrong = _prepare(wish)
    if not wrong:
        try:
            os.execvp(wish["argv"][0], wish["argv"])
        except OSError as error:
            wrong = f"cannot start {wish['argv'][0]}: {error.strerror}"
    os.write(report, wrong.encode("utf-8", "replace") + b"\n")
    os._exit(127)


def _prepare(wish: dict[str, Any]) -> str:
    """Take on what was wished for; in words what could not be, empty where all is done."""
    step = ""
    try:
        if wish["terminal"]:
            _take_terminal()
        _reset_signals()
        if wish["nice"] is not None:
            step = f"cannot set the niceness {wish['nice']}"
            os.setpriority(os.PRIO_PROCESS, 0, wish["nice"])
        if wish["timeout"] is not None:
            _watch(wish["timeout"])
        if wish["memory"] is not None:
            step = f"cannot limit the memory to {wish['memory']} bytes"
            _limit_memory(wish["memory"])
        if not wish["network"]:
            step = "cannot take the network away on this system"
            _without_network()
    except (OSError, ValueError) as error:
        return f"{step}: {getattr(error, 'strerror', None) or error}"
    return ""


def _take_terminal() -> None:
    """Give the terminal to this process group, though it asks from the background, which stops others."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    with suppress(OSError):
        os.tcsetpgrp(0, os.getpgrp())


def _reset_signals() -> None:
    """A shell ignores what the keyboard sends; its programs must not."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _limit_memory(amount: int) -> None:
    """Limit the address space, of this program and of each one that it starts for itself: not of all together.

    No layer of the sandbox does better. A control group would, but needs one that is delegated to the user.
    """
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (amount, hard))


def _without_network() -> None:
    """Take the network away, from this program and all that it starts, for good; OSError where that is not possible.

    What holds it is a seccomp filter: it can make unix sockets and no others. That needs no rights, also root cannot
    take it off, and it leaves everything else alone. Landlock would not do: it knows TCP only. A network namespace with
    nothing in it comes on top where it can be had, for what the filter does not see, which is abstract unix sockets;
    alone it would not do either, for root can walk back out of it, and many systems keep it from ordinary users. Where
    the kernel has no filters it has to be enough.

    A service that listens at a unix socket with a path can still be asked to use its own network.
    """
    from nlsh.sandbox import profiles, seccomp

    filtered = seccomp.available()
    try:
        _own_network()
    except OSError:
        if not filtered:
            raise
    if filtered:
        seccomp.install(profiles.offline_program())


def _own_network() -> None:
    """Move into a network namespace of its own, with nothing in it."""
    import ctypes

    uid, gid = os.geteuid(), os.getegid()
    flags = _CLONE_NEWNET if uid == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if uid != 0:
        _keep_identity(uid, gid)


def _keep_identity(uid: int, gid: int) -> None:
    """In the new user namespace the user stays who it is (user_namespaces(7))."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, text.encode("ascii"))
        finally:
            os.close(descriptor)


def _watch(seconds: float) -> None:
    """Leave a process behind that ends the program when its time is over. It is nobody's child, and holds no files.

    It ends the program and its process group. What the program started in sessions of their own goes on.
    """
    program = os.pidfd_open(os.getpid())
    pid = os.getpid()
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        os.close(program)
        return
    if os.fork():
        os._exit(0)
    os.setsid()
    keep = os.dup2(program, 3)
    os.closerange(0, keep)
    os.closerange(keep + 1, 1 << 16)
    for number, time in ((signal.SIGTERM, seconds), (signal.SIGKILL, _GRACE)):
        if select.select([keep], [], [], time)[0]:
            break
        _end(pid, keep, number)
    os._exit(0)


def _end(pid: int, descriptor: int, number: int) -> None:
    """Signal the program, and its process group where it leads one. The pid is its own as long as it has not ended."""
    with suppress(OSError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)
        signal.pidfd_send_signal(descriptor, number)


if __name__ == "__main__":
    main()
