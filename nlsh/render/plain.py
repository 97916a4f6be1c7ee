"""A Result as aligned text for pipes and files: no colours, nothing cut off, one row a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from nlsh.errors import NlshError
from nlsh.render import cells, safe
from nlsh.result import Result

_GAP = "  "


def body(result: Result) -> str:
    """What belongs on standard output: the rows, or the message where there are none. Ends with a line end."""
    if result.shape in ("table", "tree") and result.rows:
        grid = cells.grid(result)
        return _aligned([grid.titles, *grid.rows], (*grid.right,))
    if result.shape == "record" and result.rows:
        return _aligned(cells.pairs(result), (False, False))
    message = result.message or ("" if result.shape == "message" else "nothing to show")
    return f"{safe.lines(message)}\n" if message else ""


def asides(result: Result) -> str:
    """What belongs on standard error: the message beside rows, the notes, and what could not be done."""
    said = [result.message] if result.rows and result.message and result.shape != "message" else []
    said += [f"note: {note}" for note in result.notes]
    return "".join(f"{safe.lines(text)}\n" for text in said) + "".join(failures(result))


def failures(result: Result) -> Iterable[str]:
    """A line for each thing that could not be done, and one for its remedy."""
    for failed in result.failures:
        yield f"failed: {cells.failure(failed)}\n"
        if failed.remedy:
            yield f"  try: {safe.line(failed.remedy)}\n"


def error(problem: NlshError) -> str:
    """An error in words, the next step on a line of its own."""
    hint = f"  {safe.lines(problem.hint)}\n" if problem.hint else ""
    return f"nlsh: {safe.lines(problem.message)}\n{hint}"


def width(text: str) -> int:
    """How many columns safe text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    if not rows:
        return ""
    widths = [max(width(text) for text in column) for column in zip(*rows, strict=True)]
    return "".join(_line(row, widths, right) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for text, wide, to_right in zip(row, widths, right, strict=True):
        blanks = " " * (wide - width(text))
        padded.append(blanks + text if to_right else text + blanks)
    return _GAP.join(padded).rstrip() + "\n"
