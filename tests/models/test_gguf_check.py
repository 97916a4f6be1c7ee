"""The header check: every sound file passes, every damaged one is refused by a ModelError."""

from __future__ import annotations

import functools
import struct
import tempfile
import time
from pathlib import Path

import gguf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_gguf import write_gguf

from nlsh.errors import ModelError
from nlsh.models.gguf_check import TENSOR_TYPES, check


@functools.cache
def sound() -> bytes:
    """The bytes of a small sound file."""
    with tempfile.TemporaryDirectory() as folder:
        return write_gguf(Path(folder) / "tiny.gguf").read_bytes()


def checked(data: bytes) -> str:
    """Empty if a file of these bytes passes, else why not."""
    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(data)
        file.flush()
        try:
            check(Path(file.name))
        except ModelError as error:
            return error.message
    return ""


def test_header_says_what_is_in_the_file(tmp_path: Path) -> None:
    """The header has the scalars, the short arrays of numbers, and the size of the vocabulary."""
    header = check(write_gguf(tmp_path / "tiny.gguf", name="Tiny one"))
    assert (header.name, header.architecture, header.version) == ("Tiny one", "llama", 3)
    assert (header.tensors, header.vocabulary) == (3, 300)
    assert header.metadata["llama.attention.head_count_kv"] == (2, 2)
    assert header.data < header.size == (tmp_path / "tiny.gguf").stat().st_size


@given(cut=st.integers(min_value=0, max_value=len(sound()) - 1))
@settings(max_examples=300, deadline=None)
def test_every_truncation_is_refused(cut: int) -> None:
    """A file that ends early is never taken for a model, wherever it ends."""
    padding = len(sound()) - 32
    if cut < padding:
        assert checked(sound()[:cut])


@given(
    changes=st.lists(
        st.tuples(st.integers(min_value=0, max_value=len(sound()) - 1), st.integers(min_value=0, max_value=255)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=500, deadline=None)
def test_random_changes_never_do_worse_than_a_model_error(changes: list[tuple[int, int]]) -> None:
    """Whatever bytes are changed, the check ends, and with no other error than ModelError."""
    data = bytearray(sound())
    for position, value in changes:
        data[position] = value
    checked(bytes(data))


@given(position=st.integers(min_value=0, max_value=7), bit=st.integers(min_value=0, max_value=7))
@settings(max_examples=100, deadline=None)
def test_a_flipped_bit_in_magic_or_version_is_refused(position: int, bit: int) -> None:
    """Magic and version have no bit to spare, but that version 2 is read like 3."""
    data = bytearray(sound())
    data[position] ^= 1 << bit
    assert checked(bytes(data)) or struct.unpack_from("<I", data, 4)[0] == 2


@given(at=st.sampled_from([8, 16]), more=st.integers(min_value=1, max_value=(1 << 64) - 20))
@settings(max_examples=100, deadline=None)
def test_counts_that_claim_more_than_there_is_are_refused(at: int, more: int) -> None:
    """Neither more tensors nor more entries than the file has are believed."""
    data = bytearray(sound())
    struct.pack_into("<Q", data, at, struct.unpack_from("<Q", data, at)[0] + more)
    assert checked(bytes(data))


@given(data=st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_noise_is_refused(data: bytes) -> None:
    """Random bytes are no model, with or without the right beginning."""
    assert checked(data)
    assert checked(sound()[:24] + data)


def test_huge_claims_are_refused_at_once() -> None:
    """A small file that claims to hold 2**60 tokens costs no time and no memory."""
    data = sound()
    at = data.index(b"tokenizer.ggml.tokens") + len(b"tokenizer.ggml.tokens") + 8
    start = time.monotonic()
    assert "truncated" in checked(data[:at] + struct.pack("<Q", 1 << 60) + data[at + 8 :])
    assert time.monotonic() - start < 1


def test_an_adapter_is_no_model(tmp_path: Path) -> None:
    """A file of the type adapter is refused by its type."""
    with pytest.raises(ModelError, match="of the type 'adapter'"):
        check(write_gguf(tmp_path / "adapter.gguf", kind="adapter"))


def test_a_model_without_tensors_is_refused(tmp_path: Path) -> None:
    """A header alone is no model."""
    with pytest.raises(ModelError, match="no tensors"):
        check(write_gguf(tmp_path / "bare.gguf", tensors=0))


def test_missing_files_and_folders_are_model_errors(tmp_path: Path) -> None:
    """A path that is no readable file is told as such."""
    with pytest.raises(ModelError, match="there is no file"):
        check(tmp_path / "none.gguf")
    with pytest.raises(ModelError, match="cannot read"):
        check(tmp_path)


def test_the_check_of_a_large_vocabulary_is_fast(tmp_path: Path) -> None:
    """A header with 150,000 tokens takes well under a tenth of a second."""
    writer = gguf.GGUFWriter(tmp_path / "large.gguf", "llama")
    writer.add_token_list([f"token{number}" for number in range(150_000)])
    import numpy

    writer.add_tensor("weight", numpy.zeros(32, dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    start = time.process_time()
    assert check(tmp_path / "large.gguf").vocabulary == 150_000
    assert time.process_time() - start < 0.1


def test_tensor_types_are_those_of_the_format() -> None:
    """The sizes of the tensor types agree with those that the gguf package publishes."""
    known = {int(kind): size for kind, size in gguf.GGML_QUANT_SIZES.items()}
    assert all(known.get(kind, size) == size for kind, size in TENSOR_TYPES.items())
