"""An upgrade that brings a new adapter brings a new model."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nlsh.models import installed, rebuild
from nlsh.models.installed import Installed, Stamp


@pytest.fixture
def record(tmp_path: Path) -> Installed:
    """The record of a model whose base is named base.gguf."""
    made = Installed(name="nlsh-135m", file="m.gguf", sha256="", stamp=Stamp(), base="base.gguf", base_sha256="")
    installed.write(tmp_path, {made.name: made})
    return made


def test_without_its_base_nothing_is_built(tmp_path: Path, record: Installed) -> None:
    """Where the base is gone nothing is downloaded unasked."""
    assert not rebuild.rebuild_meanwhile(tmp_path, record.name)


def test_what_is_not_installed_is_not_built(tmp_path: Path) -> None:
    """A model that was never installed is not built either."""
    assert not rebuild.rebuild_meanwhile(tmp_path, "nlsh-135m")


@pytest.mark.model
def test_builds_the_installed_model_anew(model_file: Path, tmp_path: Path) -> None:
    """With the base at hand the model is built in the background, with the adapter that nlsh has now."""
    from nlsh.models.catalogue import Catalogue

    model = Catalogue.load()["nlsh-135m"]
    base = model_file.parent / model.file
    if not base.exists():
        pytest.skip("the tested model has no base beside it")
    (tmp_path / model.file).symlink_to(base)
    old = Installed(
        name=model.name,
        file=model.installed_as,
        sha256="old",
        stamp=Stamp(),
        base=model.file,
        base_sha256=model.sha256,
        adapter_sha256="old",
    )
    installed.write(tmp_path, {model.name: old})
    assert rebuild.rebuild_meanwhile(tmp_path, model.name)
    deadline = time.monotonic() + 100
    while installed.read(tmp_path)[model.name].adapter_sha256 == "old" and time.monotonic() < deadline:
        time.sleep(0.2)
    assert installed.read(tmp_path)[model.name].adapter_sha256 != "old"
    assert (tmp_path / model.installed_as).stat().st_size == model_file.stat().st_size
