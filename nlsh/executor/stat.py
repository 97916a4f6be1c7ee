"""Reads proc_pid_stat(5), in which the name of the process may hold anything, parentheses and newlines too."""

from __future__ import annotations

from dataclasses import dataclass

_KERNEL_THREAD = 0x0020_0000
"""PF_KTHREAD of linux/sched.h."""


@dataclass(frozen=True, slots=True)
class Stat:
    """One line of it: `ticks` of CPU time used, `start` in ticks since boot, `size` in bytes, `rss` in pages."""

    pid: int
    comm: bytes
    state: str
    parent: int
    group: int
    session: int
    terminal: int
    kernel: bool
    ticks: int
    nice: int
    threads: int
    start: int
    size: int
    rss: int


def parse(line: bytes) -> Stat:
    """Read the line; ValueError where it is none."""
    opening, closing = line.index(b"("), line.rindex(b")")
    rest = line[closing + 2 :].split()
    if len(rest) < 22:
        raise ValueError("a stat line has more fields")
    return Stat(
        int(line[:opening]),
        line[opening + 1 : closing],
        rest[0].decode("ascii"),
        int(rest[1]),
        int(rest[2]),
        int(rest[3]),
        int(rest[4]),
        bool(int(rest[6]) & _KERNEL_THREAD),
        int(rest[11]) + int(rest[12]),
        int(rest[16]),
        int(rest[17]),
        int(rest[19]),
        int(rest[20]),
        int(rest[21]),
    )


def text(raw: bytes) -> str:
    """Bytes of the kernel as text; what is not UTF-8 is written as `\\xff`, so that it can be shown and stored."""
    return raw.decode("utf-8", "backslashreplace")
