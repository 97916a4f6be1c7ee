"""The trash: what may go there, that it is what was looked at, and that it comes back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nlsh.errors import Denied, NlshError, NothingMatched, OperationFailed
from nlsh.sandbox import trash


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a few things in it; the test is in its folder `work`."""
    made = tmp_path / "people" / "ann"
    (made / "work" / "inner").mkdir(parents=True)
    (made / "old").mkdir()
    (made / "old" / "a.txt").write_text("abc")
    (made / "old" / "b.txt").write_text("defg")
    (made / "note.txt").write_text("note")
    (made / "kept").mkdir()
    return made


def look(home: Path, path: object) -> trash.Item:
    return trash.look(str(path), home=str(home), folder=str(home / "work" / "inner"), kept=(str(home / "kept"),))


def test_there_and_back(home: Path) -> None:
    """A folder goes with all that is in it, is described, and is whole again afterwards."""
    item = look(home, home / "old")
    assert (item.kind, item.size, item.files) == ("a folder", 7, 2)
    thrown = trash.throw(item, home=str(home))
    assert not (home / "old").exists()
    info = (home / ".local/share/Trash/info/old.trashinfo").read_text()
    assert f"Path={home}/old" in info and info.startswith("[Trash Info]\n")
    assert trash.put_back(thrown) == str(home / "old")
    assert (home / "old" / "a.txt").read_text() == "abc"
    assert not list((home / ".local/share/Trash/info").iterdir())


def test_two_of_one_name(home: Path) -> None:
    """The second one does not replace the first in the trash, and each comes back as what it was."""
    first = trash.throw(look(home, home / "note.txt"), home=str(home))
    (home / "note.txt").write_text("another")
    second = trash.throw(look(home, home / "note.txt"), home=str(home))
    trash.put_back(second)
    assert (home / "note.txt").read_text() == "another"
    with pytest.raises(OperationFailed, match="is there again"):
        trash.put_back(first)
    assert (home / "note.txt").read_text() == "another"


@pytest.mark.parametrize(
    "path", ["/", "/etc", "/usr/bin", "/var/log", "/home/ann", "/proc/1", "/dev/null", "/tmp", "/etc/passwd", "/root"]
)
def test_what_belongs_to_the_system_stays(home: Path, path: str) -> None:
    """Whoever says it, root too."""
    with pytest.raises(Denied):
        look(home, path)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "work", "work/inner", "work/inner/.", "work/../work", "kept", "kept/x"]
)
def test_home_and_the_way_here_stay(home: Path, name: str) -> None:
    """The home, what it is in, the current folder, what that is in, and nlsh's own folders."""
    with pytest.raises(Denied):
        look(home, f"{home}/{name}")


def test_what_a_link_leads_to_stays(home: Path) -> None:
    """The link goes, not what it leads to; and a folder that is a link does not hide where something is."""
    (home / "link").symlink_to(home / "work")
    trash.throw(look(home, home / "link"), home=str(home))
    assert (home / "work" / "inner").exists() and not (home / "link").is_symlink()
    (home / "elsewhere").symlink_to("/etc")
    with pytest.raises(Denied):
        look(home, home / "elsewhere" / "passwd")


def test_what_is_not_there(home: Path) -> None:
    """Is said."""
    with pytest.raises(NothingMatched):
        look(home, home / "none")


def test_swapped_in_between(home: Path) -> None:
    """What was confirmed is moved and nothing else: not a new file of that name, not one behind a new link."""
    item = look(home, home / "note.txt")
    (home / "note.txt").unlink()
    (home / "spare").write_text("")  # takes the inode, so that the new file is another one
    (home / "note.txt").write_text("precious")
    with pytest.raises(OperationFailed, match="is not what it was"):
        trash.throw(item, home=str(home))
    assert (home / "note.txt").read_text() == "precious"

    inside = look(home, home / "old" / "a.txt")
    (home / "old").rename(home / "older")
    (home / "old").symlink_to(home / "older")
    with pytest.raises(NlshError):
        trash.throw(inside, home=str(home))
    assert (home / "older" / "a.txt").exists()


def test_what_was_taken_from_the_trash_is_not_replaced(home: Path) -> None:
    """If something else has its name in the trash by then, it stays there."""
    thrown = trash.throw(look(home, home / "note.txt"), home=str(home))
    place = home / ".local/share/Trash/files/note.txt"
    os.rename(place, home / "mine")  # noqa: PTH104
    place.write_text("other")
    with pytest.raises(OperationFailed, match="not in the trash any more"):
        trash.put_back(thrown)
    assert place.read_text() == "other"
