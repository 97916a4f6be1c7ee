"""How bash stands after a command, as it says it itself."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Any

FIELDS = 8
"""Fields of a message, each ended by a null byte."""
_EXPORT = re.compile(
    rb"""(?:declare\ -(?P<flags>\S+)|export)\ (?P<name>\w+)
         (?:=(?:"(?P<double>(?:[^"\\]|\\.)*)"|\$'(?P<ansi>(?:[^'\\]|\\.)*)'))?\n""",
    re.VERBOSE | re.DOTALL,
)
_DOUBLE = re.compile(rb'\\([$`"\\])')
_ANSI = re.compile(rb"\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"e": b"\x1b", b"E": b"\x1b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_LETTERS |= {b"v": b"\v"}


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """The exit status of the last command, the folder, the process groups of the jobs and the current one of them (0
    for none), the exported variables, and the names of aliases and functions."""

    status: int = 0
    folder: bytes = b""
    jobs: tuple[int, ...] = ()
    current: int = 0
    exports: bytes = field(default=b"", repr=False)
    names: frozenset[str] = frozenset()


def read(fields: list[bytes]) -> State:
    """The state in the fields of a message, those of `__nlsh_over` in init.bash."""
    _, _, status, folder, jobs, current, exports, names = fields
    return State(
        status=int(status),
        folder=folder,
        jobs=tuple(int(pid) for pid in jobs.split()),
        current=int(current.split()[0]) if current.split() else 0,
        exports=exports,
        names=frozenset(os.fsdecode(names).splitlines()),
    )


def environment(exports: bytes) -> dict[bytes, bytes]:
    """The variables that `export -p` shows, those without a value and arrays left out, which no program gets either."""
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(exports):
        match = _EXPORT.match(exports, at)
        if match is None:
            following = exports.find(b"\ndeclare -", at)
            at = len(exports) if following < 0 else following + 1
            continue
        at = match.end()
        value = _value(match)
        if value is not None:
            found[match["name"]] = value
    return found


def _value(match: re.Match[bytes]) -> bytes | None:
    if match["double"] is not None:
        return _DOUBLE.sub(rb"\1", match["double"])
    return None if match["ansi"] is None else _ANSI.sub(_escape, match["ansi"])


def _escape(match: re.Match[Any]) -> bytes:
    if match[1] or match[2]:
        return bytes([int(match[1], 8) & 0xFF if match[1] else int(match[2], 16)])
    return _LETTERS.get(match[3], bytes(match[3]))
