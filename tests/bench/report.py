"""The figures as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_TIMES = ("min", "p50", "p95", "mean")


def table(figures: Mapping[str, Any]) -> str:
    """A line for each thing that was timed, in milliseconds, and one for each other number."""
    head = f"{'':<44}" + "".join(f"{name:>10}" for name in (*_TIMES, "runs"))
    return "\n".join([head, *_lines("", figures)])


def _lines(prefix: str, figures: Mapping[str, Any]) -> Iterator[str]:
    for key, value in figures.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and "p50" in value:
            yield f"{name:<44}" + "".join(f"{value[time]:>10.1f}" for time in _TIMES) + f"{value['runs']:>10}"
        elif isinstance(value, Mapping):
            yield from _lines(f"{name}.", value)
        else:
            yield f"{name:<44}  {value}"
