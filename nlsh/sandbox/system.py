"""System calls that Python has no function for, each an OSError where the kernel refuses it."""

from __future__ import annotations

import ctypes
import os
from typing import Any

_LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47


def libc(function: str, *arguments: Any) -> int:
    """Call a function of the C library that returns an int, negative for an error."""
    result = int(_LIBC[function](*arguments))
    if result < 0:
        raise _error(function)
    return result


def syscall(number: int, *arguments: Any) -> int:
    """Make a system call; whole numbers are passed as 64 bits, everything else as ctypes has it."""
    result = int(_LIBC.syscall(ctypes.c_long(number), *(_wide(each) for each in arguments)))
    if result < 0:
        raise _error(f"system call {number}")
    return result


def prctl(option: int, *arguments: Any) -> int:
    """Change something about this process (prctl(2))."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    result = int(_LIBC.prctl(ctypes.c_int(option), *(_wide(each) for each in padded)))
    if result < 0:
        raise _error(f"prctl {option}")
    return result


def _wide(value: Any) -> Any:
    return ctypes.c_ulong(value & 0xFFFF_FFFF_FFFF_FFFF) if isinstance(value, int) else value


def _error(what: str) -> OSError:
    code = ctypes.get_errno()
    return OSError(code, f"{what}: {os.strerror(code)}")
