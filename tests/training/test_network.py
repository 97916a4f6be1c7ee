"""The network computes what llama.cpp computes, and its gradients are those of its loss."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tiny_llama import ALPHA, LAYERS, MATRICES, RANK, VOCABULARY, matrices, write_adapter

torch = pytest.importorskip("torch")

from training import adapter as adapter_file  # noqa: E402
from training import base  # noqa: E402
from training.network import Adapter, Batch, Network  # noqa: E402

TOKENS = [5, 17, 3, 99, 42, 42, 7, 120, 64, 1]


@pytest.fixture
def network(base_file: Path, tmp_path: Path) -> Network:
    """The small model with a random adapter in it."""
    exact = base.read(base_file)
    return Network(exact, read_adapter(write_adapter(tmp_path / "given.gguf", base_file), exact.shape))


def read_adapter(path: Path, shape: base.Shape) -> Adapter:
    """An adapter file as the trainer holds it."""
    result, found = Adapter(shape, rank=RANK, alpha=ALPHA), matrices(path)
    for name in MATRICES:
        for role, target in (("lora_a", result.down[name]), ("lora_b", result.up[name])):
            stacked = np.stack([found[f"blk.{layer}.{name}.weight.{role}"] for layer in range(LAYERS)])
            target.data = torch.from_numpy(stacked.astype(np.float32))
    return result


def llama_cpp_logits(model_file: Path, adapter: Path, tokens: list[int]) -> NDArray[np.float32]:
    """The logits (tokens, vocabulary) of llama.cpp with the adapter set."""
    api = pytest.importorskip("llama_cpp").llama_cpp
    settings = api.llama_model_default_params()
    settings.use_extra_bufts = False
    model = api.llama_model_load_from_file(str(model_file).encode(), settings)
    lora = api.llama_adapter_lora_init(model, str(adapter).encode())
    assert lora
    context = api.llama_init_from_model(model, api.llama_context_default_params())
    adapters = (api.llama_adapter_lora_p_ctypes * 1)(lora)
    assert api.llama_set_adapters_lora(context, adapters, 1, (ctypes.c_float * 1)(1.0)) == 0
    batch = api.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for at, token in enumerate(tokens):
        batch.token[at], batch.pos[at], batch.n_seq_id[at], batch.logits[at] = token, at, 1, True
        batch.seq_id[at][0] = 0
    assert api.llama_decode(context, batch) == 0
    rows = [np.ctypeslib.as_array(api.llama_get_logits_ith(context, at), (VOCABULARY,)) for at in range(len(tokens))]
    result = np.stack(rows)
    api.llama_batch_free(batch)
    api.llama_free(context)
    api.llama_model_free(model)
    return result


def test_llama_cpp_agrees(network: Network, base_file: Path, tmp_path: Path) -> None:
    """llama.cpp, with the adapter as the trainer writes it, computes the logits of the network."""
    written = tmp_path / "written.gguf"
    adapter_file.write(network.adapter, base_file, written)
    ours = network.logits(torch.tensor([TOKENS]))[0].detach().numpy()
    theirs = llama_cpp_logits(base_file, written, TOKENS)
    assert np.abs(ours - theirs).max() < 0.02 * np.abs(ours).max()


def test_an_untrained_adapter_changes_nothing(base_file: Path) -> None:
    """A new adapter leaves the logits of the base; a random one does not."""
    exact = base.read(base_file)
    tokens = torch.tensor([TOKENS])
    plain = Network(exact, Adapter(exact.shape, rank=1)).logits(tokens)
    assert torch.equal(plain, Network(exact, Adapter(exact.shape, rank=RANK)).logits(tokens))


def test_padding_changes_nothing(network: Network) -> None:
    """What stands behind a token has no influence on it."""
    whole = network.logits(torch.tensor([TOKENS, TOKENS[::-1]]))
    part = network.logits(torch.tensor([TOKENS[:4]]))
    assert torch.allclose(whole[0, :4], part[0], atol=1e-4)


def test_loss_is_cross_entropy(network: Network) -> None:
    """The loss is the mean cross-entropy of the answer tokens."""
    batch = of(TOKENS)
    logits = network.logits(batch.tokens).flatten(0, 1)[batch.where]
    assert torch.allclose(network.loss(batch), torch.nn.functional.cross_entropy(logits, batch.answers), atol=1e-5)


def test_gradients(network: Network) -> None:
    """For every matrix of the adapter, the loss changes along its gradient as the gradient says."""
    batch = of(TOKENS)
    network.loss(batch).backward()
    for name, matrix in network.adapter.named_parameters():
        step = 1e-2 * matrix.grad / matrix.grad.norm()
        with torch.no_grad():
            matrix += step
            above = network.loss(batch).item()
            matrix -= 2 * step
            below = network.loss(batch).item()
            matrix += step
        assert (above - below) / 2e-2 == pytest.approx(matrix.grad.norm().item(), rel=0.03), name


def of(tokens: list[int]) -> Batch:
    """A batch of one row whose second half is the answer."""
    half = len(tokens) // 2
    where = torch.arange(half - 1, len(tokens) - 1)
    return Batch(tokens=torch.tensor([tokens[:-1]]), where=where, answers=torch.tensor(tokens[half:]))
