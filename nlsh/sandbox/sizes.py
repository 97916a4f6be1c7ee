"""Bytes in words."""

from __future__ import annotations

_UNITS = ("KiB", "MiB", "GiB", "TiB")


def size(count: float) -> str:
    """A number of bytes as a person reads it."""
    if count < 1024:
        return f"{count:.0f} bytes"
    for unit in _UNITS:
        count /= 1024
        if count < 1024 or unit == _UNITS[-1]:
            break
    return f"{count:.1f} {unit}"
