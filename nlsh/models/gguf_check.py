"""Tell a whole GGUF model from a damaged one before llama.cpp sees it, by its header alone.

llama.cpp may abort the process on a file that does not add up. The header is read with plain `struct`; the weights are
not read, so that the check costs milliseconds however large the model is. Layout: GGUF specification, versions 2 and 3.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from nlsh.errors import ModelError

Scalar = int | float | bool | str
Value = Scalar | tuple[int, ...]

TENSOR_TYPES: Final[Mapping[int, tuple[int, int]]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18),
}  # fmt: skip
"""What ggml stores: type id -> (elements in a block, bytes of a block)."""

_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_STRING: Final = 8
_ARRAY: Final = 9
_MAX_ENTRIES: Final = 1 << 16
_MAX_HEADER: Final = 1 << 28
_MAX_NAME: Final = 64
_CHUNK: Final = 1 << 22
_KEPT_ARRAY: Final = 4096


@dataclass(frozen=True, kw_only=True)
class Header:
    """What the header of a checked file says. Sizes are bytes.

    `metadata` has the scalars, and the arrays of whole numbers up to 4096 long; `vocabulary` is in tokens, 0 where the
    file has none; `data` is where the weights start.
    """

    path: Path
    size: int
    version: int
    metadata: Mapping[str, Value]
    tensors: int
    data: int
    vocabulary: int

    @property
    def architecture(self) -> str:
        """llama.cpp's name of the network: llama, qwen2, gemma3…"""
        return str(self.metadata["general.architecture"])

    @property
    def name(self) -> str:
        """The model's own name, empty where it has none."""
        return str(self.metadata.get("general.name", ""))


def check(path: Path) -> Header:
    """Read and check the header of the model at `path`; ModelError says what is wrong with the file."""
    try:
        with path.open("rb") as file:
            reader = _Reader(path, file)
            return reader.header()
    except FileNotFoundError:
        raise ModelError(f"there is no file {path}", hint="nlshctl model list shows the models there are") from None
    except OSError as error:
        raise ModelError(f"cannot read the model {path}: {error.strerror}") from error


