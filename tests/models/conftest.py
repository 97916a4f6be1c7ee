"""What the tests of the models share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from model_server import ModelServer, serving
from tiny_gguf import write_gguf

from nlsh.models.download import Patience

HASTY = Patience(connect=2.0, stall=0.3, tries=3, backoff=0.01)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A running web server."""
    with serving() as running:
        yield running


@pytest.fixture
def hasty() -> Patience:
    """Little patience, so that the tests are quick."""
    return HASTY


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test server is on this machine, whatever proxies it is set up for."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def make_gguf() -> Callable[..., Path]:
    """Writes small sound GGUF files."""
    return write_gguf
