"""The conditions that a rule may have, and how each is written in TOML. Every reader raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from nlsh.effects import Effect
from nlsh.sandbox.rule import Count, Hours


def strings(value: Any) -> tuple[str, ...]:
    """A list of strings that is not empty."""
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"is a list of strings, not {value!r}")
    return tuple(value)


def effects(value: Any) -> tuple[Effect, ...]:
    """A list of effects by name."""
    return tuple(Effect(word) for word in _known(value, tuple(effect.value for effect in Effect)))


def origins(value: Any) -> tuple[str, ...]:
    """A list of who may want an act."""
    return _known(value, ("person", "rule", "plugin"))


def signals(value: Any) -> tuple[str, ...]:
    """A list of signal names, with SIG or without."""
    import signal

    names = tuple(word.upper().removeprefix("SIG") for word in strings(value))
    return _known(list(names), tuple(name.removeprefix("SIG") for name in signal.Signals.__members__))


def count(value: Any) -> Count:
    """A number of targets: `{ over = 5 }`, `{ up_to = 20 }` or both."""
    fits = isinstance(value, dict) and value and set(value) <= {"over", "up_to"}
    if not fits or not all(type(number) is int and number >= 0 for number in value.values()):
        raise ValueError("is { over = 5 }, { up_to = 20 } or both")
    return Count(**value)


def hours(value: Any) -> Hours:
    """A part of the day: `{ from = "22:00", to = "06:00" }`."""
    if not isinstance(value, dict) or set(value) != {"from", "to"}:
        raise ValueError('is { from = "22:00", to = "06:00" }')
    return Hours(start=minute(value["from"]), end=minute(value["to"]))


def minute(value: Any) -> int:
    """A time of day, as minutes from midnight."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f'cannot be the time {value!r}: it is written "22:00"')
    return int(found[1]) * 60 + int(found[2])


def truth(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"is true or false, not {value!r}")
    return value


CONDITIONS: dict[str, Callable[[Any], Any]] = {
    "effect": effects,
    "verb": strings,
    "name": strings,
    "user": strings,
    "signal": signals,
    "count": count,
    "time": hours,
    "origin": origins,
    "everything": truth,
    "service": truth,
}
"""Condition to its reader."""


def _known(value: Any, allowed: tuple[str, ...]) -> tuple[str, ...]:
    for word in strings(value):
        if word not in allowed:
            raise ValueError(f"cannot be {word!r}: it is one of {', '.join(allowed)}")
    return tuple(value)
