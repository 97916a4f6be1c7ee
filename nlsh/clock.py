"""The time, handed to whoever needs it."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time in two ways, so that setting the clock of the machine fools nobody."""

    def now(self) -> float:
        """Unix time in seconds."""
        ...

    def monotonic(self) -> float:
        """Seconds since boot, counted through suspend; never goes back."""
        ...


class SystemClock:
    """The clocks of the kernel."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)
