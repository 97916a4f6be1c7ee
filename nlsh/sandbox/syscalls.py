"""Numbers of the system calls that are allowed or refused by name, on the two architectures that nlsh knows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Final

NUMBERS: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67),
    "pwrite64": (18, 68), "preadv": (295, 69), "pwritev": (296, 70), "lseek": (8, 62), "close": (3, 57),
    "close_range": (436, 436), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24), "fcntl": (72, 25),
    "ioctl": (16, 29), "fstat": (5, 80), "stat": (4, None), "lstat": (6, None), "newfstatat": (262, 79),
    "statx": (332, 291), "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "readlink": (89, None), "readlinkat": (267, 78), "getcwd": (79, 17), "open": (2, None), "openat": (257, 56),
    "creat": (85, None), "openat2": (437, 437), "mmap": (9, 222), "munmap": (11, 215), "mprotect": (10, 226),
    "pkey_mprotect": (329, 288), "mremap": (25, 216), "madvise": (28, 233), "brk": (12, 214), "msync": (26, 227),
    "mincore": (27, 232), "futex": (202, 98), "futex_waitv": (449, 449), "set_robust_list": (273, 99),
    "rseq": (334, 293), "membarrier": (324, 283), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "rt_sigtimedwait": (128, 137), "sigaltstack": (131, 132), "tgkill": (234, 131),
    "clone": (56, 220), "clone3": (435, 435), "fork": (57, None), "vfork": (58, None), "exit": (60, 93),
    "exit_group": (231, 94), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
    "set_tid_address": (218, 96), "gettid": (186, 178), "getpid": (39, 172), "getppid": (110, 173),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getgroups": (115, 158), "getresuid": (118, 148), "getresgid": (120, 150), "getpgid": (121, 155),
    "getpgrp": (111, None), "getsid": (124, 156), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115), "nanosleep": (35, 101), "gettimeofday": (96, 169), "time": (201, None),
    "getrandom": (318, 278), "getrusage": (98, 165), "times": (100, 153), "sysinfo": (99, 179), "uname": (63, 160),
    "getcpu": (309, 168), "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    "epoll_create": (213, None), "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, None),
    "epoll_pwait": (281, 22), "epoll_pwait2": (441, 441), "eventfd2": (290, 19), "pipe": (22, None),
    "pipe2": (293, 59), "timerfd_create": (283, 85), "timerfd_settime": (286, 86), "timerfd_gettime": (287, 87),
    "setitimer": (38, 103), "getitimer": (36, 102), "alarm": (37, None), "sendto": (44, 206), "recvfrom": (45, 207),
    "sendmsg": (46, 211), "recvmsg": (47, 212), "shutdown": (48, 210), "getsockname": (51, 204),
    "getpeername": (52, 205), "getsockopt": (55, 209), "setsockopt": (54, 208), "socket": (41, 198),
    "socketpair": (53, 199), "connect": (42, 203), "fadvise64": (221, 223), "prlimit64": (302, 261),
    "getrlimit": (97, 163), "setrlimit": (160, 164), "prctl": (157, 167), "restart_syscall": (219, 128),
    "getdents64": (217, 61), "getdents": (78, None), "chdir": (80, 49), "fchdir": (81, 50), "umask": (95, 166),
    "flock": (73, 32), "statfs": (137, 43), "fstatfs": (138, 44), "mkdir": (83, None), "mkdirat": (258, 34),
    "rmdir": (84, None), "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38),
    "renameat2": (316, 276), "link": (86, None), "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36),
    "ftruncate": (77, 46), "fallocate": (285, 47), "fsync": (74, 82), "fdatasync": (75, 83),
    "sync_file_range": (277, 84), "sendfile": (40, 71), "copy_file_range": (326, 285), "io_uring_setup": (425, 425),
    "unshare": (272, 97), "ptrace": (101, 117), "seccomp": (317, 277),
}  # fmt: skip
"""Name to the number on x86_64 and on aarch64; None where an architecture has no such call."""

ARCHITECTURES: Final = ("x86_64", "aarch64")


@cache
def numbers(machine: str = "") -> Mapping[str, int]:
    """The numbers of an architecture, of this one unless named; empty for one that is not known."""
    machine = machine or os.uname().machine
    if machine not in ARCHITECTURES:
        return {}
    column = ARCHITECTURES.index(machine)
    return {name: number for name, both in NUMBERS.items() if (number := both[column]) is not None}
