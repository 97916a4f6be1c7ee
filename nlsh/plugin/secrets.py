"""The secrets that a person has set for plugins: a file of mode 0600 each, away from everything that is a plugin's."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nlsh.errors import OperationFailed, UsageError

MOST_BYTES: Final = 8192
"""Bytes of one value in UTF-8."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """The secrets below `folder`, which has one of mode 0700 for each plugin. Names are those of a manifest."""

    folder: Path

    def names(self, plugin: str) -> frozenset[str]:
        """The secrets that are set for a plugin."""
        try:
            return frozenset(each.name for each in (self.folder / plugin).iterdir() if not each.name.startswith("."))
        except OSError:
            return frozenset()

    def read(self, plugin: str, name: str) -> str:
        """The value; OperationFailed where it is not set, or where others could read or change it."""
        path = self.folder / plugin / name
        hint = f"nlshctl plugin secret set {plugin} {name}"
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            raise OperationFailed(f"the secret {name} of {plugin} is not set", hint=hint) from None
        except OSError as error:
            raise OperationFailed(f"cannot read the secret {name} of {plugin}: {error.strerror}", hint=hint) from error
        with os.fdopen(file, "rb") as opened:
            about = os.fstat(file)
            if about.st_uid != os.geteuid() or about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise OperationFailed(f"the secret {name} of {plugin} is open to others: {path}", hint=hint)
            return opened.read(MOST_BYTES).decode("utf-8", "replace")

    def set(self, plugin: str, name: str, value: str) -> None:
        """Keep a value; UsageError for one that is empty or too long, OperationFailed where it cannot be kept."""
        data = value.encode("utf-8", "surrogateescape")
        if not 0 < len(data) <= MOST_BYTES:
            raise UsageError(f"a secret has 1 to {MOST_BYTES} bytes, and this one has {len(data)}")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            place = self.folder / plugin
            place.mkdir(mode=0o700, exist_ok=True)
            for each in (self.folder, place):
                each.chmod(0o700)
            file, partial = tempfile.mkstemp(dir=place, prefix=".")  # of mode 0600
            with os.fdopen(file, "wb") as opened:
                opened.write(data)
            Path(partial).replace(place / name)
        except OSError as error:
            raise OperationFailed(f"cannot keep the secret {name} of {plugin}: {error.strerror}") from error

    def remove(self, plugin: str, name: str) -> None:
        """Forget a value; OperationFailed where there is none, or where it stays."""
        try:
            (self.folder / plugin / name).unlink()
        except OSError as error:
            raise OperationFailed(f"cannot remove the secret {name} of {plugin}: {error.strerror}") from error

    def drop(self, plugin: str) -> None:
        """Forget all that was set for a plugin."""
        shutil.rmtree(self.folder / plugin, ignore_errors=True)
