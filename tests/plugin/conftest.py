"""What the tests of plugins share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlsh.plugin.host import Host
from tests.plugin.making import Perform, performing, places, plugin


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host whose programs are those in `bin`, and no others."""
    made = Host(places(tmp_path), search=(str(tmp_path / "bin"),))
    yield made
    made.close()


@pytest.fixture
def made(host: Host, tmp_path: Path) -> Callable[..., Perform]:
    """Makes a plugin of this code and gives what carries out its verbs."""
    return lambda body, **more: performing(host, plugin(tmp_path / "plugins", body, **more))
