"""A tree that may be read, but for one folder in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nlsh.errors import SandboxError
from nlsh.sandbox.around import around
from nlsh.sandbox.landlock import Access, Grant


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with files and folders beside each step of the way to `a/b/hidden`, and links to it."""
    (tmp_path / "a" / "b" / "hidden").mkdir(parents=True)
    for place in (tmp_path, tmp_path / "a", tmp_path / "a" / "b"):
        (place / "file").write_text("x")
        (place / "folder").mkdir()
        (place / "link").symlink_to(tmp_path / "a" / "b" / "hidden")
    return tmp_path


def test_all_that_is_beside_it(tree: Path) -> None:
    """Is granted, each entry for itself; links are not, and what is around them can be listed."""
    made = around(str(tree), str(tree / "a" / "b" / "hidden"))
    assert made[0] == Grant(path=str(tree), access=Access.LIST)
    assert {os.path.relpath(each.path, tree) for each in made[1:]} == {
        f"{place}{name}" for place in ("", "a/", "a/b/") for name in ("file", "folder")
    }
    assert {each.access for each in made[1:]} == {Access.READ}


@pytest.mark.parametrize("path", ["a/b/folder", "a/b/file", "folder"])
def test_what_is_not_around_it_is_one_grant(tree: Path, path: str) -> None:
    """As if there were nothing to hide."""
    made = around(str(tree / path), str(tree / "a" / "b" / "hidden"))
    assert made == (Grant(path=str(tree / path), access=Access.READ),)


def test_what_is_not_there_hides_nothing(tree: Path) -> None:
    """Before a secret is set the tree is granted as a whole."""
    assert around(str(tree), str(tree / "none")) == (Grant(path=str(tree), access=Access.READ),)


@pytest.mark.parametrize("path", ["a/b/hidden", "a/b/hidden/x", "link", "a/link/x", "a/b/../b/hidden"])
def test_it_cannot_be_granted_itself(tree: Path, path: str) -> None:
    """Nor anything in it, by whatever name."""
    with pytest.raises(SandboxError, match="among the secrets"):
        around(str(tree / path), str(tree / "a" / "b" / "hidden"))


def test_a_link_on_the_way_to_it_changes_nothing(tree: Path) -> None:
    """Both are looked at where they really are."""
    (tree / "home").symlink_to(tree / "a")
    assert around(str(tree / "a"), str(tree / "home" / "b" / "hidden"))[0].access is Access.LIST
