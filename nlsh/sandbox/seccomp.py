"""seccomp: which system calls a process may still make. A filter can be added to, and never taken away."""

from __future__ import annotations

import ctypes
import errno
import sys
from typing import Final

from nlsh.sandbox.syscalls import numbers
from nlsh.sandbox.system import PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, prctl

_FILTER: Final = 2

_SIZE: Final = 8
AUDIT: Final = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
"""What the kernel calls the architectures (linux/audit.h)."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def available() -> bool:
    """Whether this kernel takes filters, and nlsh knows the numbers of its calls."""
    if not numbers() or sys.maxsize < 1 << 32:
        return False
    try:
        prctl(PR_SET_SECCOMP, _FILTER, 0)
    except OSError as error:
        # A kernel with filters goes on to read the program, which is at no address.
        return error.errno == errno.EFAULT
    return True


def install(program: bytes) -> None:
    """Put a filter in force for this thread and those that it starts, for good; OSError where the kernel refuses it.

    Also sets no_new_privs, without which the kernel refuses.
    """
    count = len(program) // _SIZE
    if not 0 < count <= 4096 or len(program) % _SIZE:
        raise OSError(errno.EINVAL, f"a filter of {count} instructions is none")
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    steps = ctypes.create_string_buffer(program, len(program))
    head = _Program(count, ctypes.addressof(steps))
    prctl(PR_SET_SECCOMP, _FILTER, ctypes.addressof(head))
