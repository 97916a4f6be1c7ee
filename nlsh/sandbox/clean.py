"""Text from a plugin, stripped of whatever could steer a terminal before it goes anywhere."""

from __future__ import annotations

import unicodedata
from typing import Any

_MOST = 2000
"""Characters of one text."""
_BAD = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


def text(value: str, most: int = _MOST) -> str:
    """One line without control, format and surrogate characters, at most `most` characters long."""
    spaced = value[: most + 1].replace("\t", " ").replace("\n", " ")
    kept = spaced if spaced.isascii() and spaced.isprintable() else "".join(filter(_good, spaced))
    return kept if len(kept) <= most else kept[: most - 1] + "…"


def cell(value: Any) -> Any:
    """A value of a row, its text cleaned; numbers, flags and None stay as they are."""
    return text(value) if isinstance(value, str) else value


def _good(letter: str) -> bool:
    return unicodedata.category(letter) not in _BAD
