"""The estimate of memory grows with what it depends on, and a shortage is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.errors import ModelError
from nlsh.models import memory
from nlsh.models.gguf_check import check
from nlsh.models.sizes import shown


def test_the_context_costs_its_keys_and_values(tmp_path: Path, make_gguf: Callable[..., Path]) -> None:
    """Each token costs two numbers of two bytes for each head of each layer: here 2 layers, 2 heads, 16 wide."""
    header = check(make_gguf(tmp_path / "tiny.gguf"))
    small, large = (memory.needed(header, context=context) for context in (100, 1100))
    assert large - small == 1000 * (2 + 2) * 16 * 2 * 2
    assert small > header.size - header.data


def test_the_kernel_says_what_is_free(tmp_path: Path) -> None:
    """MemAvailable is in kilobytes of 1024; where it is missing nothing is known."""
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable:    2048 kB\n")
    assert memory.available(meminfo) == 2048 * 1024
    meminfo.write_text("MemTotal: 9 kB\n")
    assert memory.available(meminfo) is None
    assert memory.available(tmp_path / "none") is None
    assert (memory.available() or 0) > 0


def test_too_little_memory_is_an_error_with_both_numbers(tmp_path: Path) -> None:
    """The error says how much is needed and how much there is."""
    memory.require(100, tmp_path / "m.gguf", free=100)
    with pytest.raises(ModelError, match=r"needs about 2\.0 GB of memory, 1\.5 GB is free"):
        memory.require(2_000_000_000, tmp_path / "m.gguf", free=1_500_000_000)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (98_362_432, "98 MB"), (1_117_320_736, "1.1 GB")],
)
def test_sizes_are_short(size: int, text: str) -> None:
    """Three figures at most, in powers of 1000."""
    assert shown(size) == text
