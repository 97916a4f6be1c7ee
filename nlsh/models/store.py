"""The models folder of one user: install, check, remove, choose, and find the model to run."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from nlsh.config import Settings
from nlsh.errors import ModelError
from nlsh.models import installed as records
from nlsh.models import memory
from nlsh.models.catalogue import Catalogue, Model, Style
from nlsh.models.choice import choose
from nlsh.models.download import PATIENCE, Fetched, Patience, require_space
from nlsh.models.gguf_check import check
from nlsh.models.installed import Installed, Stamp
from nlsh.models.part import Part, digest, sweep

ADAPTERS: Final = Path(__file__).with_name("adapters")
CONTEXT: Final[dict[Style, int]] = {"trained": 1024, "general": 4096}
"""Tokens of context that a model of each style is run with, and its need of memory reckoned for."""

_INSTALL: Final = "nlshctl model install"
_OWN: Final = "nlsh"


class Steps(Protocol):
    """Hears how an install goes: `what` is wait, fetch, check or build; bytes, or steps of the build; 0 is unknown."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


class Builder(Protocol):
    """Merges an adapter into a base model and writes the result, quantised, to `out`."""

    def __call__(
        self, base: Path, adapter: Path, out: Path, *, progress: Callable[[int, int], None] | None = None
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """The model to run. `adapter` says whether one of nlsh's is merged in; `sha256` is empty for a file of one's own.

    `outdated` means that this nlsh brings another adapter than the one it was built with: it runs, but reads less well
    than it could until `nlshctl model install` has built it anew.
    """

    path: Path
    style: Style
    name: str
    adapter: bool
    sha256: str
    outdated: bool = False


class Store:
    """The models in `folder`. `mirror` comes before the catalogue's sources; `builder` makes the default model."""

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        *,
        mirror: str = "",
        adapters: Path = ADAPTERS,
        builder: Builder | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self._mirror = mirror
        self._adapters = adapters
        self._builder = builder or _build
        self._patience = patience

    def installed(self) -> tuple[Installed, ...]:
        """What is recorded as installed and still there."""
        return records.present(self.folder)

    def install(
        self, name: str = "", progress: Steps | None = None, self_test: Callable[[Path], object] | None = None
    ) -> Path:
        """Fetch, check, build where needed, test and record a model, the default one if no name is given; its path.

        What is there and sound is not fetched or built again. `self_test` is given the finished file before it counts
        as installed, and raises where it does not work. ModelError says what failed; then nothing half-done stays.
        """
        model, heard = self.catalogue[name or self.catalogue.default], progress or _unheard
        if model.adapter and not (self._adapters / model.adapter).exists():
            raise ModelError(f"this nlsh lacks its adapter {self._adapters / model.adapter}", hint="install nlsh again")
        with self._locked(heard):
            sweep(self.folder)
            if self._sound(model, heard):
                return self.folder / model.installed_as
            base = self._base(model, heard)
            if model.adapter:
                self._build(model, base.path, heard, self_test)
            else:
                self._test(base.path, self_test)
            self._record(model, base)
        return self.folder / model.installed_as

    def remove(self, name: str) -> tuple[Path, ...]:
        """Remove a model, and its base unless another one needs it; the files that went."""
        with self._locked(_unheard):
            kept = records.read(self.folder)
            record = kept.pop(name.lower(), None)
            if record is None:
                raise ModelError(f"{name} is not installed", hint="nlshctl model list shows what is")
            needed = {file for each in kept.values() for file in (each.file, each.base)}
            gone = [self.folder / file for file in dict.fromkeys((record.file, record.base)) if file not in needed]
            records.write(self.folder, kept)
            for path in gone:
                path.unlink(missing_ok=True)
                Part(target=path).drop()
        return tuple(gone)

    def verify(self, name: str, progress: Steps | None = None) -> Installed:
        """Read all of an installed model and compare it with what was installed; ModelError where it differs."""
        record, heard = self._installed(name), progress or _unheard
        check(self.folder / record.file)
        for file, sha256 in {record.file: record.sha256, record.base: record.base_sha256}.items():
            path = self.folder / file
            if path.exists() and digest(path, lambda done, total: heard("check", done, total)) != sha256:
                raise ModelError(
                    f"{path} has changed since it was installed: its sha256 is no longer {sha256}",
                    hint=f"{_INSTALL} {record.name}",
                )
        return record

    def use(self, name_or_file: str, settings: Path) -> ModelFile:
        """Make an installed model, or a GGUF file of one's own, the one that nlsh runs, in the user's settings file."""
        chosen = self._named(name_or_file)
        choose(settings, chosen.name if name_or_file in self.catalogue else str(chosen.path))
        return chosen

    def chosen(self, settings: Settings) -> str:
        """The catalogue name or path of the model to run: the one set, else the default, else the only one installed.

        Empty where there is none to choose, or more than one.
        """
        if settings.model:
            return self.catalogue[settings.model].name if settings.model in self.catalogue else settings.model
        names = [each.name for each in self.installed()]
        if self.catalogue.default in names:
            return self.catalogue.default
        return names[0] if len(names) == 1 else ""

    def resolve(self, settings: Settings) -> ModelFile:
        """The model to run; ModelError with the next step where there is none, it is damaged, or memory is short."""
        chosen = self.chosen(settings)
        if chosen:
            return self._named(chosen)
        several = self.installed()
        if several:
            raise ModelError("no model is chosen", hint=f"{_INSTALL}, or nlshctl model use {several[0].name}")
        raise ModelError("no model is installed", hint=_INSTALL)

    def needs_rebuild(self, name: str = "") -> bool:
        """Whether the adapter of this nlsh is another than the one the installed model was built with."""
        model = self.catalogue[name or self.catalogue.default]
        record, adapter = records.read(self.folder).get(model.name), self._adapters / model.adapter
        if record is None or not model.adapter:
            return False
        stamp = Stamp.of(adapter)
        return stamp not in (None, record.adapter_stamp) and digest(adapter) != record.adapter_sha256

    def _installed(self, name: str) -> Installed:
        model = self.catalogue[name]
        record = records.read(self.folder).get(model.name)
        if record is None or not (self.folder / record.file).exists():
            raise ModelError(f"the model {model.name} is not installed", hint=f"{_INSTALL} {model.name}")
        return record

    def _of_record(self, record: Installed) -> ModelFile:
        """An installed model; its header is read again only if the file was touched since it was checked whole."""
        model, path = self.catalogue[record.name], self.folder / record.file
        stamp = Stamp.of(path)
        if stamp != record.stamp:
            check(path)
            if stamp and stamp.size != record.stamp.size:
                raise ModelError(f"{path} is not the file that was installed", hint=f"{_INSTALL} {record.name}")
        memory.require(record.memory, path)
        return ModelFile(
            path=path,
            style=model.style,
            name=model.name,
            adapter=bool(model.adapter),
            sha256=record.sha256,
            outdated=self.needs_rebuild(model.name),
        )

    def _named(self, text: str) -> ModelFile:
        """The model of a catalogue name, or of a path."""
        path = Path(text).expanduser().absolute()
        looks_like_a_path = "/" in text or text.endswith(".gguf") or path.is_file()
        if text in self.catalogue or not looks_like_a_path:
            return self._of_record(self._installed(text))
        header = check(path)
        style: Style = "trained" if header.name.lower().startswith(_OWN) else "general"
        memory.require(memory.needed(header, context=CONTEXT[style]), path)
        return ModelFile(path=path, style=style, name=path.stem, adapter=style == "trained", sha256="")

    def _sound(self, model: Model, heard: Steps) -> bool:
        """Whether the model is installed, unchanged, and what this nlsh would install."""
        record = records.read(self.folder).get(model.name)
        path = self.folder / model.installed_as
        if record is None or record.file != path.name or not path.exists() or self.needs_rebuild(model.name):
            return False
        if model.sha256 and model.sha256 != record.base_sha256:
            return False
        if digest(path, lambda done, total: heard("check", done, total)) != record.sha256:
            return False
        self._renew(record)
        return True

    def _base(self, model: Model, heard: Steps) -> Fetched:
        """The downloaded file: the one that is there if it is the right one, else a fresh one."""
        path = self.folder / model.file
        known = model.sha256 or next(
            (each.base_sha256 for each in records.read(self.folder).values() if each.base == model.file), ""
        )
        if path.exists():
            found = digest(path, lambda done, total: heard("check", done, total))
            if found == known:
                return Fetched(path=path, sha256=found, size=path.stat().st_size, source=self._source_of(model))
        from nlsh.models.fetch import fetch  # brings zipfile and subprocess, which a start without a download can spare

        require_space(self.folder, model.size * (2 if model.adapter else 1))
        return fetch(
            model,
            self.folder,
            mirror=self._mirror,
            progress=lambda done, total: heard("fetch", done, total),
            patience=self._patience,
        )

    def _source_of(self, model: Model) -> str:
        """Where the file that is already there came from."""
        found = (each.source for each in records.read(self.folder).values() if each.base == model.file)
        return next(found, "was there already")

    def _build(self, model: Model, base: Path, heard: Steps, self_test: Callable[[Path], object] | None) -> None:
        adapter, part = self._adapters / model.adapter, Part(target=self.folder / model.installed_as)
        part.drop()
        try:
            self._builder(base, adapter, part.path, progress=lambda done, total: heard("build", done, total))
            check(part.path)
            if self_test:
                self_test(part.path)
            part.finish()
        finally:
            part.drop()

    def _test(self, path: Path, self_test: Callable[[Path], object] | None) -> None:
        """Check and test a file as it came; where it does not work and nobody else needs it, it goes."""
        try:
            check(path)
            if self_test:
                self_test(path)
        except ModelError:
            if path.name not in {each.base for each in records.read(self.folder).values()}:
                path.unlink(missing_ok=True)
            raise

    def _record(self, model: Model, base: Fetched) -> None:
        path, adapter = self.folder / model.installed_as, self._adapters / model.adapter
        record = Installed(
            name=model.name,
            file=path.name,
            sha256=digest(path) if model.adapter else base.sha256,
            stamp=Stamp.of(path) or Stamp(),
            base=model.file,
            base_sha256=base.sha256,
            memory=memory.needed(check(path), context=min(model.context, CONTEXT[model.style])),
            when=time.time(),
            source=base.source,
        )
        if model.adapter:
            record = replace(record, adapter_sha256=digest(adapter), adapter_stamp=Stamp.of(adapter) or Stamp())
        records.write(self.folder, {**records.read(self.folder), model.name: record})

    def _renew(self, record: Installed) -> None:
        """Note the files' new times where only these have changed, so that a start need not look closer."""
        adapter = self._adapters / self.catalogue[record.name].adapter
        stamp, adapter_stamp = Stamp.of(self.folder / record.file), Stamp.of(adapter) if adapter.is_file() else None
        fresh = replace(record, stamp=stamp or record.stamp, adapter_stamp=adapter_stamp or record.adapter_stamp)
        if fresh != record:
            records.write(self.folder, {**records.read(self.folder), record.name: fresh})

    @contextmanager
    def _locked(self, heard: Steps) -> Iterator[None]:
        """Hold the folder for oneself; a second install waits for the first. Errors of the disk become ModelError."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / ".lock").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    heard("wait", 0, 0)
                    fcntl.flock(lock, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ModelError(
                f"cannot write to {self.folder}: {error}",
                hint="make it writable, or set NLSH_HOME to a folder that is",
            ) from error


def _unheard(what: str, done: int, total: int) -> None:
    """Tell nobody."""


def _build(base: Path, adapter: Path, out: Path, *, progress: Callable[[int, int], None] | None = None) -> None:
    """The real builder, imported only when there is something to build."""
    from nlsh.models.build import build

    build(base, adapter, out, progress=progress)
