"""What changes between two looks of the broker, and what a plugin sends that it should not. With real workers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.act import Act
from nlsh.confirm import Answer
from nlsh.errors import NeedsConfirmation, NlshError
from nlsh.plugin.consent import grant, revoke
from nlsh.plugin.host import Host
from nlsh.plugin.manifest import read
from nlsh.sandbox.permit import Permit
from tests.plugin.making import FakeHouse, Perform, calls, doing, performing, plugin, programs

RUN = """
[[capability]]
name = "exec:tool"
reason = "for a test"
[[program]]
id = "tool"
argv = ["tool"]
effect = "read"
"""
TRASH = '[[capability]]\nname = "fs.write:{path}"\nreason = "to move it"\n'
THROWS = doing(
    'return Result(verb="demo.do", message=call.trash(path).path)',
    needs="fs.write:{path}",
    arguments="path: Text | None = None",
    effect="CHANGE",
)


class Meanwhile(FakeHouse):
    """A house in which something happens while the person thinks about what a plugin wants to do."""

    def __init__(self, happens: Callable[[], object], *answers: Answer) -> None:
        super().__init__(*answers)
        self._happens = happens

    def allow(self, act: Act) -> Permit:
        if act.intent.verb == "demo.do":
            self._happens()
        return super().allow(act)


def granted(host: Host, folder: Path, code: str, more: str) -> Perform:
    """What carries out the verb of a plugin that has all it asks for."""
    found = plugin(folder, code, more=more)
    manifest = read(found.folder)
    grant(host.records, found, manifest, [ask.capability for ask in manifest.asks])
    return performing(host, found)


def _another_file(home: Path) -> None:
    (home / "work" / "note").unlink()
    (home / "work" / "note").write_text("dear")


def _a_link(home: Path) -> None:
    (home / "work" / "note").unlink()
    (home / "work" / "note").symlink_to(home / "dear")


def _a_linked_folder(home: Path) -> None:
    (home / "work").rename(home / "moved")
    (home / "work").symlink_to(home / "dearest")


@pytest.mark.parametrize("swap", [_another_file, _a_link, _a_linked_folder], ids=lambda each: each.__name__[1:])
def test_what_is_swapped_while_the_person_thinks_stays(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swap: Callable[[Path], None]
) -> None:
    """What was shown goes to the trash, or nothing does: another file under its name is not what was agreed to."""
    home = tmp_path / "home"
    for folder in ("work", "dearest", "here"):
        (home / folder).mkdir(parents=True)
    for path in ("work/note", "dearest/note", "dear"):
        (home / path).write_text(path)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home / "here")
    perform = granted(host, tmp_path / "plugins", THROWS, TRASH)
    with pytest.raises(NlshError):
        perform(Meanwhile(lambda: swap(home), Answer.YES_KEY), path=str(home / "work" / "note"))
    assert (home / "dearest" / "note").read_text() == "dearest/note" and (home / "dear").read_text() == "dear"
    assert (home / "work" / "note").exists()


def test_a_grant_that_was_taken_back_counts_no_more(host: Host, tmp_path: Path) -> None:
    """The same request that was served a moment ago is asked about again, and nobody is there to say yes."""
    programs(tmp_path, tool="echo ran")
    code = doing('return Result(verb="demo.do", message=call.run("tool").text)', needs="exec:tool")
    perform = granted(host, tmp_path / "plugins", code, RUN)
    assert perform(FakeHouse()).ok
    revoke(host.records, "demo", ["exec:tool"])
    with pytest.raises(NeedsConfirmation, match="was not granted that"):
        perform(FakeHouse())
    assert calls(tmp_path) == ["tool "]


def test_descriptors_that_a_plugin_sends_are_not_taken(host: Host, tmp_path: Path) -> None:
    """They go nowhere: nlsh has as many open as before, and the message is read as what it says."""
    code = doing("""
import socket
for _ in range(20):
    socket.send_fds(call._connection, [b'{"op":"log","text":"with files"}'], [0, 1, 2] * 3)
return Result(verb="demo.do", message="sent")
""")
    perform = performing(host, plugin(tmp_path / "plugins", code))
    assert perform(FakeHouse()).message == "sent"
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names, not paths
    assert perform(FakeHouse()).message == "sent"
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert host.workshop.log_file("demo").read_text().count("with files") == 40


def test_a_log_line_cannot_steer_a_terminal(host: Host, tmp_path: Path) -> None:
    """Nor be two lines."""
    code = doing('call.log("a\\x1b[31mb\\nc\\u202ed")\nreturn Result(verb="demo.do")')
    performing(host, plugin(tmp_path / "plugins", code))(FakeHouse())
    line = host.workshop.log_file("demo").read_text()
    assert line.endswith(" a[31mb cd\n") and line.count("\n") == 1
