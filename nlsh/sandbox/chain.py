"""The hash chain of the audit log: each line holds the hash of the one before it, and its own.

A line is canonical JSON (keys sorted, no white space, ASCII only). `hash` is the SHA-256 of the line without that key;
`prev` is the hash of the last line, or 64 zeros in the first one. The head, kept beside the log, is the number and the
hash of the last line: without it a cut at the end would not show.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

START = "0" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The last line of a log: its number, counted from 1, and its hash. No line at all is number 0."""

    seq: int = 0
    hash: str = START

    @classmethod
    def parse(cls, text: str) -> Head | None:
        """Read what `str` wrote; None where it is something else."""
        number, _, digest = text.strip().partition(" ")
        if not number.isascii() or not number.isdigit() or not _is_hash(digest):
            return None
        return cls(seq=int(number), hash=digest)

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}\n"


def canonical(record: Mapping[str, Any]) -> str:
    """The one way in which a record is written."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(record: Mapping[str, Any]) -> str:
    """The hash of a record, as 64 hexadecimal digits."""
    import hashlib

    bare = {key: value for key, value in record.items() if key != "hash"}
    return hashlib.sha256(canonical(bare).encode("ascii")).hexdigest()


def sealed(record: Mapping[str, Any], after: Head) -> tuple[str, Head]:
    """The line for a record that follows `after`, and the head that it then is."""
    numbered = {**record, "seq": after.seq + 1, "prev": after.hash}
    own = digest(numbered)
    return canonical({**numbered, "hash": own}), Head(seq=after.seq + 1, hash=own)


def record_of(line: str) -> dict[str, Any] | None:
    """The record of a line that is whole and not edited, whatever stands before it; None for any other."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or type(record.get("seq")) is not int or not _is_hash(record.get("prev")):
        return None
    try:
        return record if record.get("hash") == digest(record) and canonical(record) == line else None
    except ValueError:
        return None


def torn_mark(text: str) -> str:
    """What a record notes about torn lines right before it, so that a crash can be told from an edit."""
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What is wrong with a log, and at which line, counted from 1; 0 for the log as a whole."""

    line: int
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """What following the chain came to: how many whole records, the first fault, and notes that are no fault."""

    records: int
    fault: Fault | None = None
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the chain holds."""
        return self.fault is None


def follow(lines: Iterable[str], head: Head | None) -> Verification:
    """Follow the chain through the lines, to its first fault. `head` is what was kept beside the log, None if lost."""
    after, torn, torn_at, records = Head(), "", 0, 0
    for number, line in enumerate(lines, 1):
        record = record_of(line)
        if record is None:
            torn, torn_at = f"{torn}{line}\n", torn_at or number
            continue
        fault = _fault(record, number, after, torn, torn_at) or _against_head(record, number, head)
        if fault:
            return Verification(records=records, fault=fault)
        after, torn, torn_at, records = Head(seq=record["seq"], hash=record["hash"]), "", 0, records + 1
    return _ending(after, torn_at, records, head)


def _fault(record: Mapping[str, Any], number: int, after: Head, torn: str, torn_at: int) -> Fault | None:
    if torn and record.get("torn") != torn_mark(torn):
        return Fault(line=torn_at, reason="it was edited: what stands there is no whole record")
    if not torn and "torn" in record:
        return Fault(line=number, reason="the torn line that it tells of is gone")
    if record["seq"] > after.seq + 1:
        return Fault(line=number, reason=f"records {after.seq + 1} to {record['seq'] - 1} are missing before it")
    if record["seq"] != after.seq + 1 or record["prev"] != after.hash:
        return Fault(line=number, reason="it does not follow the record before it")
    return None


def _against_head(record: Mapping[str, Any], number: int, head: Head | None) -> Fault | None:
    if head and head.seq == record["seq"] and head.hash != record["hash"]:
        return Fault(line=number, reason="it is not the record that was written")
    return None


def _ending(after: Head, torn_at: int, records: int, head: Head | None) -> Verification:
    if head and head.seq > after.seq:
        reason = f"the last record is {after.seq}, but {head.seq} were written"
        return Verification(records=records, fault=Fault(line=torn_at, reason=reason))
    notes = []
    if torn_at:
        notes.append(f"line {torn_at} is torn, as a crash leaves it; nothing is lost before it")
    if head is None and records:
        notes.append("its head file is gone, so that records missing at the end would not show")
    return Verification(records=records, notes=tuple(notes))


def _is_hash(text: object) -> bool:
    return isinstance(text, str) and len(text) == 64 and set(text) <= set("0123456789abcdef")
