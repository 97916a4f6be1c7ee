"""What all tests share: the model that is tested with."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nlsh.config import Folders, Settings
from nlsh.errors import ModelError
from nlsh.models.catalogue import Catalogue
from nlsh.models.store import Store

FOLDERS = Folders.of_user()
"""Found before any test gives itself a home of its own."""


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The default model, or the file in NLSH_TEST_MODEL. Without one such tests are skipped, and in CI they fail."""
    given = os.environ.get("NLSH_TEST_MODEL")
    if given:
        return Path(given)
    try:
        return Store(FOLDERS.models, Catalogue.load()).resolve(Settings()).path
    except ModelError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{error.message}; {error.hint}")
