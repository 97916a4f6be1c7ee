"""Numbers as a person reads them: 1.2 GiB, 3 h 12 min, 12.5%."""

from __future__ import annotations

import math
import time
from typing import Any

from nlsh.result import Unit

NOTHING = "-"
"""What stands where there is no value, so that columns stay columns."""

_SIZES = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def shown(value: Any, unit: Unit) -> str:
    """The text of `value`, whose unit is `unit`; as it stands where it is not of that unit. Not made safe yet."""
    if value is None or value == "":
        return NOTHING
    if unit is Unit.FLAG and isinstance(value, bool | int):
        return "yes" if value else "no"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int | float):
        return _number(value, unit)
    return _gathered(value, unit)


def size(value: float) -> str:
    """Bytes in powers of 1024."""
    if abs(value) < 1023.5:
        return f"{value:.0f} B"
    power = 0
    while abs(value) >= 1023.5 and power < len(_SIZES):
        value, power = value / 1024, power + 1
    digits = 1 if abs(value) < 99.95 else 0
    return f"{value:.{digits}f} {_SIZES[power - 1]}"


def duration(seconds: float) -> str:
    """Seconds in the two largest parts that matter."""
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 9.95:
        return f"{seconds:.0f} s" if seconds == int(seconds) else f"{seconds:.1f} s"
    whole = round(seconds)
    for length, name, smaller, smaller_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= length:
            rest = whole % length // smaller
            return f"{whole // length} {name} {rest} {smaller_name}" if rest else f"{whole // length} {name}"
    return f"{whole} s"


def moment(unix: float) -> str:
    """A unix time as local date and time."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(unix))
    except (OverflowError, ValueError, OSError):
        return str(unix)


def _number(value: float, unit: Unit) -> str:
    if not math.isfinite(value):
        return NOTHING
    match unit:
        case Unit.BYTES:
            return size(value)
        case Unit.RATE:
            return f"{size(value)}/s"
        case Unit.PERCENT:
            return f"{value:.1f}%"
        case Unit.SECONDS:
            return duration(value)
        case Unit.TIME:
            return moment(value)
        case Unit.CELSIUS:
            return f"{value:.1f} °C"
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def _gathered(value: Any, unit: Unit) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(shown(item, unit) for item in value) or NOTHING
    if hasattr(value, "items"):
        return ", ".join(f"{key}={shown(item, unit)}" for key, item in value.items()) or NOTHING
    return str(value)
