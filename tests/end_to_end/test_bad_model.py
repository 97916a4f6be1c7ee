"""Models that are none: nlsh says so in words, ends with 7, and its commands go on working."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.end_to_end.running import Nlsh

pytestmark = pytest.mark.model

REQUEST = "how much memory is free"


@pytest.fixture
def copy(tmp_path: Path, model_file: Path) -> Path:
    """A copy of the model to be spoilt."""
    path = tmp_path / "spoilt.gguf"
    path.write_bytes(model_file.read_bytes())
    return path


def _refused(nlsh: Nlsh, path: Path) -> None:
    done = nlsh.run("--model", str(path), "-c", REQUEST)
    assert done.returncode == 7 and done.stdout == ""
    assert str(path) in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 3


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.01, 0.5, 0.999])
def test_a_part_of_a_model(nlsh: Nlsh, copy: Path, share: float) -> None:
    """A file that was cut off is refused, wherever that was."""
    with copy.open("r+b") as file:
        file.truncate(int(share * copy.stat().st_size))
    _refused(nlsh, copy)


def test_random_bytes(nlsh: Nlsh, tmp_path: Path) -> None:
    """A file of noise is refused."""
    path = tmp_path / "noise.gguf"
    path.write_bytes(random.Random(1).randbytes(1 << 20))
    _refused(nlsh, path)


@pytest.mark.parametrize("place", [0, 3, 4, 12, 15, 20, 23, 24, 31])
def test_a_flipped_byte_in_the_header(nlsh: Nlsh, copy: Path, place: int) -> None:
    """A header that says what is not there (magic, version, number of tensors and of keys, lengths) is refused."""
    with copy.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 0xFF]))
    _refused(nlsh, copy)


@pytest.mark.parametrize("seed", range(4))
def test_noise_in_the_header(nlsh: Nlsh, copy: Path, model_file: Path, seed: int) -> None:
    """Whatever llama.cpp does with a spoilt header, nlsh ends with an exit code of its own and without a traceback."""
    chance = random.Random(seed)
    with copy.open("r+b") as file:
        for _ in range(20):
            file.seek(chance.randrange(64, 200_000))
            file.write(chance.randbytes(1))
    done = nlsh.run("--model", str(copy), "-c", REQUEST)
    assert done.returncode in (0, 3, 7) and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["/nowhere/at-all.gguf", "no-such-model"])
def test_no_such_model(nlsh: Nlsh, name: str) -> None:
    """A model that is not there is named, with what to do about it."""
    done = nlsh.run("--model", name, "-c", REQUEST)
    assert done.returncode == 7 and name in done.stderr and "Traceback" not in done.stderr


def test_no_model_at_all(tmp_path: Path) -> None:
    """Without a model a request ends with 7 and the command that installs one; commands of the shell go on working."""
    nlsh = Nlsh(home=tmp_path / "nlsh")
    done = nlsh.run("-c", REQUEST)
    assert done.returncode == 7 and "nlshctl model install" in done.stderr
    assert nlsh.run("-c", "!echo still here").stdout == "still here\n"
