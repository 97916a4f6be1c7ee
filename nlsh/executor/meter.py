"""Rates: a counter of every process looked at twice."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

_PROCESS_CLOCK = 2
"""CPUCLOCK_SCHED: the clock of all threads of a process, as clock_getcpuclockid(3) makes it."""


def cpu_seconds(pid: int) -> float:
    """CPU time that the process has used, to the nanosecond; OSError where it is gone or the kernel cannot tell."""
    return time.clock_gettime(~pid << 3 | _PROCESS_CLOCK)


def has_cpu_clock() -> bool:
    """Whether the kernel has CPU clocks for processes."""
    try:
        return cpu_seconds(os.getpid()) > 0
    except OSError:
        return False


def cpu_percent(pid: int) -> float | None:
    """Hundredths of CPU seconds used, so that their rate is percent of one core; None where the process is gone."""
    try:
        return 100.0 * cpu_seconds(pid)
    except OSError:
        return None


class Meter:
    """Measures how fast a counter grows, for all processes over the same interval."""

    def __init__(self, key: str, count: Callable[[int], float | None], pids: list[int]) -> None:
        self._key = key
        self._count = count
        self._began = time.monotonic()
        self._first = {pid: count(pid) for pid in pids}

    def finish(self, rows: list[dict[str, Any]], interval: float) -> list[dict[str, Any]]:
        """The rows with the rate added (None where it cannot be told), `interval` seconds after the first look."""
        time.sleep(max(0.0, self._began + interval - time.monotonic()))
        took = time.monotonic() - self._began
        return [row | {self._key: self._rate(row["id"].pid, took)} for row in rows]

    def _rate(self, pid: int, took: float) -> float | None:
        before, after = self._first[pid], self._count(pid)
        if before is None or after is None or after < before or took <= 0:
            return None
        return (after - before) / took
