"""Reads the frozen base model, a GGUF file of the Llama family, into torch tensors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The dimensions of a Llama model, as its file states them."""

    layers: int
    width: int
    hidden: int
    heads: int
    kv_heads: int
    rope_base: float
    norm_epsilon: float

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.width // self.heads

    @property
    def kv_width(self) -> int:
        """Width of all key heads (and of all value heads) together."""
        return self.kv_heads * self.head_width


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The frozen weights of one layer, (out, in); q, k and v are stacked by rows.

    Rows of q and k stay in the file's order, in which neighbouring rows form the rotated pairs.
    """

    attention_norm: Tensor
    qkv: Tensor
    output: Tensor
    feed_norm: Tensor
    gate: Tensor
    up: Tensor
    down: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A whole base model; `embedding` (vocabulary, width) is also the output head."""

    shape: Shape
    embedding: Tensor
    layers: tuple[Layer, ...]
    final_norm: Tensor


def read(path: Path, dtype: torch.dtype = torch.float32) -> Base:
    """Dequantises the model at `path` into `dtype`.

    Raises ValueError for another architecture than Llama, for an untied output head and for scaled rotary positions.
    """
    reader = gguf.GGUFReader(path)
    shape = _shape(reader)
    tensors = {tensor.name: tensor for tensor in reader.tensors}
    for name in ("output.weight", "rope_freqs.weight"):
        if name in tensors:
            raise ValueError(f"{path.name}: {name} is not supported")

    def weight(name: str) -> Tensor:
        tensor = tensors[name]
        values = gguf.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        return torch.from_numpy(values).to(dtype)

    return Base(
        shape=shape,
        embedding=weight("token_embd.weight"),
        layers=tuple(_layer(weight, index) for index in range(shape.layers)),
        final_norm=weight("output_norm.weight"),
    )


def _layer(weight: Any, index: int) -> Layer:
    def named(*names: str) -> Tensor:
        return torch.cat([weight(f"blk.{index}.{name}.weight") for name in names])

    return Layer(
        attention_norm=named("attn_norm"),
        qkv=named("attn_q", "attn_k", "attn_v"),
        output=named("attn_output"),
        feed_norm=named("ffn_norm"),
        gate=named("ffn_gate"),
        up=named("ffn_up"),
        down=named("ffn_down"),
    )


def _shape(reader: gguf.GGUFReader) -> Shape:
    def field(name: str) -> Any:
        found = reader.get_field(name)
        return found.contents() if found else None

    if field("general.architecture") != "llama" or field("llama.rope.scaling.type") not in (None, "none"):
        raise ValueError("the base must be a Llama model with plain rotary positions")
    return Shape(
        layers=field("llama.block_count"),
        width=field("llama.embedding_length"),
        hidden=field("llama.feed_forward_length"),
        heads=field("llama.attention.head_count"),
        kv_heads=field("llama.attention.head_count_kv"),
        rope_base=field("llama.rope.freq_base"),
        norm_epsilon=field("llama.attention.layer_norm_rms_epsilon"),
    )
