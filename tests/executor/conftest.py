"""Fixtures of the executor's tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with the real verbs, table, gate and jobs."""
    made = House(tmp_path)
    yield made
    made.close()
