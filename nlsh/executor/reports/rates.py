"""Rates of disks and network interfaces: their counters, looked at twice."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

INTERVAL = 0.5
"""Seconds between the two looks."""


def disk_rates(names: Collection[str], interval: float = INTERVAL) -> list[dict[str, Any]]:
    """For each named disk: bytes `read` and `written` a second, operations a second, percent `busy`, bytes in all."""
    import psutil

    before, began = psutil.disk_io_counters(perdisk=True, nowrap=False), time.monotonic()
    time.sleep(interval)
    after, took = psutil.disk_io_counters(perdisk=True, nowrap=False), time.monotonic() - began
    return [_disk(name, before[name], after[name], took) for name in sorted(names) if name in before and name in after]


def _disk(name: str, early: Any, late: Any, took: float) -> dict[str, Any]:
    return {
        "disk": name,
        "read": round((late.read_bytes - early.read_bytes) / took),
        "written": round((late.write_bytes - early.write_bytes) / took),
        "busy": round(min(100.0, (late.busy_time - early.busy_time) / took / 10), 1),
        "reads": round((late.read_count - early.read_count) / took, 1),
        "writes": round((late.write_count - early.write_count) / took, 1),
        "total_read": late.read_bytes,
        "total_written": late.write_bytes,
    }


def network_rates(interval: float = INTERVAL) -> list[dict[str, Any]]:
    """For each interface: bytes `received` and `sent` a second, totals in bytes since boot, packets lost."""
    import psutil

    before, began = psutil.net_io_counters(pernic=True, nowrap=False), time.monotonic()
    time.sleep(interval)
    after, took = psutil.net_io_counters(pernic=True, nowrap=False), time.monotonic() - began
    return [_interface(name, before[name], after[name], took) for name in sorted(after) if name in before]


def _interface(name: str, early: Any, late: Any, took: float) -> dict[str, Any]:
    return {
        "interface": name,
        "received": round((late.bytes_recv - early.bytes_recv) / took),
        "sent": round((late.bytes_sent - early.bytes_sent) / took),
        "total_received": late.bytes_recv,
        "total_sent": late.bytes_sent,
        "dropped": late.dropin + late.dropout + late.errin + late.errout,
    }
