"""Landlock: which files a process may still open, which TCP ports it may use, whom it may signal (landlock(7)).

A ruleset names everything that the kernel's version of Landlock (its ABI) can deny, and then grants what is wanted.
What a version cannot deny is named by `gaps`. Any error raises: a ruleset is in force as a whole or not at all.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Flag, auto
from typing import Final

from nlsh.sandbox.system import PR_SET_NO_NEW_PRIVS, prctl, syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION: Final = 1
_PATH_BENEATH, _NET_PORT = 1, 2
NEWEST: Final = 7
"""The newest ABI whose rights are known here; a newer kernel is used as this one."""

_RIGHTS: Final = (
    "execute write_file read_file read_dir remove_dir remove_file make_char make_dir make_reg make_sock make_fifo "
    "make_block make_sym refer truncate ioctl_dev"
).split()
_BIT: Final = {name: 1 << place for place, name in enumerate(_RIGHTS)}
_SINCE: Final = {"refer": 2, "truncate": 3, "ioctl_dev": 5}
_OF_FILES: Final = "execute write_file read_file truncate ioctl_dev".split()
_BIND, _CONNECT = 1, 2
_NET_SINCE, _SCOPE_SINCE = 4, 6
_ABSTRACT, _SIGNALS = 1, 2


class Access(Flag):
    """What may be done with a file, or with everything beneath a folder. Listing a folder is reading it."""

    LIST = auto()
    """See the names in folders; part of READ."""
    READ = auto()
    EXECUTE = auto()
    WRITE = auto()
    """Write, truncate, make, remove and rename; reading is not part of it."""


_GRANTS: Final = {
    Access.LIST: ("read_dir",),
    Access.READ: ("read_file", "read_dir"),
    Access.EXECUTE: ("execute",),
    Access.WRITE: "write_file truncate make_reg make_dir make_sym make_fifo remove_file remove_dir refer".split(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """A file, or a folder and all beneath it, and what may be done there. Links in `path` are followed once, now."""

    path: str
    access: Access


class _Attributes(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _NetPort(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def abi() -> int:
    """The kernel's version of Landlock; 0 where it has none, or where a container hides it."""
    try:
        return syscall(_CREATE, None, 0, _VERSION)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise


def gaps(version: int) -> tuple[str, ...]:
    """What this ABI cannot deny, in words; empty for the newest."""
    if version < 1:
        return ("no Landlock",)
    missing = (
        (2, "renaming across folders is denied altogether"),
        (3, "truncating files"),
        (_NET_SINCE, "TCP ports"),
        (5, "ioctl on devices"),
        (_SCOPE_SINCE, "signals and abstract sockets"),
    )
    return tuple(words for since, words in missing if version < since)


def restrict(grants: Iterable[Grant], *, connect: Iterable[int] = (), version: int) -> None:
    """Deny this thread and its children all that ABI `version` can deny, but the grants and TCP connections to ports.

    Also sets no_new_privs, without which the kernel refuses. OSError where anything fails, ValueError where the ABI
    cannot hold what is asked for.
    """
    ports = tuple(connect)
    if version < 1:
        raise ValueError("this kernel has no Landlock")
    if ports and version < _NET_SINCE:
        raise ValueError(f"Landlock ABI {version} cannot hold TCP ports")
    with _ruleset(version) as ruleset:
        for grant in grants:
            _allow_path(ruleset, grant, version)
        for port in ports:
            rule = _NetPort(_CONNECT, port)
            syscall(_ADD, ruleset, _NET_PORT, ctypes.byref(rule), 0)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        syscall(_RESTRICT, ruleset, 0)


@contextmanager
def _ruleset(version: int) -> Iterator[int]:
    attributes = _Attributes(
        fs=sum(bit for name, bit in _BIT.items() if _SINCE.get(name, 1) <= version),
        net=_BIND | _CONNECT if version >= _NET_SINCE else 0,
        scoped=_ABSTRACT | _SIGNALS if version >= _SCOPE_SINCE else 0,
    )
    # An older kernel refuses a structure that is longer than its own, unless what is new in it is zero.
    ruleset = syscall(_CREATE, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    try:
        yield ruleset
    finally:
        os.close(ruleset)


def _allow_path(ruleset: int, grant: Grant, version: int) -> None:
    place = os.open(grant.path, os.O_PATH | os.O_CLOEXEC)
    try:
        folder = stat.S_ISDIR(os.fstat(place).st_mode)
        rule = _PathBeneath(_allowed(grant.access, folder=folder, version=version), place)
        syscall(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(place)


def _allowed(access: Access, *, folder: bool, version: int) -> int:
    names = [name for each, given in _GRANTS.items() if each in access for name in given]
    return sum(_BIT[name] for name in names if (folder or name in _OF_FILES) and _SINCE.get(name, 1) <= version)
