"""The adapter file: half precision, named as llama.cpp names it, bound to its base."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest

from nlsh.models.part import digest
from tests.tiny_llama import LAYERS, MATRICES

torch = pytest.importorskip("torch")

from training import adapter, base  # noqa: E402
from training.network import Adapter  # noqa: E402


@pytest.fixture
def written(base_file: Path, tmp_path: Path) -> Path:
    """An untrained adapter's file."""
    torch.manual_seed(3)
    path = tmp_path / "adapter.gguf"
    adapter.write(Adapter(base.read(base_file).shape, rank=8, alpha=16.0), base_file, path)
    return path


def test_metadata(written: Path, base_file: Path) -> None:
    """It says what it is, for which base, under which licence."""
    wanted = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 16.0,
        "general.license": "apache-2.0",
        "general.version": adapter.VERSION,
        "nlsh.base.sha256": digest(base_file),
    }
    fields = gguf.GGUFReader(written).fields
    assert {key: fields[key].contents() for key in wanted} == wanted


def test_tensors(written: Path) -> None:
    """Each matrix of the model has its pair, in float16: (rank, in) and (out, rank)."""
    found = {tensor.name: tensor.data for tensor in gguf.GGUFReader(written).tensors}
    assert len(found) == 2 * LAYERS * len(MATRICES)
    for name, (rows, columns) in MATRICES.items():
        assert found[f"blk.1.{name}.weight.lora_a"].shape == (8, columns)
        assert found[f"blk.1.{name}.weight.lora_b"].shape == (rows, 8)
    assert {data.dtype for data in found.values()} == {np.dtype(np.float16)}
    assert not list(written.parent.glob("*.part"))


def test_what_is_written_can_be_trained_on(written: Path, base_file: Path) -> None:
    """An adapter comes back from its file as it was, in half precision."""
    torch.manual_seed(4)
    other = Adapter(base.read(base_file).shape, rank=8, alpha=16.0)
    adapter.read_into(other, written)
    torch.manual_seed(3)
    first = Adapter(base.read(base_file).shape, rank=8, alpha=16.0)
    for name, matrix in first.state_dict().items():
        assert torch.equal(other.state_dict()[name], matrix.half().float())


def test_an_adapter_of_another_rank_is_refused(written: Path, base_file: Path) -> None:
    """Its matrices would not fit."""
    with pytest.raises(ValueError, match="rank 4"):
        adapter.read_into(Adapter(base.read(base_file).shape, rank=4, alpha=8.0), written)
