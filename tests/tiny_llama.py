"""A Llama model of two small layers with random weights, and an adapter for it, as GGUF files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import numpy as np

from nlsh.models.part import digest

LAYERS, WIDTH, HIDDEN, HEADS, KV_HEADS, VOCABULARY, RANK, ALPHA = 2, 64, 96, 2, 1, 128, 4, 8.0
KV_WIDTH = WIDTH // HEADS * KV_HEADS

MATRICES = {
    "attn_q": (WIDTH, WIDTH),
    "attn_k": (KV_WIDTH, WIDTH),
    "attn_v": (KV_WIDTH, WIDTH),
    "attn_output": (WIDTH, WIDTH),
    "ffn_gate": (HIDDEN, WIDTH),
    "ffn_up": (HIDDEN, WIDTH),
    "ffn_down": (WIDTH, HIDDEN),
}
"""Rows and columns of the matrices of one layer."""

Q4_1, Q8_0, F32 = (gguf.GGMLQuantizationType[name] for name in ("Q4_1", "Q8_0", "F32"))


def write_base(path: Path, *, layers: Any = Q4_1, embedding: Any = Q8_0) -> Path:
    """The model with its matrices and its token embedding in these types of ggml."""
    random = np.random.default_rng(1)
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer)
    _add(writer, "token_embd", random.normal(0, 1, (VOCABULARY, WIDTH)), embedding)
    _add(writer, "output_norm", random.uniform(0.5, 1.5, WIDTH), F32)
    for layer in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            _add(writer, f"blk.{layer}.{norm}", random.uniform(0.5, 1.5, WIDTH), F32)
        for name, shape in MATRICES.items():
            _add(writer, f"blk.{layer}.{name}", random.normal(0, 0.1, shape), layers)
    return _written(writer, path)


def write_adapter(path: Path, base: Path, *, kind: str = "lora", base_sha256: str = "", extra: str = "") -> Path:
    """An adapter for all matrices of `base`, of this kind, for a base of that sha256, with one matrix `extra` alone."""
    random = np.random.default_rng(2)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", kind)
    writer.add_float32("adapter.lora.alpha", ALPHA)
    writer.add_string("nlsh.base.sha256", base_sha256 or digest(base))
    for layer in range(LAYERS):
        for name, (rows, columns) in MATRICES.items():
            for role, shape in (("lora_a", (RANK, columns)), ("lora_b", (rows, RANK))):
                matrix = random.normal(0, 0.1, shape).astype(np.float16)
                writer.add_tensor(f"blk.{layer}.{name}.weight.{role}", matrix)
    if extra:
        writer.add_tensor(extra, np.zeros((RANK, WIDTH), dtype=np.float16))
    return _written(writer, path)


def _describe(writer: Any) -> None:
    writer.add_type("model")
    writer.add_name("Tiny")
    writer.add_block_count(LAYERS)
    writer.add_context_length(256)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(1000.0)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(VOCABULARY)
    writer.add_string("tokenizer.ggml.model", "no_vocab")
    writer.add_array("general.languages", ["en", "de"])


def _add(writer: Any, name: str, values: Any, kind: Any) -> None:
    writer.add_tensor(f"{name}.weight", gguf.quantize(values.astype(np.float32), kind), raw_dtype=kind)


def _written(writer: Any, path: Path) -> Path:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def matrices(path: Path) -> dict[str, Any]:
    """All tensors of a GGUF file, in float32."""
    return {t.name: gguf.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(path).tensors}
