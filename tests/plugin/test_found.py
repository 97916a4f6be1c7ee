"""Where plugins are found, and what they have of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.errors import PluginError
from nlsh.plugin import found as finding
from nlsh.plugin.found import Found, available, bundled, packages
from nlsh.plugin.host import Host
from tests.plugin.making import FakeHouse, Perform, doing, plugin

Made = Callable[..., Perform]
FINE = doing('return Result(verb="demo.do", message="fine")')


def test_those_that_come_with_nlsh() -> None:
    """In a checkout, and where they would be in a wheel."""
    assert [each.name for each in bundled()] == ["files", "logs", "network", "power", "services"]


def test_in_a_package_by_its_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry point names the package; nothing of it is imported."""
    made = plugin(tmp_path, "raise SystemExit(1)\n", name="inpackage", namespace="inpackage")
    (made.folder / "__init__.py").write_text("raise SystemExit(1)\n")
    info = tmp_path / "inpackage-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: inpackage\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[nlsh.plugins]\ninpackage = inpackage\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert Found(name="inpackage", folder=made.folder) in list(packages())


def test_a_folder_without_a_manifest_is_none(tmp_path: Path) -> None:
    """And neither is a file."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    made = plugin(tmp_path, FINE)
    assert [each for each in available(tmp_path) if each.folder.parent == tmp_path] == [made]


def test_its_key_changes_with_its_files(tmp_path: Path) -> None:
    """So that what is kept of it is made anew."""
    made = plugin(tmp_path, FINE)
    before = made.key
    assert made.key == before
    (made.folder / "verbs.py").write_text("# other")
    assert made.key != before


def test_a_change_is_seen_at_the_next_start(host: Host, tmp_path: Path) -> None:
    """A verb that was added is there, and the schema of before is gone."""
    made = plugin(tmp_path / "plugins", FINE)
    host.records.change("demo", folder=str(made.folder))
    assert [verb.name for verb in host.verbs()[0] if verb.plugin == "demo"] == ["demo.do"]
    text = (made.folder / "verbs.py").read_text()
    (made.folder / "verbs.py").write_text(text + FINE.replace("demo.do", "demo.more").replace("def do(", "def more("))
    assert [verb.name for verb in host.verbs()[0] if verb.plugin == "demo"] == ["demo.do", "demo.more"]
    assert len(list(host.places.cache.glob("demo-*.json"))) == 1


def test_a_kept_schema_costs_no_worker(host: Host, tmp_path: Path) -> None:
    """The second start runs nothing."""
    made = plugin(tmp_path / "plugins", FINE)
    host.records.change("demo", folder=str(made.folder))
    host.verbs()
    again = Host(host.places)
    assert [verb.name for verb in again.verbs()[0] if verb.plugin == "demo"] == ["demo.do"]
    assert again.helpers() == frozenset()


def test_a_folder_of_its_own(made: Made, host: Host) -> None:
    """Only where it says so: then it may write there, and nowhere else."""
    body = """
place = call.state + "/kept"
open(place, "a").write("x")
return Result(verb="demo.do", message=open(place).read())
"""
    perform = made(doing(body), more="state = true\n")
    assert [perform(FakeHouse()).message for _ in range(2)] == ["x", "xx"]
    with pytest.raises(PluginError):
        made(doing(body, name="none.do"), name="none", namespace="none")(FakeHouse(), "none.do")


def test_settings(made: Made, host: Host) -> None:
    """A person's file comes as the call's settings; a broken one is said, with its path."""
    perform = made(doing('return Result(verb="demo.do", message=str(dict(call.settings)))'))
    assert perform(FakeHouse()).message == "{}"
    host.places.settings.mkdir()
    (host.places.settings / "demo.toml").write_text('city = "Bern"\n')
    assert perform(FakeHouse()).message == "{'city': 'Bern'}"
    (host.places.settings / "demo.toml").write_text("city =")
    with pytest.raises(PluginError, match=r"demo\.toml"):
        perform(FakeHouse())


def test_a_package_is_not_taken_for_a_bundled_one(host: Host, tmp_path: Path) -> None:
    """A plugin that is called like one that comes with nlsh never stands in for it."""
    made = plugin(tmp_path / "plugins", FINE, name="files")
    host.records.change("files", folder=str(made.folder))
    used = {each.name: each for each in finding.enabled(host.records.all())}
    assert used["files"].bundled
