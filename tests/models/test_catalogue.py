"""The packaged catalogue is sound, and an unsound one is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nlsh.errors import ModelError
from nlsh.models.catalogue import CHECKSUM_FROM, Catalogue, Model

ENTRY = """
default = "tiny"
[[model]]
name = "tiny"
title = "a tiny model"
file = "tiny.gguf"
licence = "Apache-2.0"
sources = ["https://example.org/tiny.gguf"]
sha256 = ""
sha256_from = "server"
style = "general"
context = 1024
"""


@pytest.mark.parametrize("model", list(Catalogue.load()), ids=lambda model: model.name)
def test_every_entry_can_be_installed_and_checked(model: Model) -> None:
    """Each has a licence, sources pinned to one version, and a hash or the statement that the server gives it."""
    assert model.licence and model.title and model.sources
    for source in model.sources:
        assert re.search(r"/resolve/[0-9a-f]{40}/|==\d", source), f"{source} can change under the same address"
        assert source.endswith(model.file)
    assert re.fullmatch(r"[0-9a-f]{64}", model.sha256) if model.sha256_from != "server" else model.sha256 == ""
    assert model.sha256_from in CHECKSUM_FROM
    assert model.size > 50_000_000 and 0 < model.transfer <= model.size


def test_the_default_is_the_trained_one_on_its_base() -> None:
    """Only the default has an adapter; its base is listed too, as a general model."""
    catalogue = Catalogue.load()
    default, base = catalogue[catalogue.default], catalogue["smollm2-135m-instruct"]
    assert (default.name, default.style, default.installed_as) == ("nlsh-135m", "trained", "nlsh-135m.gguf")
    assert (base.style, base.sha256, base.file) == ("general", default.sha256, default.file)
    assert [model.name for model in catalogue if model.adapter] == [default.name]


def test_names_are_found_in_any_case_and_typos_are_helped() -> None:
    """A wrong name is an error with the nearest right one."""
    catalogue = Catalogue.load()
    assert "Qwen3-0.6B" in catalogue and catalogue["Qwen3-0.6B"].name == "qwen3-0.6b"
    with pytest.raises(ModelError) as caught:
        catalogue["qwen3-0.6"]
    assert caught.value.hint == "did you mean qwen3-0.6b?"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('sha256 = ""', 'sha256 = "abc"', "64 hexadecimal"),
        ('sha256_from = "server"', 'sha256_from = "file"', "64 hexadecimal"),
        ('sha256_from = "server"', 'sha256_from = "hearsay"', "unknown"),
        ('style = "general"', 'style = "odd"', "unknown"),
        ('licence = "Apache-2.0"', 'licence = ""', "licence"),
        ('licence = "Apache-2.0"\n', "", "missing"),
        ("https://", "http://", "no source"),
        ('file = "tiny.gguf"', 'file = "../tiny.gguf"', "GGUF"),
        ('name = "tiny"', 'name = "Tiny"', "lower case"),
        ("context = 1024", "context = 1024\ncolour = 1", "colour"),
        ('default = "tiny"', 'default = "huge"', "not among"),
        ("context = 1024", "context = 0", "negative"),
        ("[[model]]", "[[model", "cannot be read"),
    ],
)
def test_a_wrong_entry_is_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    """Each kind of mistake is told with the entry it is in."""
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY)
    assert [model.name for model in Catalogue.load(path)] == ["tiny"]
    path.write_text(ENTRY.replace(old, new, 1))
    with pytest.raises(ModelError, match=words):
        Catalogue.load(path)
