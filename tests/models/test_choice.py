"""Choosing a model changes one line of the settings file and nothing else."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.errors import ModelError
from nlsh.models.choice import choose, with_model

PIECES = st.sampled_from(
    [
        "# a comment\n",
        "\n",
        "threads = 2\n",
        'model = "old"\n',
        "model = 'old'  # why\n",
        'audit = false # model = "no"\n',
        '"confidence" = { read = 0.5 }\n',
        "[confidence]\n",
        "destroy = 0.9\n",
        'model = "in a table"\n',
    ]
)
NAMES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1)


@given(pieces=st.lists(PIECES, max_size=6), name=NAMES)
def test_only_the_model_changes(pieces: list[str], name: str) -> None:
    """Whatever stands in a sound settings file, its other settings and comments stay."""
    text = "".join(pieces)
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    changed = with_model(text, name)
    assert tomllib.loads(changed) == {**before, "model": name}
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in changed.splitlines() if line.startswith("#")
    ]
    assert with_model(changed, name) == changed


def test_the_comment_behind_the_old_model_stays(tmp_path: Path) -> None:
    """A line keeps what is said behind it, and a table below is left alone."""
    path = tmp_path / "config.toml"
    path.write_text('# mine\nmodel = "old" # the fast one\n\n[confidence]\nread = 0.5\n')
    choose(path, "/models/it's.gguf")
    assert path.read_text() == ('# mine\nmodel = "/models/it\'s.gguf" # the fast one\n\n[confidence]\nread = 0.5\n')


def test_a_new_entry_stands_above_the_first_table(tmp_path: Path) -> None:
    """A setting added behind a table would belong to the table."""
    path = tmp_path / "config.toml"
    path.write_text("threads = 2\n\n[confidence]\nread = 0.5\n")
    choose(path, "tiny")
    assert path.read_text() == 'threads = 2\nmodel = "tiny"\n\n[confidence]\nread = 0.5\n'


def test_the_file_and_its_folder_are_made(tmp_path: Path) -> None:
    """A first choice needs no settings file."""
    choose(tmp_path / "new" / "config.toml", "tiny")
    assert (tmp_path / "new" / "config.toml").read_text() == 'model = "tiny"\n'


def test_mode_and_links_are_kept(tmp_path: Path) -> None:
    """A settings file that is a link to elsewhere stays one, with its mode."""
    real = tmp_path / "dotfiles.toml"
    real.write_text("threads = 1\n")
    real.chmod(0o600)
    link = tmp_path / "config.toml"
    link.symlink_to(real)
    choose(link, "tiny")
    assert link.is_symlink() and 'model = "tiny"' in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "dotfiles.toml"]


@pytest.mark.parametrize("text", ["model = \n", 'x = """\nmodel = "inside a text"\n"""\n', "model.name = 1\n"])
def test_a_file_that_cannot_be_edited_safely_is_left_alone(text: str, tmp_path: Path) -> None:
    """Broken or unusual files are not touched; the error says what to write by hand."""
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ModelError) as caught:
        choose(path, "tiny")
    assert caught.value.hint == 'write model = "tiny" there yourself'
    assert path.read_text() == text
