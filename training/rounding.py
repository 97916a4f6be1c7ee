"""Lets the adapter learn against the weights that the build will make of it, not against the exact ones.

Merging ends in four bits, and what the rounding does to the weights is larger than many changes of the adapter. So the
frozen weights are kept such that they are what the build writes once the adapter is on top:
rounded(W + change) - change. They are made anew every few steps; in between the adapter moves too little to matter.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import gguf
import torch
from torch import Tensor

from nlsh.models.build import quantised
from training import base
from training.base import Base, Layer
from training.network import GROUPS, Adapter


class Rounding:
    """The base model at `path`, exact in float32, and `working`: its copy in `dtype` to train on."""

    def __init__(self, path: Path, dtype: torch.dtype) -> None:
        self._exact = base.read(path, torch.float32)
        self.working: Base = replace(
            self._exact,
            embedding=rounded(self._exact.embedding).to(dtype),
            layers=tuple(_copied(layer, dtype) for layer in self._exact.layers),
            final_norm=self._exact.final_norm.to(dtype),
        )

    @torch.no_grad()
    def refresh(self, adapter: Adapter) -> None:
        """Sets the working weights to what rounding makes of the base with `adapter` merged in, less the adapter."""
        changes = adapter.joined(torch.float32)
        for exact, working, change in zip(self._exact.layers, self.working.layers, changes, strict=True):
            for group in GROUPS:
                down, up = change[group]
                added = up @ down
                getattr(working, group).copy_(rounded(getattr(exact, group) + added) - added)


def rounded(weights: Tensor) -> Tensor:
    """`weights` in float32 as they come back from Q4_0."""
    return torch.from_numpy(gguf.dequantize(quantised(weights.numpy()), gguf.GGMLQuantizationType.Q4_0))


def _copied(layer: Layer, dtype: torch.dtype) -> Layer:
    return Layer(**{field.name: getattr(layer, field.name).to(dtype, copy=True) for field in fields(layer)})
