"""Bytes as a person reads them, in powers of 1000, as download pages and disks state them."""

from __future__ import annotations


def shown(size: int) -> str:
    """98 MB for 98,362,432; three figures at most."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit == "bytes" or value >= 9.95 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
