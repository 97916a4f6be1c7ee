"""How long the router takes for a line: the lines of its own test set, each once warm."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from nlsh.parser.router import route

LINES = Path(__file__).parents[1] / "parser" / "router"


def measure() -> dict[str, Any]:
    """Milliseconds of CPU of a line: median, 99th of 100, and of the first, which loads the data."""
    lines = [line for path in sorted(LINES.glob("*.txt")) for line in path.read_text(encoding="utf-8").splitlines()]
    first, *times = [_timed(line) for line in lines]
    times.sort()
    at = {"median_ms": 0.5, "p99_ms": 0.99}
    return {"lines": len(lines), "first_ms": round(first, 3)} | {
        name: round(times[int(len(times) * share)], 3) for name, share in at.items()
    }


def _timed(line: str) -> float:
    began = time.thread_time()
    route(line)
    return (time.thread_time() - began) * 1000
