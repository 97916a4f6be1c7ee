"""The catalogue: which models can be installed by name, from where, and how each file is told from a wrong one."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from nlsh.errors import ModelError

Style = Literal["trained", "general"]
Origin = Literal["file", "published", "server"]

CHECKSUM_FROM: Mapping[str, str] = {"file": "hashed", "published": "published", "server": "by server"}
"""Where a checksum comes from, in a word for a table."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.gguf")
_HASH = re.compile(r"[0-9a-f]{64}")
_SOURCE = re.compile(r"https://[^\s]+|pypi:[A-Za-z0-9._-]+==[0-9A-Za-z.+!]+#[^\s]+")


@dataclass(frozen=True, kw_only=True)
class Model:
    """One entry, with the meanings that stand at the top of catalogue.toml. Sizes are bytes, `context` is tokens."""

    name: str
    title: str
    file: str
    licence: str
    sources: tuple[str, ...]
    sha256: str
    sha256_from: Origin
    style: Style
    context: int
    size: int = 0
    download: int = 0
    adapter: str = ""
    note: str = ""

    @property
    def installed_as(self) -> str:
        """The name of the file that is run: the downloaded one, or what is built from it and the adapter."""
        return f"{self.name}.gguf" if self.adapter else self.file

    @property
    def transfer(self) -> int:
        """Bytes that an install fetches; 0 where the server states them."""
        return self.download or self.size


class Catalogue:
    """The models there are, by name, in the order of the file."""

    def __init__(self, models: Iterable[Model], *, default: str) -> None:
        self._models = {model.name: model for model in models}
        self.default = default

    @classmethod
    def load(cls, path: Path | None = None) -> Catalogue:
        """Read the packaged catalogue, or the one at `path`; ModelError names the entry and key that are wrong."""
        source = path or files("nlsh.models").joinpath("catalogue.toml")
        try:
            data = tomllib.loads(source.read_text(encoding="utf-8"))
            models = [_model(entry) for entry in data["model"]]
            return cls(models, default=_default(data, models))
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(
                f"the model catalogue {source} cannot be read: {error}", hint="install nlsh again"
            ) from error

    def __iter__(self) -> Iterator[Model]:
        return iter(self._models.values())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._models

    def __getitem__(self, name: str) -> Model:
        model = self._models.get(name.lower())
        if model is None:
            close = difflib.get_close_matches(name.lower(), self._models, n=1)
            hint = f"did you mean {close[0]}?" if close else "nlshctl model list shows those there are"
            raise ModelError(f"there is no model called {name!r}", hint=hint)
        return model


def _default(data: Mapping[str, Any], models: list[Model]) -> str:
    names = [model.name for model in models]
    if len(set(names)) != len(names):
        raise ValueError("two models have the same name")
    if data["default"] not in names:
        raise ValueError(f"the default {data['default']!r} is not among the models")
    return str(data["default"])


def _model(entry: Mapping[str, Any]) -> Model:
    name = entry.get("name", "?")
    unknown = set(entry) - {field.name for field in fields(Model)}
    missing = {field.name for field in fields(Model) if field.default is MISSING} - set(entry)
    if unknown or missing:
        raise ValueError(f"{name}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    model = Model(**{**entry, "sources": tuple(entry["sources"])})
    for wrong in _mistakes(model):
        raise ValueError(f"{name}: {wrong}")
    return model


def _mistakes(model: Model) -> Iterator[str]:
    if not _NAME.fullmatch(model.name):
        yield "the name is not lower case"
    if not _FILE.fullmatch(model.file):
        yield f"{model.file!r} is not the name of a GGUF file"
    if not model.licence or not model.sources:
        yield "the licence or the source is missing"
    for source in model.sources:
        if not _SOURCE.fullmatch(source):
            yield f"{source!r} is no source"
    if model.style not in ("trained", "general") or model.sha256_from not in CHECKSUM_FROM:
        yield "style or sha256_from is unknown"
    if bool(model.sha256) is (model.sha256_from == "server") or (model.sha256 and not _HASH.fullmatch(model.sha256)):
        yield "sha256 must be 64 hexadecimal digits, or empty where the server states it"
    if min(model.size, model.download) < 0 or model.context <= 0:
        yield "a size is negative"
