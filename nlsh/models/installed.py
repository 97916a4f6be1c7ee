"""What is installed: one small JSON file beside the models, written whole each time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from nlsh.models.part import write_whole

FILE: Final = "installed.json"
_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What tells without reading a file whether it is still the same: bytes, and nanoseconds of its last change."""

    size: int = 0
    changed: int = 0

    @classmethod
    def of(cls, path: Path) -> Stamp | None:
        """The stamp of a file as it is now, None where there is none."""
        try:
            state = path.stat()
        except OSError:
            return None
        return cls(size=state.st_size, changed=state.st_mtime_ns)


@dataclass(frozen=True, kw_only=True)
class Installed:
    """One installed model.

    `file` is what is run and `base` what was downloaded, names in the models folder, the same where nothing was built;
    `sha256`, `base_sha256` and `adapter_sha256` (empty where there is no adapter) are what they were then. `memory` is
    the bytes it needs, `when` unix time, `source` where the base came from.
    """

    name: str
    file: str
    sha256: str
    stamp: Stamp
    base: str
    base_sha256: str
    adapter_sha256: str = ""
    adapter_stamp: Stamp = Stamp()
    memory: int = 0
    when: float = 0.0
    source: str = ""


def read(folder: Path) -> dict[str, Installed]:
    """The records by name; none where the file is missing or unreadable, for then nothing is known to be installed."""
    try:
        data = json.loads((folder / FILE).read_text(encoding="utf-8"))
        entries = data["models"] if data["version"] == _VERSION else {}
        return {str(name): _record(str(name), entry) for name, entry in entries.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def present(folder: Path) -> tuple[Installed, ...]:
    """What is recorded as installed and still there."""
    return tuple(each for each in read(folder).values() if (folder / each.file).exists())


def write(folder: Path, records: Mapping[str, Installed]) -> None:
    """Replace the records."""
    models = {name: {k: v for k, v in asdict(record).items() if k != "name"} for name, record in records.items()}
    write_whole(folder / FILE, json.dumps({"version": _VERSION, "models": models}, indent=1) + "\n")


def _record(name: str, entry: Mapping[str, Any]) -> Installed:
    known = {field.name for field in fields(Installed)} - {"name"}
    values: dict[str, Any] = {key: value for key, value in entry.items() if key in known}
    for key in {"stamp", "adapter_stamp"} & values.keys():
        values[key] = Stamp(**values[key])
    return Installed(name=name, **values)
