"""How wide the columns of a table become when the terminal is narrower than the table."""

from __future__ import annotations

from collections.abc import Sequence

LEAST = 8
"""A column of text is not cut below this many columns of the terminal."""


def fitted(widths: Sequence[int], fixed: Sequence[bool], room: int) -> tuple[int, ...] | None:
    """The width of each column so that all of them take at most `room`; None where that cannot be.

    Columns that are `fixed` (numbers) keep their width; of the others the widest give way first.
    """
    free = [place for place, kept in enumerate(fixed) if not kept]
    left = room - sum(width for width, kept in zip(widths, fixed, strict=True) if kept)
    if sum(min(widths[place], LEAST) for place in free) > left:
        return None
    ceiling = _ceiling([widths[place] for place in free], left)
    return tuple(width if kept else min(width, ceiling) for width, kept in zip(widths, fixed, strict=True))


def _ceiling(widths: Sequence[int], room: int) -> int:
    """The largest width that, put over all of `widths` as a lid, makes them fit into `room`."""
    left = room
    for place, width in enumerate(sorted(widths)):
        share = left // (len(widths) - place)
        if width > share:
            return share
        left -= width
    return max(widths, default=0)
