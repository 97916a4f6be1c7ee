"""The trainer sees the weights that the build will write."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlsh.models.build import build
from tests.tiny_llama import matrices

torch = pytest.importorskip("torch")

from training import adapter as adapter_file  # noqa: E402
from training import base  # noqa: E402
from training.network import Adapter  # noqa: E402
from training.rounding import Rounding, rounded  # noqa: E402


@pytest.fixture
def adapter(base_file: Path) -> Adapter:
    """A random adapter."""
    torch.manual_seed(4)
    result = Adapter(base.read(base_file).shape, rank=4, alpha=8.0)
    for matrix in result.up.values():
        torch.nn.init.normal_(matrix, std=0.1)
    return result


def test_working_weights_plus_adapter_are_the_built_ones(base_file: Path, adapter: Adapter, tmp_path: Path) -> None:
    """After a refresh the network's weights, adapter and all, are those of the built model."""
    rounding = Rounding(base_file, torch.float32)
    rounding.refresh(adapter)
    written, built = tmp_path / "adapter.gguf", tmp_path / "built.gguf"
    adapter_file.write(adapter, base_file, written)
    build(base_file, written, built)
    down, up = adapter.joined(torch.float32)[1]["down"]
    ours = rounding.working.layers[1].down + (up @ down).detach()
    theirs = torch.from_numpy(matrices(built)["blk.1.ffn_down.weight"])
    # The adapter's file has half precision, so that a weight here and there is rounded to the next step.
    assert (ours - theirs).abs().gt(1e-3).float().mean() < 0.01


def test_embedding(base_file: Path) -> None:
    """The embedding, which nothing adapts, is the rounded one."""
    exact = base.read(base_file)
    assert torch.equal(Rounding(base_file, torch.float32).working.embedding, rounded(exact.embedding))
