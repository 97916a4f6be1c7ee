"""The operations between the matrix products, each with its gradient, compiled into one pass over memory.

Without a C++ compiler they run as they stand here, with the same results but slower.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional as F

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


def _compiled(kernel: _Kernel) -> _Kernel:
    return torch.compile(kernel, dynamic=True) if shutil.which("g++") else kernel


@_compiled
def _normed(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    wide = x.float()
    scale = torch.rsqrt(wide.square().mean(-1, keepdim=True) + epsilon)
    return (wide * scale * weight.float()).to(x.dtype)


@_compiled
def _normed_back(grad: Tensor, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    wide, inner = x.float(), grad.float() * weight.float()
    scale = torch.rsqrt(wide.square().mean(-1, keepdim=True) + epsilon)
    return (scale * (inner - wide * scale.square() * (inner * wide).mean(-1, keepdim=True))).to(x.dtype)


class Norm(Function):
    """Root-mean-square norm over the last axis; no gradient for the weight."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        """`x` divided by its root mean square, times `weight`."""
        ctx.save_for_backward(x, weight)
        ctx.epsilon = epsilon
        return _normed(x, weight, epsilon)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        """The gradient for `x`."""
        return _normed_back(grad, *ctx.saved_tensors, ctx.epsilon), None, None


@_compiled
def _gated(gate: Tensor, up: Tensor) -> Tensor:
    return (F.silu(gate.float()) * up.float()).to(gate.dtype)


@_compiled
def _gated_back(grad: Tensor, gate: Tensor, up: Tensor) -> tuple[Tensor, Tensor]:
    wide, inner = grad.float(), gate.float()
    share = torch.sigmoid(inner)
    back = wide * up.float() * share * (1 + inner * (1 - share))
    return back.to(grad.dtype), (wide * inner * share).to(grad.dtype)


class Gate(Function):
    """`silu(gate) * up`."""

    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        """All three are of one shape."""
        ctx.save_for_backward(gate, up)
        return _gated(gate, up)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients for `gate` and `up`."""
        return _gated_back(grad, *ctx.saved_tensors)


class Apart(Function):
    """Takes the joined projections (rows, length, width) apart into heads, q and k turned by their positions.

    Neighbouring values of a head form the turned pairs; `turns` (length, heads of q and k, head width / 2) are complex.
    These are plain tensor operations, because compiled ones are slow at moving axes.
    """

    @staticmethod
    def forward(ctx: Any, qkv: Tensor, turns: Tensor, heads: int) -> tuple[Tensor, Tensor, Tensor]:
        """q (with `heads` heads), k and v, each (rows, its heads, length, head width)."""
        ctx.save_for_backward(turns)
        each = qkv.unflatten(-1, (-1, 2 * turns.shape[-1]))
        turned = _turned(each[:, :, : turns.shape[1]], turns)
        parts = turned[:, :, :heads], turned[:, :, heads:], each[:, :, turns.shape[1] :]
        q, k, v = (part.transpose(1, 2).contiguous() for part in parts)
        return q, k, v

    @staticmethod
    def backward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, None, None]:
        """The gradient for `qkv`."""
        (turns,) = ctx.saved_tensors
        turned = torch.cat([q, k], 1).transpose(1, 2)
        return torch.cat([_turned(turned, turns.conj()), v.transpose(1, 2)], 2).flatten(-2), None, None


def _turned(heads: Tensor, turns: Tensor) -> Tensor:
    pairs = torch.view_as_complex(heads.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * turns).flatten(-2).to(heads.dtype)
