"""Short ways to say what the columns of a report are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nlsh.result import Column, Result, Unit


def columns(**units: Unit | tuple[Unit, str]) -> tuple[Column, ...]:
    """Columns from their keys, in order: each with its unit, or a unit and a heading.

    The heading is the key, with a capital and blanks, where none is given.
    """
    return tuple(_column(key, unit) for key, unit in units.items())


def _column(key: str, unit: Unit | tuple[Unit, str]) -> Column:
    if isinstance(unit, tuple):
        return Column(key=key, unit=unit[0], title=unit[1])
    return Column(key=key, unit=unit, title=key.replace("_", " ").capitalize())


def record(verb: str, described: tuple[Column, ...], row: Mapping[str, Any], *notes: str) -> Result:
    """One row, shown as key and value; columns whose value is None are left out."""
    kept = tuple(column for column in described if row.get(column.key) is not None)
    values = {column.key: row[column.key] for column in kept}
    return Result(verb=verb, shape="record", columns=kept, rows=(values,), notes=notes)


def table(verb: str, described: tuple[Column, ...], rows: Iterable[Mapping[str, Any]], *notes: str) -> Result:
    """Rows below headings; what a row does not have is None there."""
    full = tuple({column.key: row.get(column.key) for column in described} for row in rows)
    return Result(verb=verb, shape="table", columns=described, rows=full, notes=notes)
