"""The system calls that each kind of confined process may make.

Workers get an allowlist: a call that nobody thought of is refused. Programs that a person starts get what they need,
whatever that is, but the one thing that was to be taken from them.
"""

from __future__ import annotations

import errno
import os
from enum import Enum
from functools import cache
from typing import Final

from nlsh.sandbox.bpf import (
    ALLOW,
    X32,
    Rule,
    Step,
    When,
    assembled,
    part,
    refusal,
    refuse_all_but,
)
from nlsh.sandbox.seccomp import AUDIT
from nlsh.sandbox.syscalls import numbers


class Profile(Enum):
    """What a worker is for."""

    COMPUTE = "compute"
    """Works on what it was handed as open descriptors. It opens no file by name, and maps no code."""
    FILES = "files"
    """COMPUTE, and opens, makes and removes files as Landlock lets it; it may also load libraries."""
    FILES_AND_TCP = "files and tcp"
    """FILES, and connects to the TCP ports that Landlock lets it."""


_PROT_EXEC: Final = 4
_NEW_THREAD: Final = 0x0005_0F00
"""CLONE_VM, FS, FILES, SIGHAND, THREAD and SYSVSEM: what glibc and musl ask for to start a thread."""
_NEW_NAMESPACE: Final = 0x7E02_0080
"""CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET."""
_PTRACE_OR_PARENT: Final = 0x0080_A000 | 0x4000
"""CLONE_UNTRACED, PTRACE, PARENT and VFORK."""
_FAST_OPEN: Final = 0x2000_0000
"""MSG_FASTOPEN connects while sending, where Landlock does not look."""
_CLOEXEC_NONBLOCK: Final = os.O_CLOEXEC | os.O_NONBLOCK
_LOW: Final = 0xFFFF_FFFF
_UNIX, _INET, _INET6 = 1, 2, 10
_STREAM, _TCP = 1, 6
_SOL_SOCKET = 1
_OPTIONS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 18, 20, 21)
"""Of TCP and of sockets: no delay, keeping alive, sizes, times; without TCP_ULP, which makes another protocol of it."""

_HARMLESS: Final = """
    read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range dup dup2 dup3
    fstat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getcwd
    munmap mremap madvise brk msync mincore fadvise64
    futex futex_waitv set_robust_list rseq membarrier set_tid_address sched_yield sched_getaffinity getcpu
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait sigaltstack restart_syscall exit exit_group
    gettid getpid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgid getpgrp getsid
    clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrusage sysinfo uname getrandom
    poll ppoll select pselect6 recvfrom recvmsg shutdown getsockname getpeername getsockopt
""".split()
"""Work on memory and on descriptors, and look at itself. Whether a file is there can be asked: stat is no secret."""

_FILES: Final = """
    getdents64 getdents chdir fchdir umask flock statfs fstatfs mkdir mkdirat rmdir unlink unlinkat
    rename renameat renameat2 link linkat symlink symlinkat ftruncate fallocate fsync fdatasync sendfile copy_file_range
    epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2 pipe pipe2
    timerfd_create timerfd_settime timerfd_gettime setitimer getitimer alarm mprotect pkey_mprotect mmap
""".split()
"""What Landlock judges, and what an event loop needs.

Not among them, because Landlock does not judge it: owner, mode, times and attributes of files, and truncate by name.
"""

