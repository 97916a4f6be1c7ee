"""Lines from templates: a weight, then text whose `{slots}` are filled from lists."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)\}")
_WEIGHTED = re.compile(r"(\d+) (?=\S)(.*)")


def load_slots(path: Path = FOLDER / "slots.txt") -> dict[str, list[str]]:
    """The lists of the slots by name."""
    pairs = (line.split(":", 1) for line in path.read_text(encoding="utf-8").splitlines() if line)
    return {name: [value.strip() for value in re.split(r" \| ?|^\|", values)] for name, values in pairs}


def lines(path: Path, size: int, slots: Mapping[str, list[str]], rng: random.Random) -> list[str]:
    """About `size` lines of a file of templates; each template counts by its weight."""
    weighted = []
    for text in path.read_text(encoding="utf-8").splitlines():
        found = _WEIGHTED.fullmatch(text)
        weighted.append((int(found[1]), found[2]) if found else (1, text))
    total = sum(weight for weight, _ in weighted)
    made = []
    for weight, text in weighted:
        made += [fill(text, slots, rng) for _ in range(max(1, round(size * weight / total)))]
    return made


def fill(text: str, slots: Mapping[str, list[str]], rng: random.Random) -> str:
    """The template with a value in each slot; braces that name no slot stay, as the shell needs them."""
    filled = _SLOT.sub(lambda found: rng.choice(slots[found[1]]) if found[1] in slots else found[0], text)
    return filled.rstrip()
