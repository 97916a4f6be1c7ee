"""Finds the marks of bash in what comes out of its terminal, and leaves all else as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["A", "C", "D", "P"]
_KINDS = (b"A", b"C", b"D", b"P")
_DIGITS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Bash waits for a line (A) or for more of it (P), a command begins (C) or is over (D); `turn` counts commands."""

    kind: Kind
    turn: int


class Marks:
    """Splits a stream of bytes; a mark that is not whole yet is kept until the rest of it comes."""

    def __init__(self, secret: str) -> None:
        self._heads = [b"\x1b]133;" + kind + b";nlsh=" + secret.encode("ascii") + b";" for kind in _KINDS]
        self._whole = re.compile(rb"\x1b\]133;([ACDP]);nlsh=" + secret.encode("ascii") + rb";(\d{1,20})\x07")
        self._longest = len(self._heads[0]) + _DIGITS
        self._kept = b""

    def feed(self, data: bytes) -> Iterator[bytes | Mark]:
        """What there is of output and marks, in order."""
        data, self._kept = self._kept + data, b""
        done = 0
        for found in self._whole.finditer(data):
            if found.start() > done:
                yield data[done : found.start()]
            yield Mark(kind=cast("Kind", found[1].decode("ascii")), turn=int(found[2]))
            done = found.end()
        end = self._begun(data, done)
        self._kept = data[end:]
        if end > done:
            yield data[done:end]

    def _begun(self, data: bytes, done: int) -> int:
        """Where a mark begins that is not whole yet; the end of the data where none does."""
        at = data.rfind(b"\x1b", max(done, len(data) - self._longest))
        return at if at >= 0 and any(_could_be(data[at:], head) for head in self._heads) else len(data)


def _could_be(tail: bytes, head: bytes) -> bool:
    return head.startswith(tail) or (tail.startswith(head) and tail[len(head) :].isdigit())
