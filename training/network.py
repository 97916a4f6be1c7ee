"""The base model with a low-rank adapter: forward and backward passes written for speed on a CPU.

Only the adapter learns. So the frozen projections need no weight gradients, and the few operations that a training step
is made of are joined by hand: one product for q, k and v, the adapter added in place, the output head and its gradient
in one pass over the answer tokens only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.base import Base, Layer, Shape
from training.kernels import apart, gate, head_loss, norm, project

#: What the adapter changes, in the names of the GGUF file, by the input that they share.
GROUPS = {
    "qkv": ("attn_q", "attn_k", "attn_v"),
    "output": ("attn_output",),
    "gate": ("ffn_gate",),
    "up": ("ffn_up",),
    "down": ("ffn_down",),
}


def widths(shape: Shape) -> dict[str, tuple[int, int]]:
    """The (out, in) widths of every adapted projection."""
    return {
        "attn_q": (shape.width, shape.width),
        "attn_k": (shape.kv_width, shape.width),
        "attn_v": (shape.kv_width, shape.width),
        "attn_output": (shape.width, shape.width),
        "ffn_gate": (shape.hidden, shape.width),
        "ffn_up": (shape.hidden, shape.width),
        "ffn_down": (shape.width, shape.hidden),
    }


class Adapter(nn.Module):
    """The low-rank matrices of all layers, in float32.

    `down[name]` is (layers, rank, in), `up[name]` (layers, out, rank); a weight W becomes W + alpha / rank * up @ down.
    `up` starts at zero, so that an untrained adapter changes nothing.
    """

    def __init__(self, shape: Shape, *, rank: int = 16, alpha: float = 32.0) -> None:
        super().__init__()
        self.rank, self.alpha, self.layers = rank, alpha, shape.layers
        sizes = widths(shape)
        self.down = nn.ParameterDict({n: nn.Parameter(_start(shape.layers, rank, i)) for n, (_, i) in sizes.items()})
        self.up = nn.ParameterDict(
            {n: nn.Parameter(torch.zeros(shape.layers, out, rank)) for n, (out, _) in sizes.items()}
        )

    def joined(self, dtype: torch.dtype) -> list[dict[str, tuple[Tensor, Tensor]]]:
        """For each layer and group the joined matrices: (n * rank, in) and, block-diagonal, (out of all, n * rank)."""
        groups = {group: self._group(names, dtype) for group, names in GROUPS.items()}
        return [{group: (down[i], up[i]) for group, (down, up) in groups.items()} for i in range(self.layers)]

    def _group(self, names: tuple[str, ...], dtype: torch.dtype) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        last = self.rank * (len(names) - 1)
        down = torch.cat([self.down[name] for name in names], dim=1)
        blocks = [F.pad(self.up[name], (self.rank * i, last - self.rank * i)) for i, name in enumerate(names)]
        up = torch.cat(blocks, dim=1) * (self.alpha / self.rank)
        return down.to(dtype).unbind(0), up.to(dtype).unbind(0)


def _start(layers: int, rank: int, width: int) -> Tensor:
    bound = 1 / math.sqrt(width)
    return torch.empty(layers, rank, width).uniform_(-bound, bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Examples of about one length, padded at their ends.

    `tokens` is (rows, length). `where` holds the flat positions of the tokens that precede an answer token, `answers`
    those answer tokens. Padding needs no mask: attention looks back only, and no answer stands behind it.
    """

    tokens: Tensor
    where: Tensor
    answers: Tensor


class Network:
    """The base with the adapter in it."""

    def __init__(self, base: Base, adapter: Adapter) -> None:
        self.base, self.adapter = base, adapter

    def loss(self, batch: Batch) -> Tensor:
        """Mean cross-entropy, in nats, over the answer tokens of `batch`."""
        states = self.states(batch.tokens).flatten(0, 1)[batch.where]
        return head_loss(states, self.base.embedding, batch.answers)

    def logits(self, tokens: Tensor) -> Tensor:
        """The logits (rows, length, vocabulary) after each of `tokens` (rows, length)."""
        return F.linear(self.states(tokens), self.base.embedding).float()

    def states(self, tokens: Tensor) -> Tensor:
        """What the output head reads: (rows, length, width)."""
        x = F.embedding(tokens, self.base.embedding)
        turns = rotations(self.base.shape, tokens.shape[1])
        for layer, adapter in zip(self.base.layers, self.adapter.joined(x.dtype), strict=True):
            x = self._layer(x, layer, adapter, turns)
        return norm(x, self.base.final_norm, self.base.shape.norm_epsilon)

    def _layer(self, x: Tensor, layer: Layer, adapter: dict[str, tuple[Tensor, Tensor]], turns: Tensor) -> Tensor:
        shape = self.base.shape
        inner = norm(x, layer.attention_norm, shape.norm_epsilon)
        q, k, v = apart(project(inner, layer.qkv, *adapter["qkv"]), turns, shape.heads)
        x = x + project(_attend(q, k, v), layer.output, *adapter["output"])
        inner = norm(x, layer.feed_norm, shape.norm_epsilon)
        gated = gate(project(inner, layer.gate, *adapter["gate"]), project(inner, layer.up, *adapter["up"]))
        return x + project(gated, layer.down, *adapter["down"])


def rotations(shape: Shape, length: int) -> Tensor:
    """Complex numbers (length, heads of q and k, head width / 2) by which the pairs of each head are multiplied.

    They turn a pair by its position, and scale q for the attention at the same time.
    """
    exponents = torch.arange(0, shape.head_width, 2) / shape.head_width
    angles = torch.outer(torch.arange(length).float(), shape.rope_base**-exponents)
    scales = torch.tensor([shape.head_width**-0.5] * shape.heads + [1.0] * shape.kv_heads)
    return torch.polar(torch.ones_like(angles), angles)[:, None] * scales[:, None]


def _attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    # The heads that share a key are rows of one product; the scores of so short a line are small enough to be kept.
    rows, heads, length, width = q.shape
    scores = (q.view(rows, k.shape[1], -1, width) @ k.transpose(2, 3)).view(rows, heads, length, length)
    ahead = torch.ones(length, length, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(ahead, -math.inf).softmax(-1).view(rows, k.shape[1], -1, length)
    return (weights @ v).view(rows, heads, length, width).transpose(1, 2).flatten(-2)
