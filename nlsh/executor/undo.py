"""What can be taken back: the values from before a change, kept until the machine restarts."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlsh.target import ProcessId

_KEPT = 100
"""Entries; older ones are forgotten."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restore:
    """One value to put back: `what` names the kind (`nice`, `affinity`, `stopped`, ...), `value` is JSON."""

    id: ProcessId
    what: str
    value: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class UndoEntry:
    """One change: the verb that made it, what it was in words, when (unix time), and what puts it back."""

    verb: str
    description: str
    restores: tuple[Restore, ...]
    time: float = 0.0


class UndoLog:
    """The changes that can be taken back, oldest first, in a JSON file of mode 0600.

    Where the file cannot be written (a full disk, a read-only home) the log lives in memory until nlsh ends: a change
    is not refused because it could not be taken back tomorrow.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._memory: list[UndoEntry] | None = None

    def record(self, verb: str, description: str, restores: tuple[Restore, ...]) -> None:
        """Append a change; nothing where there is nothing to put back."""
        if restores:
            entry = UndoEntry(verb=verb, description=description, restores=restores, time=time.time())
            with self._held() as entries:
                entries.append(entry)

    @contextmanager
    def change(self, verb: str, description: str) -> Iterator[list[Restore]]:
        """Gather what puts a change back while it is made, and record that at the end, whatever came in between."""
        restores: list[Restore] = []
        try:
            yield restores
        finally:
            self.record(verb, description, tuple(restores))

    def last(self, n: int = 1) -> UndoEntry | None:
        """The newest change, or the n-th newest; None where there is none."""
        entries = self._entries()
        return entries[-n] if 0 < n <= len(entries) else None

    def take(self) -> UndoEntry | None:
        """Remove the newest change and return it; None where there is none."""
        with self._held() as entries:
            return entries.pop() if entries else None

    def first(self, id: ProcessId, what: str) -> Restore | None:
        """The oldest value of this kind that is known of the process: what it had before nlsh touched it."""
        return next((r for e in self._entries() for r in e.restores if r.id == id and r.what == what), None)

    @contextmanager
    def _held(self) -> Iterator[list[UndoEntry]]:
        """The entries, to be changed in place, while no other nlsh can."""
        with self._lock():
            entries = self._entries()
            yield entries
            self._write(entries[-_KEPT:])

    @contextmanager
    def _lock(self) -> Iterator[None]:
        descriptor = -1
        with suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def _entries(self) -> list[UndoEntry]:
        if self._memory is not None:
            return list(self._memory)
        try:
            data = json.loads(self.path.read_bytes())
            return [_entry(each) for each in data["entries"]] if data["boot"] == boot_id() else []
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def _write(self, entries: list[UndoEntry]) -> None:
        data = {"boot": boot_id(), "entries": [_as_json(entry) for entry in entries]}
        partial = self.path.with_suffix(f".{os.getpid()}.part")
        try:
            partial.touch(mode=0o600)
            partial.write_text(json.dumps(data), encoding="utf-8")
            partial.replace(self.path)
            self._memory = None
        except OSError:
            self._memory = entries


def boot_id() -> str:
    """The id of this boot: pids and start times of another mean nothing."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _as_json(entry: UndoEntry) -> dict[str, Any]:
    restores = [{"pid": r.id.pid, "start": r.id.start, "what": r.what, "value": r.value} for r in entry.restores]
    return {"verb": entry.verb, "description": entry.description, "time": entry.time, "restores": restores}


def _entry(data: dict[str, Any]) -> UndoEntry:
    return UndoEntry(
        verb=str(data["verb"]),
        description=str(data["description"]),
        time=float(data["time"]),
        restores=tuple(
            Restore(id=ProcessId(pid=int(r["pid"]), start=int(r["start"])), what=str(r["what"]), value=r["value"])
            for r in data["restores"]
        ),
    )
