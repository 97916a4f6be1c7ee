"""Capabilities: the parts of what root may do (capabilities(7)). A confined process has none of them."""

from __future__ import annotations

import ctypes
import errno
from typing import Final

from nlsh.sandbox.system import PR_CAP_AMBIENT, PR_CAPBSET_DROP, libc, prctl

_VERSION: Final = 0x2008_0522
_CLEAR_ALL: Final = 4
_MOST: Final = 64


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Half(ctypes.Structure):
    """32 of the capabilities."""

    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def drop_all() -> None:
    """Give up every capability of this thread, for good; OSError where that fails or some are left."""
    prctl(PR_CAP_AMBIENT, _CLEAR_ALL)
    _empty_bounding_set()
    header, none = _Header(_VERSION, 0), (_Half * 2)()
    libc("capset", ctypes.byref(header), ctypes.byref(none))
    if held():
        raise OSError(errno.EPERM, "capabilities are left after they were dropped")


def held() -> bool:
    """Whether this thread has any capability, or could take one up."""
    header, halves = _Header(_VERSION, 0), (_Half * 2)()
    libc("capget", ctypes.byref(header), ctypes.byref(halves))
    return any(half.effective or half.permitted or half.inheritable for half in halves)


def _empty_bounding_set() -> None:
    """Programs that are started later could not get any back either. Who may not do this has none to lose there."""
    for number in range(_MOST):
        try:
            prctl(PR_CAPBSET_DROP, number)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.EPERM):
                return
            raise
