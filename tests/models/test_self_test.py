"""The self-test runs a model in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.config import Folders, Settings
from nlsh.errors import ModelError
from nlsh.models.catalogue import Catalogue
from nlsh.models.self_test import self_test
from nlsh.models.store import Store


def test_a_file_that_llama_cpp_cannot_run_fails(tmp_path: Path, make_gguf: Callable[..., Path]) -> None:
    """A sound GGUF file that is no whole network is found out, and nothing crashes here."""
    with pytest.raises(ModelError):
        self_test(make_gguf(tmp_path / "tiny.gguf"))


@pytest.mark.model
def test_the_installed_model_passes() -> None:
    """The model that nlsh would run answers."""
    try:
        found = Store(Folders.of_user().models, Catalogue.load()).resolve(Settings())
    except ModelError as error:
        pytest.skip(error.message)
    self_test(found.path)
