"""Writes a trained adapter in the GGUF form that llama.cpp loads."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import torch

from nlsh.models.part import digest
from training.network import Adapter

VERSION = "1"
LICENCE = "apache-2.0"


def write(adapter: Adapter, base: Path, out: Path) -> None:
    """Writes `adapter` to `out` in float16, with the sha256 of the `base` file that it belongs to.

    The rows of q and k need no reordering: the network keeps them as the base file has them.
    """
    unfinished = out.with_name(out.name + ".part")
    writer = gguf.GGUFWriter(unfinished, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", adapter.alpha)
    writer.add_name("nlsh intent adapter")
    writer.add_version(VERSION)
    writer.add_license(LICENCE)
    writer.add_string("nlsh.base.sha256", digest(base))
    for name, matrix in _matrices(adapter).items():
        writer.add_tensor(name, matrix)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    unfinished.replace(out)


def read_into(adapter: Adapter, path: Path) -> None:
    """Sets `adapter` to what is written at `path`; ValueError where that has other matrices or another scale."""
    reader = gguf.GGUFReader(path)
    alpha = reader.get_field("adapter.lora.alpha")
    found = {tensor.name: tensor.data for tensor in reader.tensors}
    wanted = {name: matrix.shape for name, matrix in _matrices(adapter).items()}
    if {name: data.shape for name, data in found.items()} != wanted or not alpha or alpha.contents() != adapter.alpha:
        raise ValueError(f"{path.name} is not an adapter of this base with rank {adapter.rank}")
    with torch.no_grad():
        for role, matrices in _roles(adapter):
            for name, matrix in matrices.items():
                for layer in range(adapter.layers):
                    matrix[layer] = torch.from_numpy(found[_name(layer, name, role)].astype(np.float32))


def _roles(adapter: Adapter) -> tuple[tuple[str, torch.nn.ParameterDict], ...]:
    return ("lora_a", adapter.down), ("lora_b", adapter.up)


def _name(layer: int, name: str, role: str) -> str:
    return f"blk.{layer}.{name}.weight.{role}"


def _matrices(adapter: Adapter) -> dict[str, np.ndarray]:
    return {
        _name(layer, name, role): matrix[layer].detach().numpy().astype(np.float16)
        for role, matrices in _roles(adapter)
        for name, matrix in matrices.items()
        for layer in range(adapter.layers)
    }
