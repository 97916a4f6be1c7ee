"""Unfinished files: what may stay, and what goes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from nlsh.models.part import Part, digest, sweep, write_whole


def test_sweep_keeps_what_can_be_resumed_and_all_that_is_finished(tmp_path: Path) -> None:
    """Scratch folders, parts without a note, notes without a part and half-written files go; the rest stays."""
    kept = Part(target=tmp_path / "kept.gguf")
    kept.path.write_bytes(b"some")
    kept.resumable("https://example.org/kept.gguf", '"tag"')
    for name in ("a.gguf.part", "b.gguf.part.json", "c.gguf.part.building", "done.gguf", "installed.json"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / ".fetch-1").mkdir()
    (tmp_path / ".fetch-1" / "wheel").write_bytes(b"x")
    sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "done.gguf",
        "installed.json",
        "kept.gguf.part",
        "kept.gguf.part.json",
    ]


def test_a_part_belongs_to_one_address(tmp_path: Path) -> None:
    """The entity tag is given only for the address that it was noted for, and not once there is nothing."""
    part = Part(target=tmp_path / "m.gguf")
    assert part.tag("https://example.org/a") == ""
    part.path.write_bytes(b"some")
    part.resumable("https://example.org/a", '"tag"')
    assert part.tag("https://example.org/a") == '"tag"'
    assert part.tag("https://example.org/b") == ""
    part.note.write_text("{broken")
    assert part.tag("https://example.org/a") == ""
    part.path.write_bytes(b"")
    part.drop_unless_resumable()
    assert list(tmp_path.iterdir()) == []


def test_finishing_is_one_step(tmp_path: Path) -> None:
    """The finished file takes the name, also over an older one, and nothing else stays."""
    (tmp_path / "m.gguf").write_bytes(b"old")
    part = Part(target=tmp_path / "m.gguf")
    part.path.write_bytes(b"new")
    part.finish()
    assert (tmp_path / "m.gguf").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]


def test_a_text_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    """A failed replacement changes nothing and leaves nothing."""
    path = tmp_path / "config.toml"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\udcff")
    assert path.read_text() == "old" and [each.name for each in tmp_path.iterdir()] == ["config.toml"]


def test_digest_is_sha256_with_progress(tmp_path: Path) -> None:
    """The digest of a file, block by block."""
    data = bytes(3_000_000)
    (tmp_path / "file").write_bytes(data)
    heard: list[tuple[int, int]] = []
    assert digest(tmp_path / "file", lambda *state: heard.append(state)) == hashlib.sha256(data).hexdigest()
    assert heard[-1] == (len(data), len(data)) and len(heard) == 3
