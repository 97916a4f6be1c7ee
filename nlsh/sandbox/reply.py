"""A result on its way out of a worker: the messages that it makes, and what the near side makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from nlsh.result import Column, Failure, Result, Unit
from nlsh.sandbox import clean
from nlsh.sandbox.message import Done, Row, Rows

_ROOM: Final = 48 << 10
"""Bytes of rows in one message, which leaves room for the rest."""
_MOST_ROWS: Final = 400
_DEEPEST: Final = 100


def told(result: Result) -> Iterator[dict[str, Any]]:
    """The messages, as JSON, that say the result: its rows in parts, and then the rest."""
    for rows in _portions(result.rows):
        yield {"op": "rows", "rows": rows}
    yield {
        "op": "done",
        "shape": result.shape,
        "columns": [[each.key, each.title, each.unit.value] for each in result.columns],
        "message": result.message,
        "notes": list(result.notes),
        "failures": [[each.subject, each.reason, each.remedy] for each in result.failures],
    }


def heard(verb: str, rows: Iterable[Row], done: Done) -> Result:
    """The result of `verb` from its rows, which are `cleaned`, and the rest, of which nothing can steer a terminal."""
    columns = tuple(Column(key=key, title=clean.text(title, 60), unit=Unit(unit)) for key, title, unit in done.columns)
    failures = tuple(
        Failure(subject=clean.text(subject), reason=clean.text(reason), remedy=clean.text(remedy))
        for subject, reason, remedy in done.failures
    )
    keys = [column.key for column in columns]
    tree = done.shape == "tree"
    return Result(
        verb=verb,
        shape=done.shape,  # type: ignore[arg-type]
        columns=columns,
        rows=tuple({key: row.get(key) for key in keys} | ({"depth": _depth(row)} if tree else {}) for row in rows),
        message=clean.text(done.message),
        notes=tuple(clean.text(note) for note in done.notes),
        failures=failures,
    )


def cleaned(said: Rows) -> Iterator[Row]:
    """The rows without anything in their texts that could steer a terminal."""
    return ({key: clean.cell(value) for key, value in row.items()} for row in said.rows)


def _depth(row: Row) -> int:
    """How deep in a tree a row stands: what it says, where that can be shown."""
    depth = row.get("depth")
    return min(max(depth, 0), _DEEPEST) if isinstance(depth, int) else 0


def _portions(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in parts that fit a message."""
    portion: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        plain = {key: _plain(value) for key, value in row.items()}
        length = len(json.dumps(plain))
        if portion and (size + length > _ROOM or len(portion) >= _MOST_ROWS):
            yield portion
            portion, size = [], 0
        portion.append(plain)
        size += length
    if portion:
        yield portion


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
