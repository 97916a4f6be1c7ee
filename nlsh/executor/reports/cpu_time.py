"""What the CPUs do, as shares of their time between two looks at /proc/stat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

STAT = Path("/proc/stat")
FIELDS: Final = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
"""The columns of a `cpu` line that add up to all of the time (proc_stat(5)); guest time is part of user time."""
INTERVAL = 0.25
"""Seconds between the two looks where nothing better is known: long enough for 25 clock ticks a core."""

Times = tuple[int, ...]


def cpu_times() -> dict[str, Times]:
    """The clock ticks that `cpu` (all together), `cpu0`, `cpu1`, … have spent in each of `FIELDS` since boot."""
    found = {}
    for line in STAT.read_text(encoding="ascii").splitlines():
        name, _, rest = line.partition(" ")
        if name.startswith("cpu"):
            found[name] = tuple(int(text) for text in rest.split()[: len(FIELDS)])
    return found


def shares(before: Sequence[int], after: Sequence[int]) -> dict[str, float]:
    """The percent of the time between two looks that went to each of `FIELDS`; they add up to 100.

    A counter that ran backwards (the kernel corrects idle time so) counts as standing still; with no tick in between,
    all of the time was idle.
    """
    spent = [max(0, late - early) for early, late in zip(before, after, strict=True)]
    total = sum(spent)
    if not total:
        return {field: 100.0 if field == "idle" else 0.0 for field in FIELDS}
    return {field: round(100 * ticks / total, 1) for field, ticks in zip(FIELDS, spent, strict=True)}


def usage(before: Sequence[int], after: Sequence[int]) -> dict[str, float]:
    """`shares`, with `usage` before them: the percent in which something ran, not idling nor waiting for disks."""
    share = shares(before, after)
    return {"usage": round(max(0.0, 100.0 - share["idle"] - share["iowait"]), 1), **share}
