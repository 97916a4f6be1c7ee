"""A Result's rows as safe text, column by column: what plain text and tables on a terminal have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nlsh.render import safe, units
from nlsh.result import Column, Failure, Result, Unit
from nlsh.target import Target

_LEFT = (Unit.TEXT, Unit.FLAG, Unit.TIME)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """The headings and the texts of a table.

    `right` says which columns are set to the right, `fixed` which hold no words and are never cut.
    """

    titles: tuple[str, ...]
    right: tuple[bool, ...]
    fixed: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]


def grid(result: Result) -> Grid:
    """The rows of a table or tree, the branches of a tree drawn before its names."""
    rows = [tuple(cell(row, column) for column in result.columns) for row in result.rows]
    if result.shape == "tree" and result.columns:
        rows = _with_branches(result, rows)
    return Grid(
        titles=tuple(safe.line(column.title) for column in result.columns),
        right=tuple(column.unit not in _LEFT for column in result.columns),
        fixed=tuple(column.unit is not Unit.TEXT for column in result.columns),
        rows=tuple(rows),
    )


def cell(row: Mapping[str, Any], column: Column) -> str:
    """One value as safe text on one line."""
    return safe.line(units.shown(row.get(column.key), column.unit))


def pairs(result: Result) -> tuple[tuple[str, str], ...]:
    """A record as titles and values, a title of "" before each further line of a value; empty values are left out."""
    row = result.rows[0] if result.rows else {}
    found: list[tuple[str, str]] = []
    for column in result.columns:
        if row.get(column.key) not in (None, "", (), []):
            lines = safe.lines(units.shown(row[column.key], column.unit)).split("\n")
            found += zip((safe.line(column.title), *("" for _ in lines[1:])), lines, strict=True)
    return tuple(found)


def failure(failed: Failure) -> str:
    """One failure as a sentence, without its remedy."""
    subject = failed.subject or (process(failed.target) if failed.target else "")
    return safe.line(f"{subject}: {failed.reason}" if subject else failed.reason)


def process(target: Target) -> str:
    """A process as its name and pid."""
    return f"{target.name} ({target.id.pid})"


def branches(depths: Sequence[int]) -> list[str]:
    """The lines that lead to each row of a tree, from the depths of its rows in order."""
    found: list[str] = []
    later: set[int] = set()  # levels at which a further row follows
    for depth in reversed(_steady(depths)):
        stem = "".join("│  " if level in later else "   " for level in range(1, depth))
        found.append(stem + ("├─ " if depth in later else "└─ ") if depth else "")
        later = {level for level in later if level < depth} | {depth}
    return found[::-1]


def _steady(depths: Sequence[int]) -> list[int]:
    """The depths from 0, none more than one below the row above it."""
    steady: list[int] = []
    least = min(depths, default=0)
    for depth in depths:
        steady.append(max(0, min(depth - least, steady[-1] + 1 if steady else 0)))
    return steady


def _with_branches(result: Result, rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    keys = [column.key for column in result.columns]
    place = keys.index("name") if "name" in keys else 0
    drawn = branches([int(row.get("depth", 0)) for row in result.rows])
    return [(*row[:place], lead + row[place], *row[place + 1 :]) for lead, row in zip(drawn, rows, strict=True)]