_FCNTL: Final = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1033, 1034)
"""Duplicates, flags, locks, seals; without F_SETOWN and F_SETSIG, by which the kernel would signal others."""
_IOCTL: Final = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS and TIOCGWINSZ (is this a terminal), FIONREAD, FIONBIO, FIONCLEX, FIOCLEX; without TIOCSTI, which types."""
_PRCTL: Final = (15, 16, 0x5356_4D41)
"""PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (the name of a range of memory)."""


def worker_program(profile: Profile, *, threads: bool, pid: int, machine: str = "") -> bytes:
    """The filter of a worker, that is process `pid`; with `threads` it may start some, and processes in no case."""
    machine = machine or os.uname().machine
    signals_itself = Rule(name="tgkill", when=(When(argument=0, values=(pid,)),))  # abort() does
    own = part([signals_itself], numbers(machine))
    return refuse_all_but(own, _same_for_all(profile, threads, machine), architecture=AUDIT[machine])


@cache
def _same_for_all(profile: Profile, threads: bool, machine: str) -> bytes:
    """The rules that do not depend on which process it is; made once, before workers are forked."""
    rules = [*_common(), *_threads(threads)]
    if profile is Profile.COMPUTE:
        rules += _without_code()
    else:
        rules += [*(Rule(name=name) for name in _FILES), *_opening(), _own_pairs()]
    if profile is Profile.FILES_AND_TCP:
        rules += _tcp()
    return part(rules, numbers(machine))


def _common() -> list[Rule]:
    return [
        *(Rule(name=name) for name in _HARMLESS),
        Rule(name="fcntl", when=(When(argument=1, values=_FCNTL),)),
        Rule(name="ioctl", when=(When(argument=1, values=_IOCTL),)),
        Rule(name="prctl", when=(When(argument=0, values=_PRCTL),)),
        Rule(name="prlimit64", when=(When(argument=0),)),
        Rule(name="getrlimit"),
        # Sending goes to the other end of the socket only: no address, which is a pointer of 64 bits.
        Rule(name="sendto", when=(When(argument=4, wide=True), When(argument=3, mask=_FAST_OPEN))),
        Rule(name="sendmsg", when=(When(argument=2, mask=_FAST_OPEN),)),
    ]


def _threads(allowed: bool) -> list[Rule]:
    """A new thread is the same process; clone3 keeps its flags in memory, so libraries are sent back to clone."""
    flags = _NEW_THREAD | _NEW_NAMESPACE | _PTRACE_OR_PARENT
    made = Rule(name="clone", when=(When(argument=0, mask=flags, values=(_NEW_THREAD,), wide=True),))
    return [Rule(name="clone3", error=errno.ENOSYS), *([made] if allowed else [])]


def _without_code() -> list[Rule]:
    """Memory, but none that can be executed."""
    data = (When(argument=2, mask=_PROT_EXEC),)
    return [Rule(name=name, when=data) for name in ("mmap", "mprotect", "pkey_mprotect")]


def _opening() -> list[Rule]:
    """Opening, but not O_TRUNC without writing: before ABI 3 Landlock does not judge it."""
    modes = os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_RDWR | os.O_TRUNC
    mask = os.O_ACCMODE | os.O_TRUNC
    return [
        Rule(name="open", when=(When(argument=1, mask=mask, values=modes),)),
        Rule(name="openat", when=(When(argument=2, mask=mask, values=modes),)),
        Rule(name="openat2", error=errno.ENOSYS),
    ]


def _own_pairs() -> Rule:
    """Pairs of connected stream sockets; datagram ones could be turned to any other socket."""
    stream = When(argument=1, mask=_LOW & ~_CLOEXEC_NONBLOCK, values=(_STREAM,))
    return Rule(name="socketpair", when=(When(argument=0, values=(_UNIX,)), stream))


def _tcp() -> list[Rule]:
    stream = When(argument=1, mask=_LOW & ~_CLOEXEC_NONBLOCK, values=(_STREAM,))
    # No MPTCP: Landlock judges TCP alone.
    plain = When(argument=2, values=(0, _TCP))
    return [
        Rule(name="socket", when=(When(argument=0, values=(_INET, _INET6)), stream, plain)),
        Rule(name="setsockopt", when=(When(argument=1, values=(_SOL_SOCKET, _TCP)), When(argument=2, values=_OPTIONS))),
        Rule(name="connect"),
    ]


# --- programs that a person starts -----------------------------------------------------------------------------------

_SOCKET: Final = {"x86_64": 41, "aarch64": 198}
_OTHER: Final = {
    "x86_64": (0x4000_0003, 359, 102),  # i386: socket, and socketcall, whose arguments stand in memory
    "aarch64": (0x4000_0028, 281, 102),  # 32-bit ARM, likewise
}
"""The architecture whose programs also run: its name for the kernel, its numbers of socket and socketcall."""
_IO_URING_SETUP: Final = 425


def offline_program(machine: str = "") -> bytes:
    """A filter for any program: the only sockets that it and its children can make are unix sockets.

    Every other family is refused, known or not, as if the kernel had none. io_uring goes too, which makes sockets
    without system calls. The 32-bit half of the architecture is held in the same way.
    """
    machine = machine or os.uname().machine
    other, socket, socketcall = _OTHER[machine]
    small = _unix_only(socket, socketcall)
    return assembled(
        [
            (0x20, 0, 0, 4),
            (0x15, 0, len(small) + 1, other),
            (0x20, 0, 0, 0),
            *small,
            (0x15, 1, 0, AUDIT[machine]),
            refusal(errno.ENOSYS),
            (0x20, 0, 0, 0),
            (0x35, 0, 1, X32),
            refusal(errno.ENOSYS),
            *_unix_only(_SOCKET[machine]),
        ]
    )


def _unix_only(socket: int, *refused: int) -> list[Step]:
    """From a number that is loaded: sockets of the unix family, no calls that are `refused`, and everything else."""
    made: list[Step] = [
        (0x15, 0, 4, socket),
        (0x20, 0, 0, 16),
        (0x15, 1, 0, _UNIX),
        refusal(errno.EAFNOSUPPORT),
        (0x06, 0, 0, ALLOW),
    ]
    for number in (_IO_URING_SETUP, *refused):
        made += [(0x15, 0, 1, number), refusal(errno.ENOSYS)]
    return [*made, (0x06, 0, 0, ALLOW)]
