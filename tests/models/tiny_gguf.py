"""Small sound GGUF files."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy


def write_gguf(path: Path, *, name: str = "Tiny", kind: str = "model", tensors: int = 3) -> Path:
    """A small sound GGUF file with a vocabulary of 300 tokens."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(kind)
    writer.add_name(name)
    writer.add_block_count(2)
    writer.add_embedding_length(64)
    writer.add_head_count(4)
    writer.add_head_count_kv([2, 2])
    writer.add_float32("llama.rope.freq_base", 10000.0)
    writer.add_bool("tokenizer.ggml.add_bos_token", False)
    writer.add_token_list([f"token{number}" for number in range(300)])
    writer.add_token_types([1] * 300)
    for number in range(tensors):
        writer.add_tensor(f"blk.{number}.weight", numpy.full((4, 32 + number), number, dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
