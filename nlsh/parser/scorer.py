"""The learned part of the router: how much a line looks like a command, from its words and characters."""

from __future__ import annotations

from array import array
from functools import cache
from itertools import pairwise
from math import sqrt
from zlib import crc32

from nlsh.parser.shapes import kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from nlsh.parser.shapes import Line

BITS = 16
SIZE = 1 << BITS
SCALE = 256
"""Units of a weight: 256 is one natural logarithm of the odds."""
DATA = f"{__file__.rpartition('/')[0]}/data/router.bin"
_LONGEST = 240
"""Characters looked at: a line has shown by then what it is."""


def score(line: Line) -> float:
    """The logarithm of the odds that the line is a command: above 0 a command, below a sentence."""
    weights = _weights()
    found = list(features(line))
    total: int = sum(weights[index] for index in found)
    return total / SCALE / max(1.0, sqrt(len(found)))


def features(line: Line) -> Iterator[int]:
    """The places in the table of weights that the line switches on; one may come twice."""
    text = line.masked[:_LONGEST]
    words = text.split()[:40]
    kinds = [kind(word) for word in words]
    marks = [f"w {word.lower()}" for word in words]
    marks += [f"b {one.lower()} {two.lower()}" for one, two in pairwise(words)]
    marks += [f"k {one} {two}" for one, two in pairwise(kinds)]
    marks += [f"f {words[0]} {each}" for each in kinds[1:4]] if words else []
    marks += [f"n {min(len(words), 12)}", f"1 {words[0] if words else ''}", f"l {kinds[-1] if kinds else ''}"]
    ends = f"^{text}$"
    marks += [ends[at : at + 4] for at in range(len(ends) - 3)]
    for mark in marks:
        yield crc32(mark.encode("utf-8", "surrogateescape")) & (SIZE - 1)


@cache
def _weights() -> array[int]:
    """The table, two bytes a weight, little-endian."""
    weights = array("h")
    with open(DATA, "rb") as file:
        weights.frombytes(file.read())
    return weights
