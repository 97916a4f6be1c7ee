"""Times that were measured, and what is reported of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Samples:
    """Seconds, one for each run of the same thing."""

    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Add the time that the block takes."""
        began = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - began)

    @property
    def median(self) -> float:
        """The median in seconds."""
        return statistics.median(self.seconds)

    def report(self) -> dict[str, float | int]:
        """Milliseconds: least, median, 95th percentile, most and mean, and how many runs there were."""
        ordered = sorted(self.seconds)
        values = {
            "min": ordered[0],
            "p50": statistics.median(ordered),
            "p95": quantile(ordered, 0.95),
            "max": ordered[-1],
            "mean": statistics.fmean(ordered),
        }
        return {"runs": len(ordered), **{name: round(1000 * value, 2) for name, value in values.items()}}


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of the sorted values does not exceed, between two values in proportion."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
