"""What a person decided about plugins: which ones may be used, where they are, and what each was granted."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nlsh.errors import OperationFailed


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One plugin: whether it is used, the folder that it is in (empty: it comes with nlsh), and its grants.

    A grant is a capability as it was agreed to, command lines and a digest of the plugin's files included: a plugin
    that wants others later, or has other files, asks again. `authored` says that it is in the folder of its author,
    who changes it all the time: its grants do without the digest. `revoked` are those that were taken back of what a
    bundled plugin has from the start.
    """

    enabled: bool = True
    folder: str = ""
    authored: bool = False
    granted: tuple[str, ...] = ()
    revoked: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Records:
    """The records in the file at `path`, mode 0600, by name of the plugin."""

    path: Path

    def all(self) -> dict[str, Record]:
        """Every record; none where the file cannot be read or is not what it should be."""
        try:
            data = json.loads(self.path.read_bytes())
            return {str(name): _record(each) for name, each in data["plugins"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def of(self, name: str) -> Record:
        """The record of one plugin, the default where there is none."""
        return self.all().get(name, Record())

    def change(self, name: str, **values: Any) -> None:
        """Change values of one record; OperationFailed where that cannot be kept."""
        with self._held() as records:
            records[name] = replace(records.get(name, Record()), **values)

    def drop(self, name: str) -> None:
        """Forget a plugin."""
        with self._held() as records:
            records.pop(name, None)

    @contextmanager
    def _held(self) -> Iterator[dict[str, Record]]:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            lock = os.open(self.path.with_suffix(".lock"), flags, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                records = self.all()
                yield records
                self._write(records)
            finally:
                os.close(lock)
        except OSError as error:
            raise OperationFailed(f"cannot keep what was decided about plugins in {self.path}: {error}") from error

    def _write(self, records: dict[str, Record]) -> None:
        partial = self.path.with_suffix(f".{os.getpid()}.part")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps({"plugins": {name: asdict(each) for name, each in records.items()}}, indent=1))
        partial.replace(self.path)


def _record(data: dict[str, Any]) -> Record:
    return Record(
        enabled=bool(data["enabled"]),
        folder=str(data["folder"]),
        authored=data.get("authored") is True,
        granted=tuple(str(each) for each in data["granted"]),
        revoked=tuple(str(each) for each in data["revoked"]),
    )
