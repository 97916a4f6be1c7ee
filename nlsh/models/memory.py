"""How much memory a model will need, and whether there is as much: asked before it is loaded, not after."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nlsh.errors import ModelError
from nlsh.models.gguf_check import Header
from nlsh.models.sizes import shown

_MEMINFO: Final = Path("/proc/meminfo")
_FIXED: Final = 64 << 20
_ROWS: Final = 64


def needed(header: Header, *, context: int) -> int:
    """Bytes that running the model with `context` tokens takes.

    The weights count once, for llama.cpp may keep a repacked copy of them; then the keys and values of the context in
    16 bits, the logits of a batch, and 64 MiB for all else.
    """
    cache = sum(_heads(header)) * _width(header) * 2 * 2 * context
    return header.size - header.data + cache + header.vocabulary * 4 * _ROWS + _FIXED


def available(meminfo: Path = _MEMINFO) -> int | None:
    """Bytes that can be had without swapping, by the kernel's own estimate; None where it does not say."""
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def require(need: int, path: Path, *, free: int | None = None) -> None:
    """Raise ModelError where fewer than `need` bytes are free; `free` is what is there, asked of the kernel if None."""
    there = available() if free is None else free
    if there is not None and need > there:
        raise ModelError(
            f"the model {path} needs about {shown(need)} of memory, {shown(there)} is free",
            hint="end something large, or choose a smaller model: nlshctl model list",
        )


def _heads(header: Header) -> tuple[int, ...]:
    """Heads that keep keys and values, one number for each layer."""
    layers = _number(header, "block_count", 0)
    heads = header.metadata.get(f"{header.architecture}.attention.head_count_kv")
    if isinstance(heads, tuple):
        return heads
    same = heads if isinstance(heads, int) else _number(header, "attention.head_count", 1)
    return (same * layers,)


def _width(header: Header) -> int:
    """Numbers in one key."""
    each = _number(header, "embedding_length", 0) // max(1, _number(header, "attention.head_count", 1))
    return _number(header, "attention.key_length", each)


def _number(header: Header, key: str, default: int) -> int:
    value = header.metadata.get(f"{header.architecture}.{key}", default)
    if isinstance(value, tuple):
        value = max(value, default=default)
    return max(0, int(value)) if isinstance(value, int) else default
