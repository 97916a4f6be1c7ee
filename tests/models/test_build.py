"""The build of the default model: merged right, whole or not there, and only from files that belong together."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest

from nlsh.errors import ModelError
from nlsh.models.build import NAME, build
from nlsh.models.gguf_check import check
from nlsh.models.part import digest
from tests.tiny_llama import ALPHA, MATRICES, RANK, matrices, write_adapter, write_base


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A small base model, quantised like the real one."""
    return write_base(tmp_path / "base.gguf")


@pytest.fixture
def adapter(tmp_path: Path, base: Path) -> Path:
    """An adapter for it."""
    return write_adapter(tmp_path / "adapter.gguf", base)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the result goes."""
    return tmp_path / "built" / "model.gguf"


@pytest.fixture(autouse=True)
def _folder(out: Path) -> None:
    out.parent.mkdir()


def test_every_matrix_is_base_plus_adapter(base: Path, adapter: Path, out: Path) -> None:
    """A merged matrix is W + alpha / rank * B @ A up to half a step of four bits, q and k in the same order of rows."""
    build(base, adapter, out)
    before, change, after = matrices(base), matrices(adapter), matrices(out)
    for name in (f"blk.{layer}.{matrix}.weight" for layer in (0, 1) for matrix in MATRICES):
        wanted = before[name] + ALPHA / RANK * change[f"{name}.lora_b"] @ change[f"{name}.lora_a"]
        blocks = wanted.reshape(-1, 32)
        # The steps go from -8 to 7: what lies beyond 7 is a whole step off.
        step = np.abs(blocks).max(axis=1, keepdims=True) / 8
        assert (np.abs(after[name].reshape(-1, 32) - blocks) <= step * 1.01).all()
        assert np.corrcoef(after[name].ravel(), wanted.ravel())[0, 1] > 0.99


def test_what_the_adapter_does_not_touch(base: Path, adapter: Path, out: Path) -> None:
    """The token embedding is as the base had it, rounded to Q4_0."""
    build(base, adapter, out)
    q4_0 = gguf.GGMLQuantizationType.Q4_0
    wanted = gguf.dequantize(gguf.quantize(matrices(base)["token_embd.weight"], q4_0), q4_0)
    assert np.array_equal(matrices(out)["token_embd.weight"], wanted)


def test_types(base: Path, adapter: Path, out: Path) -> None:
    """Matrices are Q4_0, the embedding too; norms stay in float32 and keep their values."""
    build(base, adapter, out)
    kinds = {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(out).tensors}
    assert {kind for name, kind in kinds.items() if "norm" in name} == {"F32"}
    assert {kind for name, kind in kinds.items() if "norm" not in name} == {"Q4_0"}
    assert np.array_equal(matrices(out)["output_norm.weight"], matrices(base)["output_norm.weight"])


def test_metadata(base: Path, adapter: Path, out: Path) -> None:
    """The metadata is the base's, arrays too, with another name, the file type and where it was made from."""
    build(base, adapter, out)
    before, after = (
        {name: field.contents() for name, field in gguf.GGUFReader(path).fields.items() if not name.startswith("GGUF.")}
        for path in (base, out)
    )
    added = {
        "general.name": NAME,
        "general.file_type": gguf.LlamaFileType.MOSTLY_Q4_0,
        "nlsh.base.sha256": digest(base),
        "nlsh.adapter.sha256": digest(adapter),
    }
    assert after == before | added


def test_the_result_is_sound(base: Path, adapter: Path, out: Path) -> None:
    """The file passes the header check, and nothing unfinished is left beside it."""
    build(base, adapter, out)
    assert check(out).architecture == "llama"
    assert list(out.parent.iterdir()) == [out]


def test_progress(base: Path, adapter: Path, out: Path) -> None:
    """Progress counts the tensors up to all of them."""
    heard: list[tuple[int, int]] = []
    build(base, adapter, out, progress=lambda done, total: heard.append((done, total)))
    assert heard == [(done, len(heard)) for done in range(1, len(heard) + 1)]


def test_another_base(base: Path, out: Path, tmp_path: Path) -> None:
    """An adapter that was trained on another base is refused, and nothing is left."""
    foreign = write_adapter(tmp_path / "foreign.gguf", base, base_sha256="0" * 64)
    with pytest.raises(ModelError, match="does not fit the base"):
        build(base, foreign, out)
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("extra", ["blk.0.attn_q.weight.lora_c.lora_a", "blk.7.attn_q.weight.lora_a"])
def test_stray_matrices(base: Path, out: Path, tmp_path: Path, extra: str) -> None:
    """A matrix without its partner, or for a tensor that the base does not have, is refused."""
    stray = write_adapter(tmp_path / "stray.gguf", base, extra=extra)
    with pytest.raises(ModelError, match="not those of the base"):
        build(base, stray, out)


def test_not_an_adapter(base: Path, out: Path, tmp_path: Path) -> None:
    """Another kind of adapter, and a model, are refused."""
    with pytest.raises(ModelError, match="not a LoRA adapter"):
        build(base, write_adapter(tmp_path / "other.gguf", base, kind="control vector"), out)
    with pytest.raises(ModelError):
        build(base, base, out)


def test_not_gguf(base: Path, adapter: Path, out: Path, tmp_path: Path) -> None:
    """A file that is not GGUF, or cut short, is a ModelError that names it."""
    bad = tmp_path / "bad.gguf"
    for content in (b"", b"hello", base.read_bytes()[:500]):
        bad.write_bytes(content)
        with pytest.raises(ModelError, match="bad"):
            build(bad, adapter, out)


def test_missing_and_unwritable(base: Path, adapter: Path, out: Path, tmp_path: Path) -> None:
    """A file that is not there, and a folder that is not, are ModelErrors too."""
    with pytest.raises(ModelError):
        build(tmp_path / "nothing.gguf", adapter, out)
    with pytest.raises(ModelError):
        build(base, adapter, tmp_path / "nowhere" / "model.gguf")
