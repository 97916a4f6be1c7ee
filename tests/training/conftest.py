"""What the tests of the training share. They need the extra `train`, and are skipped without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.tiny_llama import F32, write_base

# Compiling takes longer than these tests; what is compiled gives the same results as it stands.
os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")


@pytest.fixture
def base_file(tmp_path: Path) -> Path:
    """A small base model in float32."""
    return write_base(tmp_path / "base.gguf", layers=F32, embedding=F32)
