"""What a grant is bound to: the words that were agreed to, and the files that the plugin had then."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.act import Act
from nlsh.confirm import Answer
from nlsh.errors import Denied, PluginError
from nlsh.plugin.consent import grant, granted
from nlsh.plugin.found import Found, bundled
from nlsh.plugin.host import Host
from nlsh.plugin.manifest import read
from nlsh.sandbox.permit import Permit
from tests.plugin.making import FakeHouse, calls, doing, performing, plugin, programs

RUN = """
[[capability]]
name = "exec:tool"
reason = "for a test"
[[program]]
id = "tool"
argv = ["tool"]
effect = "read"
"""
CODE = doing('return Result(verb="demo.do", message=call.run("tool").text)', needs="exec:tool")


@pytest.fixture
def demo(host: Host, tmp_path: Path) -> Found:
    """A plugin that was granted its program."""
    programs(tmp_path, tool="echo ran")
    found = plugin(tmp_path / "plugins", CODE, more=RUN)
    grant(host.records, found, read(found.folder), ["exec:tool"])
    return found


def has(host: Host, found: Found) -> bool:
    """Whether it has its capability."""
    return granted(host.records, found, read(found.folder)) == {"exec:tool"}


def test_a_grant_lasts(host: Host, demo: Found) -> None:
    """As long as nothing changes nobody is asked again."""
    house = FakeHouse()
    assert performing(host, demo)(house).ok and performing(host, demo)(house).ok
    assert not any("wants to" in act.title for act in house.acts)


def _edit(folder: Path) -> None:
    (folder / "verbs.py").write_text((folder / "verbs.py").read_text() + "\n# changed\n")


def _add(folder: Path) -> None:
    (folder / "json.py").write_text("")


def _compile(folder: Path) -> None:
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "verbs.cpython-311.pyc").write_bytes(b"x")


def _link(folder: Path) -> None:
    (folder / "deps").symlink_to("/usr/lib")


def _same_size_and_time(folder: Path) -> None:
    file = folder / "verbs.py"
    about = file.stat()
    file.write_text(file.read_text().replace("Do it", "Do at"))
    os.utime(file, ns=(about.st_atime_ns, about.st_mtime_ns))


@pytest.mark.parametrize("change", [_edit, _add, _compile, _link, _same_size_and_time], ids=lambda each: each.__name__)
def test_other_files_ask_again(host: Host, demo: Found, change: Callable[[Path], None]) -> None:
    """A file that is edited, added, compiled, linked to, or made to look untouched: the question says so."""
    change(demo.folder)
    assert not has(host, demo)
    house = FakeHouse(Answer.NO)
    with pytest.raises(Denied):
        performing(host, demo)(house)
    assert "the plugin demo, which is not what it was when you agreed, wants to have nlsh run" in house.acts[0].title
    assert performing(host, demo)(FakeHouse(Answer.YES_WORD)).message == "ran "
    assert has(host, demo) and len(host.records.of("demo").granted) == 1


def test_files_that_change_while_it_is_asked_about(host: Host, demo: Found) -> None:
    """What the person says yes to is what was there when it was asked; nothing is granted, and nothing runs."""

    class Slow(FakeHouse):
        def allow(self, act: Act) -> Permit:
            _add(demo.folder)
            return super().allow(act)

    _edit(demo.folder)
    with pytest.raises(PluginError, match="changed while it was asked about"):
        performing(host, demo)(Slow(Answer.YES_WORD))
    assert not has(host, demo) and calls(demo.folder.parents[1]) == []


def test_where_it_lies_is_no_matter(host: Host, demo: Found, tmp_path: Path) -> None:
    """The same files in another folder are the same plugin."""
    demo.folder.rename(tmp_path / "moved")
    assert has(host, Found(name="demo", folder=tmp_path / "moved"))


def test_an_author_is_not_asked_at_each_change(host: Host, demo: Found) -> None:
    """A plugin that is used from its author's folder keeps its grants, but not for other words."""
    host.records.change("demo", authored=True)
    grant(host.records, demo, read(demo.folder), ["exec:tool"])
    _edit(demo.folder)
    assert has(host, demo)
    manifest = demo.folder / "plugin.toml"
    manifest.write_text(manifest.read_text().replace("for a test", "for another"))
    assert not has(host, demo)


def test_whose_folder_it_is(host: Host, tmp_path: Path) -> None:
    """One that was installed, or comes with nlsh, is not in its author's folder."""
    assert Found(name="demo", folder=tmp_path / "demo").authored(host.places.installed)
    assert not Found(name="demo", folder=host.places.installed / "demo").authored(host.places.installed)
    assert not any(each.authored(host.places.installed) for each in bundled())


def test_what_is_no_file_is_an_error(demo: Found) -> None:
    """A pipe in its folder is named, and nothing waits for it."""
    os.mkfifo(demo.folder / "pipe")
    with pytest.raises(PluginError, match=r"pipe of the plugin demo: it is not a plain file"):
        _ = demo.digest
