"""A clock that stands still until it is moved."""

from __future__ import annotations


class FakeClock:
    """A `nlsh.clock.Clock` for tests: both times move together with `advance`, or the wall's alone with `set_back`."""

    def __init__(self, now: float = 1_700_000_000.0, monotonic: float = 1000.0) -> None:
        self._now = now
        self._monotonic = monotonic

    def now(self) -> float:
        """Unix time in seconds."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since boot."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
        self._monotonic += seconds

    def set_back(self, seconds: float) -> None:
        """Set the wall clock back, as a person or a time server does; no time passes."""
        self._now -= seconds
