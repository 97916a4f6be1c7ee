"""What a plugin worker may say to the broker: small typed messages, strictly read.

A message is one JSON object in one packet. What is not exactly one of these is no message, and ends the request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from nlsh.errors import SandboxError

MOST_BYTES: Final = 1 << 16
"""Bytes of one message."""
_MOST_ROWS = 500
_MOST_COLUMNS = 24
_MOST_TEXT = 4000
_MOST_NOTES = 20
_MOST_PATH = 4095
_MOST_NUMBER = 1 << 63
_WORD = re.compile(r"[a-z][a-z0-9_]{0,31}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")
SHAPES: Final = ("table", "record", "tree", "message")
UNITS: Final = ("text", "count", "bytes", "bytes/s", "percent", "seconds", "unix time", "celsius", "flag")
"""As `nlsh.result` has them; a test compares."""

Row = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Run the program of this id."""

    program: str
    values: Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trash:
    """Move a file or folder to the trash."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Connect:
    """Connect to a TCP port of a host."""

    host: str
    port: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """Hand over the secret of this name."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """A line for the plugin's log."""

    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Some rows of the result; several messages may bring them."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """The rest of the result, after its rows: columns are key, title and unit; failures subject, reason, remedy."""

    shape: str
    columns: tuple[tuple[str, str, str], ...]
    message: str
    notes: tuple[str, ...]
    failures: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """It cannot be done: an error of this kind of the error tree."""

    kind: str
    message: str
    hint: str


Message = Run | Trash | Connect | Secret | Log | Rows | Done | Failed


class MessageError(SandboxError):
    """What came is no message."""


def decode(data: bytes) -> Message:
    """The message; MessageError where it is none, whatever it is."""
    said = fields(data)
    operation = said.pop("op", None)
    if not isinstance(operation, str) or operation not in _KINDS:
        _refuse("it names no operation")
    checks, make = _KINDS[operation]
    if set(said) != set(checks):
        _refuse(f"{operation} has {', '.join(checks) or 'no fields'}, and nothing else")
    found: Message = make(**{name: check(said[name]) for name, check in checks.items()})
    return found


def fields(data: bytes) -> dict[str, Any]:
    """One JSON object, without duplicate keys or numbers that are none; MessageError for anything else."""
    if len(data) > MOST_BYTES:
        _refuse(f"it is longer than {MOST_BYTES} bytes")
    try:
        said = json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        _refuse("it is not JSON")
    if not isinstance(said, dict):
        _refuse("it is not an object")
    return said


def _refuse(why: str) -> NoReturn:
    raise MessageError(f"what it said is no message: {why}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MOST_TEXT:
        _refuse("a text is missing or too long")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        _refuse("a name is not of small letters, digits and underscores")
    return value


def _path(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith("/") or "\0" in value or len(value) > _MOST_PATH:
        _refuse("a path is not absolute")
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeError:
        _refuse("a path has a character that is none")
    return value


def _host(value: Any) -> str:
    if not isinstance(value, str) or not _HOST.fullmatch(value):
        _refuse("that is no host")
    return value


def _port(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 16:
        _refuse("that is no port")
    return value


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        _refuse("a list is missing or too long")
    return value


def _row(value: Any) -> Row:
    if not isinstance(value, dict) or len(value) > _MOST_COLUMNS:
        _refuse("a row is no object, or too long")
    return {_word(key): _cell(each) for key, each in value.items()}


def _cell(value: Any) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float) and -_MOST_NUMBER < value < _MOST_NUMBER:
        return value
    _refuse("a value is neither text nor number")


def _rows(value: Any) -> tuple[Row, ...]:
    return tuple(_row(each) for each in _list(value, _MOST_ROWS))


def _triples(value: Any, most: int) -> tuple[tuple[str, str, str], ...]:
    found = []
    for each in _list(value, most):
        first, second, third = _list(each, 3) if isinstance(each, list) and len(each) == 3 else _refuse("not three")
        found.append((_text(first), _text(second), _text(third)))
    return tuple(found)


def _columns(value: Any) -> tuple[tuple[str, str, str], ...]:
    found = _triples(value, _MOST_COLUMNS)
    for key, _, unit in found:
        _word(key)
        if unit not in UNITS:
            _refuse(f"the unit of a column is one of {', '.join(UNITS)}")
    return found


def _failures(value: Any) -> tuple[tuple[str, str, str], ...]:
    return _triples(value, _MOST_ROWS)


def _notes(value: Any) -> tuple[str, ...]:
    return tuple(_text(each) for each in _list(value, _MOST_NOTES))


def _shape(value: Any) -> str:
    if value not in SHAPES:
        _refuse(f"the shape of a result is one of {', '.join(SHAPES)}")
    return str(value)


_KINDS: Final[dict[str, tuple[dict[str, Callable[[Any], Any]], Callable[..., Any]]]] = {
    "run": ({"program": _word, "values": _row}, Run),
    "trash": ({"path": _path}, Trash),
    "connect": ({"host": _host, "port": _port}, Connect),
    "secret": ({"name": _word}, Secret),
    "log": ({"text": _text}, Log),
    "rows": ({"rows": _rows}, Rows),
    "done": (
        {"shape": _shape, "columns": _columns, "message": _text, "notes": _notes, "failures": _failures},
        Done,
    ),
    "failed": ({"kind": _text, "message": _text, "hint": _text}, Failed),
}
