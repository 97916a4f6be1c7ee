"""A file that is still being fetched, beside the place where it will stand.

`NAME.part` has the bytes, `NAME.part.json` the address and the entity tag that let a later run go on with it. Without
the second the first is of no use: `sweep` removes it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SUFFIX: Final = ".part"
_BLOCK: Final = 1 << 20
SCRATCH: Final = ".fetch-"
"""What the name of a scratch folder inside the models folder begins with."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The unfinished copy of `target`."""

    target: Path

    @property
    def path(self) -> Path:
        """Where its bytes are."""
        return self.target.with_name(self.target.name + _SUFFIX)

    @property
    def note(self) -> Path:
        """Where it is noted what it is a part of."""
        return self.target.with_name(self.target.name + _SUFFIX + ".json")

    def tag(self, url: str) -> str:
        """The entity tag with which the download of `url` can be resumed; empty where it cannot."""
        try:
            noted = json.loads(self.note.read_text(encoding="utf-8"))
            fits = isinstance(noted, dict) and noted.get("url") == url and self.path.stat().st_size > 0
            return str(noted["etag"]) if fits else ""
        except (OSError, ValueError, KeyError):
            return ""

    def resumable(self, url: str, etag: str) -> None:
        """Note that `url`, while it has this entity tag, can be asked for the rest."""
        self.note.write_text(json.dumps({"url": url, "etag": etag}), encoding="utf-8")

    def not_resumable(self) -> None:
        """Forget how to go on."""
        self.note.unlink(missing_ok=True)

    def drop(self) -> None:
        """Remove every trace."""
        self.note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def drop_unless_resumable(self) -> None:
        """Remove what nobody could go on with."""
        if not (self.note.exists() and self.path.exists() and self.path.stat().st_size):
            self.drop()

    def finish(self) -> None:
        """Make it the file that it is a part of: on the disk first, then under its name, all at once."""
        flush(self.path)
        self.path.replace(self.target)
        self.note.unlink(missing_ok=True)
        flush(self.target.parent)


def digest(path: Path, progress: Callable[[int, int], None] | None = None) -> str:
    """The sha256 of a file in hexadecimal; `progress` hears bytes done and in all."""
    import hashlib  # with all of OpenSSL, and a start rarely needs it

    found, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
            done += len(block)
            if progress:
                progress(done, total)
    return found.hexdigest()


def flush(path: Path) -> None:
    """Wait until a file or a folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, text: str) -> None:
    """Replace a small file all at once, with the mode it had; a symbolic link stays one."""
    real = path.resolve()
    real.parent.mkdir(parents=True, exist_ok=True)
    part = Part(target=real)
    try:
        part.path.write_text(text, encoding="utf-8")
        if real.exists():
            shutil.copymode(real, part.path)
        part.finish()
    except BaseException:
        part.path.unlink(missing_ok=True)
        raise


def sweep(folder: Path) -> None:
    """Remove what a killed run left that no later one can use. The caller holds the folder's lock."""
    for path in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(f"*{_SUFFIX}"):
        Part(target=path.with_name(path.name.removesuffix(_SUFFIX))).drop_unless_resumable()
    for path in folder.glob(f"*{_SUFFIX}.*"):  # notes, and what a builder or writer put beside its part
        if path.suffix != ".json" or not path.with_name(path.name.removesuffix(".json")).exists():
            path.unlink(missing_ok=True)
