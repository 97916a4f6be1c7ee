"""Makes the default model: the base with the adapter merged into it, quantised to Q4_0; needs no training framework."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlsh.errors import ModelError
from nlsh.models.part import digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME: Final = "nlsh 135M"
"""`general.name` of the result."""

_REPLACED: Final = frozenset({"general.architecture", "general.name", "general.file_type"})
"""Metadata of the base that is written anew."""

_MALFORMED: Final = (ValueError, LookupError, OverflowError, struct.error)
"""What reading raises where a file is not the GGUF file that it should be."""


@dataclass(frozen=True, kw_only=True)
class _Adapter:
    """A low-rank adapter: `down` (rank, in) and `up` (out, rank) by the name of the tensor that they change."""

    down: dict[str, Any]
    up: dict[str, Any]
    alpha: float
    base_sha256: str

    def change(self, name: str) -> NDArray[np.float32]:
        """What is added to the tensor `name`: (out, in)."""
        import numpy as np

        down, up = self.down[name].astype(np.float32), self.up[name].astype(np.float32)
        change: NDArray[np.float32] = up @ down * np.float32(self.alpha / len(down))
        return change


def build(base: Path, adapter: Path, out: Path, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Merges `adapter` into `base` and writes the result to `out`, at once and whole or not at all.

    All matrices, the token embedding too, become Q4_0; norms and metadata are taken over. `progress` hears the tensors
    done and in all. Raises ModelError where a file cannot be read or written or the adapter belongs to another base.
    """
    unfinished = out.with_name(f"{out.name}.building")
    try:
        _write(base, adapter, unfinished, progress or _unheard)
        unfinished.replace(out)
    except OSError as error:
        raise ModelError(f"cannot build {out.name}: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _write(base: Path, adapter: Path, out: Path, progress: Callable[[int, int], None]) -> None:
    import gguf

    source, changes = _opened(base), _adapter(adapter)
    sha256 = _checked(changes, base, {tensor.name for tensor in source.tensors})
    writer = gguf.GGUFWriter(out, _text(source, "general.architecture"))
    _describe(writer, source)
    writer.add_string("nlsh.base.sha256", sha256)
    writer.add_string("nlsh.adapter.sha256", digest(adapter))
    for name, data, kind in _tensors(source, changes, progress):
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tensors(
    source: Any, changes: _Adapter, progress: Callable[[int, int], None]
) -> Iterator[tuple[str, NDArray[Any], Any]]:
    """Name, data and ggml type of each tensor of the result."""
    import gguf

    for done, tensor in enumerate(source.tensors, start=1):
        if len(tensor.shape) < 2:
            yield tensor.name, tensor.data, tensor.tensor_type
        else:
            weights = gguf.dequantize(tensor.data, tensor.tensor_type)
            if tensor.name in changes.up:
                weights = weights + _fitting(changes, tensor.name, weights)
            yield tensor.name, quantised(weights), gguf.GGMLQuantizationType.Q4_0
        progress(done, len(source.tensors))


def quantised(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """`weights` (rows, a multiple of 32) as Q4_0: (rows, 18 bytes for every 32 weights).

    The rounding is llama.cpp's plain one on purpose. Scales searched for the least error come out close to the steps of
    the base, which is quantised itself, and round the small changes of the adapter away.
    """
    import gguf

    result: NDArray[np.uint8] = gguf.quantize(weights, gguf.GGMLQuantizationType.Q4_0)
    return result


def _fitting(changes: _Adapter, name: str, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    change = changes.change(name)
    if change.shape != weights.shape:
        raise _foreign(f"{name} is {change.shape} in the adapter and {weights.shape} in the base")
    return change


def _describe(writer: Any, source: Any) -> None:
    """Copies the metadata of the base, under another name."""
    import gguf

    writer.add_name(NAME)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    for field in source.fields.values():
        if field.name not in _REPLACED and not field.name.startswith("GGUF."):
            inner = field.types[-1] if len(field.types) > 1 else None
            writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=inner)


def _adapter(path: Path) -> _Adapter:
    """Reads the adapter at `path`, whose tensors are NAME.lora_a and NAME.lora_b."""
    source = _opened(path)
    if (_text(source, "general.type"), _text(source, "adapter.type")) != ("adapter", "lora"):
        raise ModelError(f"{path.name} is not a LoRA adapter")
    matrices = {tensor.name: tensor.data for tensor in source.tensors}
    return _Adapter(
        down={name.removesuffix(".lora_a"): data for name, data in matrices.items() if name.endswith(".lora_a")},
        up={name.removesuffix(".lora_b"): data for name, data in matrices.items() if name.endswith(".lora_b")},
        alpha=_value(source, "adapter.lora.alpha"),
        base_sha256=_text(source, "nlsh.base.sha256"),
    )


def _checked(changes: _Adapter, base: Path, names: set[str]) -> str:
    """The sha256 of `base`, which has tensors of these `names`; it must be the one that the adapter was trained on."""
    if changes.up.keys() != changes.down.keys() or not changes.up.keys() <= names:
        raise _foreign("the matrices of the adapter are not those of the base")
    sha256 = digest(base)
    if sha256 != changes.base_sha256:
        raise _foreign(f"{base.name} has the sha256 {sha256}, the adapter belongs to {changes.base_sha256}")
    return sha256


def _foreign(what: str) -> ModelError:
    message = f"the adapter does not fit the base: {what}"
    return ModelError(message, hint="install the model again: nlshctl model install")


def _opened(path: Path) -> Any:
    import gguf

    try:
        return gguf.GGUFReader(path)
    except _MALFORMED as error:
        raise ModelError(f"{path.name} is not a GGUF file: {error}") from error


def _text(source: Any, key: str) -> str:
    return str(_value(source, key))


def _value(source: Any, key: str) -> Any:
    field = source.get_field(key)
    if field is None:
        raise ModelError(f"the file says nothing about {key}")
    return field.contents()


def _unheard(done: int, total: int) -> None:
    """Tell nobody."""