class _Reader:
    """The header's bytes, read on demand: never past the end of the file, never more than a header may be long."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self._path = path
        self._file = file
        self._size = file.seek(0, 2)
        self._bytes = b""
        self._at = 0
        file.seek(0)

    def header(self) -> Header:
        """The whole header, checked."""
        if self._take(4) != b"GGUF":
            self._bad("it is not a GGUF file")
        version = self._number("<I")
        if version not in (2, 3):
            self._bad(f"its format version is {version}, and 2 or 3 can be read")
        tensors, entries = self._count("tensors"), self._count("entries")
        metadata = self._metadata(entries)
        self._check_kind(metadata)
        data = self._check_tensors(tensors, _alignment(metadata) or self._bad("its alignment is not a power of two"))
        return Header(
            path=self._path,
            size=self._size,
            version=version,
            metadata={key: value for key, (value, _) in metadata.items() if value is not None},
            tensors=tensors,
            data=data,
            vocabulary=metadata.get("tokenizer.ggml.tokens", (None, 0))[1],
        )

    def _check_kind(self, metadata: Mapping[str, tuple[Value | None, int]]) -> None:
        if not isinstance(metadata.get("general.architecture", (None, 0))[0], str):
            self._bad("it does not say which architecture it has")
        kind = metadata.get("general.type", ("model", 0))[0]
        if kind != "model":
            self._bad(f"it is of the type {kind!r}, not a model")

    def _metadata(self, entries: int) -> dict[str, tuple[Value | None, int]]:
        """Each entry's value, None where it is not kept, and the length of its array."""
        found: dict[str, tuple[Value | None, int]] = {}
        for _ in range(entries):
            key = self._text(self._number("<Q"), most=_MAX_ENTRIES)
            if not key or key in found:
                self._bad(f"the entry {key!r} is empty or there twice")
            kind = self._number("<I")
            found[key] = self._array() if kind == _ARRAY else (self._value(kind), 0)
        return found

    def _value(self, kind: int) -> Scalar:
        if kind == _STRING:
            return self._text(self._number("<Q"), most=_MAX_HEADER)
        if kind not in _SCALARS:
            self._bad(f"it has a value of the unknown type {kind}")
        value: Scalar = struct.unpack(_SCALARS[kind], self._take(struct.calcsize(_SCALARS[kind])))[0]
        return value

    def _array(self) -> tuple[Value | None, int]:
        kind, length = self._number("<I"), self._number("<Q")
        if kind == _STRING:
            self._skip_strings(length)
            return None, length
        if kind not in _SCALARS:
            self._bad(f"it has an array of the type {kind}")
        raw = self._take(length * struct.calcsize(_SCALARS[kind]))
        if length > _KEPT_ARRAY or kind in (6, 12):
            return None, length
        return struct.unpack(f"<{length}{_SCALARS[kind][1]}", raw), length

    def _skip_strings(self, length: int) -> None:
        """Step over `length` strings: a vocabulary has a hundred thousand, so the loop does no more than it must."""
        unpack, at, held = struct.Struct("<Q").unpack_from, self._at, self._bytes
        last = len(held) - 8
        for _ in range(length):
            if at > last:
                self._at = at
                self._need(8)
                held, last = self._bytes, len(self._bytes) - 8
            at += 8 + unpack(held, at)[0]
        self._at = at
        self._need(0)

    def _check_tensors(self, tensors: int, alignment: int) -> int:
        """Check that the tensors follow one another and fit the file; where their data starts, in bytes."""
        spans = [self._tensor() for _ in range(tensors)]
        names = {name for name, _, _ in spans}
        if len(names) != tensors or not tensors:
            self._bad("it has no tensors, or two of one name")
        start = _padded(self._at, alignment)
        for (_, offset, length), (name, following, _) in pairwise(spans):
            if following != _padded(offset + length, alignment):
                self._bad(f"its tensor {name} is not where it should be")
        end = start + spans[-1][1] + spans[-1][2]
        if spans[0][1] != 0:
            self._bad("its first tensor is not where it should be")
        if end > self._size:
            self._bad(f"it ends after {self._size} of {end} bytes")
        return start

    def _tensor(self) -> tuple[str, int, int]:
        """Name, offset and length in bytes of the next tensor."""
        name = self._text(self._number("<Q"), most=_MAX_NAME - 1)
        dimensions = self._number("<I")
        if not 1 <= dimensions <= 4:
            self._bad(f"its tensor {name} has {dimensions} dimensions")
        shape = struct.unpack(f"<{dimensions}Q", self._take(8 * dimensions))
        kind, offset = self._number("<I"), self._number("<Q")
        if kind not in TENSOR_TYPES:
            self._bad(f"its tensor {name} is of the unknown type {kind}")
        block, stored = TENSOR_TYPES[kind]
        elements = 1
        for extent in shape:
            elements *= extent
        if not 0 < elements < 1 << 62 or shape[0] % block:
            self._bad(f"its tensor {name} has an impossible shape")
        return name, offset, elements // block * stored

    def _count(self, what: str) -> int:
        count = self._number("<Q")
        if count > _MAX_ENTRIES:
            self._bad(f"it claims to have {count} {what}")
        return count

    def _number(self, form: str) -> int:
        number: int = struct.unpack(form, self._take(struct.calcsize(form)))[0]
        return number

    def _text(self, length: int, *, most: int) -> str:
        if length > most:
            self._bad(f"it has a name or text of {length} bytes")
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError:
            self._bad("it has a name or text that is not UTF-8")

    def _take(self, length: int) -> bytes:
        self._need(length)
        self._at += length
        return self._bytes[self._at - length : self._at]

    def _need(self, length: int) -> None:
        """Have the next `length` bytes at hand."""
        end = self._at + length
        if end <= len(self._bytes):
            return
        if end > self._size:
            self._bad("it is truncated")
        if end > _MAX_HEADER:
            self._bad("its header is too long")
        self._bytes += self._file.read(max(end - len(self._bytes), _CHUNK))
        if end > len(self._bytes):
            self._bad("it is truncated")

    def _bad(self, reason: str) -> NoReturn:
        raise ModelError(
            f"the model {self._path} is damaged or no model: {reason}",
            hint="nlshctl model install fetches a sound one",
        )


def _alignment(metadata: Mapping[str, tuple[Value | None, int]]) -> int:
    """Bytes; 32 where the file does not say, 0 where what it says is impossible."""
    value = metadata.get("general.alignment", (32, 0))[0]
    sound = isinstance(value, int) and 0 < value <= 1 << 20 and value & (value - 1) == 0
    return int(value) if sound and isinstance(value, int) else 0


def _padded(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment
