"""The operations that a training step is made of, each with its gradient by hand.

What stands between the matrix products is compiled into one pass over memory. Without a C++ compiler it runs as it
stands here, with the same results but slower.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn import functional as F

#: Answer tokens whose logits are held at one time.
_HEAD_ROWS = 128

_Arguments = ParamSpec("_Arguments")
_Made = TypeVar("_Made")


def _compiled(kernel: Callable[_Arguments, _Made]) -> Callable[_Arguments, _Made]:
    return torch.compile(kernel, dynamic=True) if shutil.which("g++") else kernel


def norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """`x` divided by the root mean square of its last axis, times `weight`, which gets no gradient."""
    result: Tensor = _Norm.apply(x, weight, epsilon)  # type: ignore[no-untyped-call]
    return result


def gate(gates: Tensor, ups: Tensor) -> Tensor:
    """`silu(gates) * ups`."""
    result: Tensor = _Gate.apply(gates, ups)  # type: ignore[no-untyped-call]
    return result


def apart(qkv: Tensor, turns: Tensor, heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """Takes the joined projections (rows, length, width) apart: q (with `heads` heads), k and v.

    Each of them is (rows, its heads, length, head width). Neighbouring values of a head of q and k are multiplied, as
    complex numbers, by `turns` (length, heads of q and k, head width / 2).
    """
    result: tuple[Tensor, Tensor, Tensor] = _Apart.apply(qkv, turns, heads)  # type: ignore[no-untyped-call]
    return result


def project(x: Tensor, weight: Tensor, down: Tensor, up: Tensor) -> Tensor:
    """`x @ weight.T + x @ down.T @ up.T`, with no gradient for `weight`."""
    result: Tensor = _Project.apply(x, weight, down, up)  # type: ignore[no-untyped-call]
    return result


def head_loss(states: Tensor, embedding: Tensor, answers: Tensor) -> Tensor:
    """Mean cross-entropy, in nats, of the tokens `answers` behind the frozen output head `embedding`."""
    result: Tensor = _HeadLoss.apply(states, embedding, answers)  # type: ignore[no-untyped-call]
    return result


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


class _Norm(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.epsilon = epsilon
        return _normed(x, weight, epsilon)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        x, weight = ctx.saved_tensors
        return _normed_back(grad, x, weight, ctx.epsilon), None, None


@_compiled
def _gated(gate: Tensor, up: Tensor) -> Tensor:
    return (F.silu(gate.float()) * up.float()).to(gate.dtype)


@_compiled
def _gated_back(grad: Tensor, gate: Tensor, up: Tensor) -> tuple[Tensor, Tensor]:
    wide, inner = grad.float(), gate.float()
    share = torch.sigmoid(inner)
    back = wide * up.float() * share * (1 + inner * (1 - share))
    return back.to(grad.dtype), (wide * inner * share).to(grad.dtype)


class _Gate(Function):
    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        ctx.save_for_backward(gate, up)
        return _gated(gate, up)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        gate, up = ctx.saved_tensors
        return _gated_back(grad, gate, up)


# Plain tensor operations, because compiled ones are slow at moving axes.
class _Apart(Function):
    @staticmethod
    def forward(ctx: Any, qkv: Tensor, turns: Tensor, heads: int) -> tuple[Tensor, Tensor, Tensor]:
        ctx.save_for_backward(turns)
        each = qkv.view(*qkv.shape[:2], -1, 2 * turns.shape[-1])
        turned = _turned(each[:, :, : turns.shape[1]], turns)
        parts = turned[:, :, :heads], turned[:, :, heads:], each[:, :, turns.shape[1] :]
        q, k, v = (part.transpose(1, 2).contiguous() for part in parts)
        return q, k, v

    @staticmethod
    def backward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, None, None]:
        (turns,) = ctx.saved_tensors
        turned = torch.cat([q, k], 1).transpose(1, 2)
        return torch.cat([_turned(turned, turns.conj()), v.transpose(1, 2)], 2).flatten(-2), None, None


def _turned(heads: Tensor, turns: Tensor) -> Tensor:
    pairs = torch.view_as_complex(heads.float().reshape(*heads.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(-2).to(heads.dtype)


class _Project(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, down: Tensor, up: Tensor) -> Tensor:
        rows = x.flatten(0, -2)
        narrow = rows @ down.T
        ctx.save_for_backward(rows, narrow, weight, down, up)
        return (rows @ weight.T).addmm_(narrow, up.T).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, Tensor, Tensor]:
        rows, narrow, weight, down, up = ctx.saved_tensors
        flat = grad.flatten(0, -2)
        back = flat @ up
        inner = (flat @ weight).addmm_(back, down)
        return inner.view(*grad.shape[:-1], -1), None, back.T @ rows, flat.T @ narrow


# The gradient is made together with the loss, so that no logits are kept.
class _HeadLoss(Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, embedding: Tensor, answers: Tensor) -> Tensor:
        gradient, loss = torch.empty_like(states), torch.zeros(())
        for part in range(0, len(answers), _HEAD_ROWS):
            rows = slice(part, part + _HEAD_ROWS)
            shares = torch.softmax(states[rows] @ embedding.T, dim=1, dtype=torch.float32)
            chosen = answers[rows, None]
            loss -= shares.gather(1, chosen).log().sum()
            shares.scatter_add_(1, chosen, torch.full(chosen.shape, -1.0))
            gradient[rows] = shares.to(states.dtype) @ embedding
        ctx.save_for_backward(gradient / len(answers))
        return loss / len(answers)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grad.to(gradient.dtype), None, None
