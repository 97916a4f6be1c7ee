"""Temperatures, fans and batteries."""

from __future__ import annotations

from typing import Any


def readings() -> list[dict[str, Any]]:
    """Each temperature (`celsius`, with the `high` and `critical` marks of its maker) and each fan (`rpm`)."""
    import psutil

    return [
        {"sensor": chip, "label": each.label, "celsius": each.current, "high": each.high, "critical": each.critical}
        for chip, found in psutil.sensors_temperatures().items()
        for each in found
    ] + [
        {"sensor": chip, "label": each.label or "fan", "rpm": each.current}
        for chip, found in psutil.sensors_fans().items()
        for each in found
    ]


def hottest() -> float | None:
    """The highest temperature in degrees Celsius; None where the machine shows none."""
    return max((row["celsius"] for row in readings() if "celsius" in row), default=None)


def battery() -> dict[str, Any] | None:
    """Charge in percent, whether it is plugged in, and the seconds left; None where there is no battery."""
    import psutil

    found = psutil.sensors_battery()
    if found is None:
        return None
    left = found.secsleft if found.secsleft >= 0 else None
    return {"percent": round(found.percent, 1), "plugged": bool(found.power_plugged), "left": left}
