"""The values of a process that can be set: niceness, I/O priority, CPU affinity, resource limits.

Only `nlsh.executor.operations` writes them.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

IO_CLASSES = {"realtime": 1, "best-effort": 2, "idle": 3}
_IO_CLASS_SHIFT = 13
_IOPRIO_CALLS = {
    "x86_64": (251, 252),
    "i386": (289, 290),
    "i686": (289, 290),
    "armv7l": (314, 315),
    "ppc64le": (273, 274),
    "s390x": (282, 283),
}
"""Numbers of ioprio_set and ioprio_get by machine; glibc has no functions for them."""
_IOPRIO_CALLS_ELSEWHERE = (30, 31)
_IOPRIO_WHO_PROCESS = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """One kind of value. `read` and `write` take the id of a thread (of the process where not `of_threads`).

    `command` gives the POSIX command that sets it for some pids.
    """

    what: str
    read: Callable[[int], Any]
    write: Callable[[int, Any], None]
    command: Callable[[Any, Iterable[int]], str]
    of_threads: bool = True


def _get_nice(tid: int) -> int:
    return os.getpriority(os.PRIO_PROCESS, tid)


def _set_nice(tid: int, nice: int) -> None:
    os.setpriority(os.PRIO_PROCESS, tid, nice)


def _renice(nice: int, pids: Iterable[int]) -> str:
    return f"renice -n {nice} -p {_spaced(pids)}"


def _ioprio(place: int, *arguments: int) -> int:
    import ctypes

    number = _IOPRIO_CALLS.get(platform.machine(), _IOPRIO_CALLS_ELSEWHERE)[place]
    result: int = ctypes.CDLL(None, use_errno=True).syscall(number, _IOPRIO_WHO_PROCESS, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _get_io(tid: int) -> int:
    return _ioprio(1, tid)


def _set_io(tid: int, value: int) -> None:
    _ioprio(0, tid, value)


def io_value(io_class: str, level: int) -> int:
    """The kernel's number for a class of `IO_CLASSES` and a level of 0 to 7."""
    return IO_CLASSES[io_class] << _IO_CLASS_SHIFT | (0 if io_class == "idle" else level)


def io_words(value: int) -> tuple[str, int]:
    """The class and level of the kernel's number; `none` where the niceness decides."""
    names = {number: name for name, number in IO_CLASSES.items()}
    return names.get(value >> _IO_CLASS_SHIFT, "none"), value & 7


def _ionice(value: int, pids: Iterable[int]) -> str:
    level = f" -n {value & 7}" if value >> _IO_CLASS_SHIFT in (1, 2) else ""
    return f"ionice -c {value >> _IO_CLASS_SHIFT}{level} -p {_spaced(pids)}"


def _get_affinity(tid: int) -> list[int]:
    return sorted(os.sched_getaffinity(tid))


def _set_affinity(tid: int, cpus: Iterable[int]) -> None:
    os.sched_setaffinity(tid, cpus)


def _taskset(cpus: Iterable[int], pids: Iterable[int]) -> str:
    listed = ",".join(str(cpu) for cpu in cpus)
    return " && ".join(f"taskset -a -c -p {listed} {pid}" for pid in pids)


def _limit(what: str, number: str, option: str) -> Value:
    import resource

    key: int = getattr(resource, number)

    def read(pid: int) -> list[int]:
        return list(resource.prlimit(pid, key))

    def write(pid: int, value: list[int]) -> None:
        resource.prlimit(pid, key, (value[0], value[1]))

    def command(value: list[int], pids: Iterable[int]) -> str:
        soft = "unlimited" if value[0] == resource.RLIM_INFINITY else value[0]
        return " && ".join(f"prlimit --pid {pid} --{option}={soft}:" for pid in pids)

    return Value(what=what, read=read, write=write, command=command, of_threads=False)


def _spaced(pids: Iterable[int]) -> str:
    return " ".join(str(pid) for pid in pids)


NICE = Value(what="nice", read=_get_nice, write=_set_nice, command=_renice)
IO_PRIORITY = Value(what="io_priority", read=_get_io, write=_set_io, command=_ionice)
AFFINITY = Value(what="affinity", read=_get_affinity, write=_set_affinity, command=_taskset)
ADDRESS_SPACE = _limit("address_space", "RLIMIT_AS", "as")
OPEN_FILES = _limit("open_files", "RLIMIT_NOFILE", "nofile")
VALUES = {value.what: value for value in (NICE, IO_PRIORITY, AFFINITY, ADDRESS_SPACE, OPEN_FILES)}
