"""`nlshctl plugin`, as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.config import Folders
from nlsh.ctl_checks import plugins
from nlsh.sandbox.audit import show

ROOT = Path(__file__).parents[2]
Ctl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ctl(tmp_path: Path) -> Ctl:
    """Runs nlshctl with a home of its own, in the folder of the test."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "NLSH_HOME": str(tmp_path / "home"), "PYTHONPATH": path}

    def run(*words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", "from nlsh.ctl import main; main()", "plugin", *words]
        done = subprocess.run(line, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def listed(ctl: Ctl) -> dict[str, dict[str, object]]:
    """The plugins by name."""
    return {each["name"]: each for each in json.loads(ctl("list", "--json").stdout)["plugins"]}


def test_a_new_plugin_works(ctl: Ctl, tmp_path: Path) -> None:
    """It passes its check and its own tests, its verb is there once it is used, and no name is taken from nlsh."""
    ctl("new", "line-count")
    assert "2 passed" in ctl("test", "line-count").stdout
    ctl("enable", "line-count")
    assert listed(ctl)["line-count"]["verbs"] == "linecount.lines"
    ctl("new", "line-count", code=2)
    ctl("new", "files", code=2)
    ctl("new", "Bad_Name", code=2)


def test_what_the_model_makes_of_it(ctl: Ctl, tmp_path: Path, model_file: Path) -> None:
    """With --read every example stands beside its reading, the plugin used or not."""
    ctl("new", "line-count")
    (tmp_path / "home" / "config").mkdir(parents=True)
    (tmp_path / "home" / "config" / "config.toml").write_text(f"model = {json.dumps(str(model_file))}\n")
    shown = ctl("test", "--read", "line-count").stdout.splitlines()
    first = next(line for line in shown if line.startswith("count the lines of notes.txt"))
    assert '{"verb":"linecount.lines","path":"notes.txt"}' in first and first.split()[-1] == "yes"


def test_the_doctor_names_one_that_is_broken(ctl: Ctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request whose verb is gone is only not understood: what is wrong is found here."""
    ctl("new", "line-count")
    ctl("enable", "line-count")
    monkeypatch.setenv("NLSH_HOME", str(tmp_path / "home"))
    found = plugins(Folders.of_user())
    assert (found.ok, "line-count" in found.found.split(", ")) == (True, True)
    (tmp_path / "line-count" / "verbs.py").write_text("1 / 0\n")
    found = plugins(Folders.of_user())
    assert found.ok is False and "line-count cannot be loaded: ZeroDivisionError" in found.found


def test_what_its_examples_cannot_mean_is_said(ctl: Ctl, tmp_path: Path) -> None:
    """A word that the sentence does not have fails the check."""
    ctl("new", "line-count")
    verbs = tmp_path / "line-count" / "verbs.py"
    verbs.write_text(verbs.read_text().replace('{"path": "notes.txt"}', '{"path": "other.txt"}'))
    failed = ctl("test", "line-count", code=1)
    assert "cannot be" in failed.stdout + failed.stderr


def test_installing_runs_nothing(ctl: Ctl, tmp_path: Path) -> None:
    """Of a folder, of a wheel, or of a wheel that it depends on; .pth files are left out."""
    ctl("new", "line-count")
    folder = tmp_path / "line-count"
    bomb = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    (folder / "verbs.py").write_text(bomb + (folder / "verbs.py").read_text())
    (folder / "conftest.py").write_text(bomb)
    wheel = tmp_path / "dep-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("dep/__init__.py", bomb)
        packed.writestr("dep.pth", f"import os; {bomb}")
    ctl("install", "line-count", "--with", str(wheel))
    installed = tmp_path / "home" / "data" / "plugins" / "line-count"
    assert (installed / "deps" / "dep" / "__init__.py").exists()
    assert not (installed / "deps" / "dep.pth").exists() and not (tmp_path / "ran").exists()
    ctl("remove", "line-count")
    assert not installed.exists() and "line-count" not in listed(ctl)


@pytest.mark.parametrize("name", ["../../outside.py", "/tmp/nlsh-outside.py", "line_count/../../x"])
def test_a_wheel_stays_in_its_folder(ctl: Ctl, tmp_path: Path, name: str) -> None:
    """A name that leads out of it is refused, and nothing of it is installed."""
    wheel = tmp_path / "bad-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr(name, "x")
    ctl("install", str(wheel), code=1)
    assert not list((tmp_path / "home" / "data" / "plugins").iterdir())


def test_a_link_is_not_installed(ctl: Ctl, tmp_path: Path) -> None:
    """A folder with a link is refused: it could bring in anything."""
    ctl("new", "line-count")
    (tmp_path / "line-count" / "passwd").symlink_to("/etc/passwd")
    assert "not a plain file" in ctl("install", "line-count", code=1).stderr


def test_grants(ctl: Ctl, tmp_path: Path) -> None:
    """A bundled plugin has what only looks, and gets the rest; both can be taken back; the log has it all."""

    def has() -> dict[str, bool]:
        rows = json.loads(ctl("grants", "files", "--json").stdout)["grants"]
        return {row["capability"]: row["granted"] for row in rows}

    assert has() == {"fs.read:{path}": True, "fs.write:{path}": False}
    ctl("grant", "files")
    assert has() == {"fs.read:{path}": True, "fs.write:{path}": True}
    ctl("revoke", "files", "fs.read:{path}")
    assert has() == {"fs.read:{path}": False, "fs.write:{path}": True}
    ctl("grant", "files", "exec:sh", code=2)
    records = show(tmp_path / "home" / "state" / "audit.jsonl", event="plugin")
    assert [record["action"] for record in records] == ["grant", "revoke"]


def test_turning_one_off(ctl: Ctl) -> None:
    """It stays in the list, off; one that comes with nlsh cannot be removed, nor its name be taken."""
    ctl("disable", "power")
    assert listed(ctl)["power"]["state"] == "off"
    ctl("enable", "power")
    assert listed(ctl)["power"]["state"] == "on"
    ctl("remove", "power", code=2)
    ctl("logs", "none", code=2)
    assert "has written nothing" in ctl("logs", "power").stdout


def test_its_page(ctl: Ctl) -> None:
    """Says what it may, with every command line."""
    page = ctl("doc", "services").stdout
    assert "systemctl restart --no-ask-password {name:unit}.service (destroy)" in page and "## service.stop" in page
