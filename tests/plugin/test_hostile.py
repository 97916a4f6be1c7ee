"""Plugins that mean harm, or are broken: each costs its own request and nothing else. With real workers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.act import Act
from nlsh.confirm import Answer
from nlsh.errors import Denied, NlshError, PluginError, SandboxError
from nlsh.plugin.host import Host
from nlsh.sandbox.permit import Permit
from tests.plugin.making import FakeHouse, Perform, calls, doing, performing, plugin, programs

Made = Callable[..., Perform]
FINE = doing('return Result(verb="demo.do", message="fine")')
RUN = """
[[capability]]
name = "exec:tool"
reason = "for a test"
[[program]]
id = "tool"
argv = ["tool"]
effect = "read"
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("while True: pass", "took longer|ended with"),
        ("import time\ntime.sleep(60)", "took longer than 1 seconds"),
        ("import os\nos.abort()", "ended with signal 6"),
        ("import os\nos._exit(0)", "ended with status 0"),
        ("import ctypes\nctypes.string_at(0)", "ended with signal 11"),
        ("raise SystemExit(3)", "ended with status 3"),
        ("raise KeyboardInterrupt", "ended with"),
        ("data = []\nwhile True: data.append(bytearray(1 << 24))", "MemoryError|ended with|took longer"),
        ("while True: call.log('x' * 3000)", "says too much"),
        ("return Result(verb='demo.do', shape='table', rows=tuple({'a': 'x'} for _ in range(6000)))", "5000 rows"),
        ("call._connection.send(b'nonsense')\nreturn Result(verb='demo.do')", "no message"),
        ("call._connection.send(b'x' * 70000)\nreturn Result(verb='demo.do')", "too long|no message"),
        ("call._connection.send(b'{\"op\":\"done\"}')\nreturn Result(verb='demo.do')", "no message"),
        ("def f(n): return f(n + 1)\nf(0)", "RecursionError|ended with"),
        ("import os\nos.kill(os.getppid(), 9)", "PermissionError|ended with"),
        ("import os\nos.fork()", "PermissionError|ended with"),
        ("import threading\nthreading.Thread(target=print).start()", "failed|ended with"),
        ("import subprocess\nsubprocess.run(['id'])", "failed|ended with"),
        ("import socket\nsocket.socket()", "PermissionError|ended with"),
        ("open('/etc/passwd').read()", "PermissionError"),
        ("import os\nos.listdir(call.home)", "PermissionError|FileNotFound"),
        ("open('/proc/1/environ').read()", "PermissionError"),
        ("open('/tmp/nlsh-escaped', 'w')", "PermissionError"),
        ("return 7", "failed"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_it_costs_its_own_request(made: Made, body: str, said: str) -> None:
    """The request ends with an error that names the plugin, in time, and nothing was left outside."""
    began = time.monotonic()
    with pytest.raises(NlshError, match=said):
        made(doing(body), more="timeout = 1\n")(FakeHouse())
    assert time.monotonic() - began < 8
    assert not Path("/tmp/nlsh-escaped").exists()


def test_the_next_request_is_served(host: Host, tmp_path: Path) -> None:
    """After a plugin crashed, another one works, and so does the same one once it is mended."""
    bad = plugin(tmp_path / "plugins", doing("import os\nos.abort()"))
    good = plugin(tmp_path / "plugins", FINE.replace("demo.do", "other.do"), name="other", namespace="other")
    with pytest.raises(PluginError):
        performing(host, bad)(FakeHouse())
    assert performing(host, good)(FakeHouse(), "other.do").message == "fine"
    (bad.folder / "verbs.py").write_text((good.folder / "verbs.py").read_text().replace("other.do", "demo.do"))
    assert performing(host, bad)(FakeHouse()).message == "fine"


@pytest.mark.parametrize(
    "code",
    [
        "import time\ntime.sleep(60)",
        "import os\nos.abort()",
        "raise SystemExit",
        "1/0",
        "open('/etc/shadow')",
    ],
)
def test_one_that_fails_at_its_import_is_left_out(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """It has no verbs; the reason is told, and the others have theirs."""
    monkeypatch.setattr("nlsh.plugin.request._DESCRIBING", 1.0)
    bad = plugin(tmp_path / "plugins", f"{code}\n{FINE}")
    host.records.change("demo", folder=str(bad.folder))
    verbs, wrong = host.verbs()
    assert "files.size" in [verb.name for verb in verbs] and not any(verb.plugin == "demo" for verb in verbs)
    assert len(wrong) == 1 and "the plugin demo cannot be used" in wrong[0]


@pytest.mark.parametrize(
    ("namespace", "name"),
    [("process", "process.kill"), ("net", "net.wget"), ("files", "files.size"), ("demo", "process.kill")],
)
def test_it_cannot_take_a_name(host: Host, tmp_path: Path, namespace: str, name: str) -> None:
    """Neither a core verb's, nor one in a namespace of nlsh or of another plugin, nor one outside its own."""
    bad = plugin(tmp_path / "plugins", FINE.replace("demo.do", name), namespace=namespace)
    host.records.change("demo", folder=str(bad.folder))
    verbs, wrong = host.verbs(frozenset({"process", "net"}))
    assert len(wrong) == 1 and not any(verb.plugin == "demo" for verb in verbs)


def test_it_cannot_call_itself_something_else(host: Host, tmp_path: Path) -> None:
    """A manifest that names another plugin than the one that was installed is refused."""
    bad = plugin(tmp_path / "plugins", FINE)
    text = (bad.folder / "plugin.toml").read_text().replace('name = "demo"', 'name = "files"')
    (bad.folder / "plugin.toml").write_text(text)
    with pytest.raises(PluginError, match="says it is files"):
        host.describe(bad)


def test_a_lie_about_its_verb_changes_nothing(made: Made, tmp_path: Path, host: Host) -> None:
    """The result carries the name of the verb that was asked for, whatever the plugin writes there."""
    assert made(doing('return Result(verb="power.shutdown", message="x")'))(FakeHouse()).verb == "demo.do"


def test_text_cannot_steer_a_terminal(made: Made) -> None:
    """Control and format characters are gone from messages, notes, cells, headings and failures."""
    body = """
bad = "a\\x1b[31mb\\u202ec\\x07"
column = Column(key="name", title=bad)
failure = Failure(subject=bad, reason=bad, remedy=bad)
return Result(verb="demo.do", shape="table", columns=(column,), rows=({"name": bad},), message=bad, notes=(bad,),
              failures=(failure,))
"""
    result = made(doing(body))(FakeHouse())
    texts = [result.message, *result.notes, result.columns[0].title, result.rows[0]["name"], result.failures[0].reason]
    assert set(texts) == {"a[31mbc"}


def test_an_error_that_it_names_is_clean_too(made: Made) -> None:
    """And it cannot pretend that the policy spoke, or that there is no model."""
    for kind in ("Denied", "ModelError", "AuditError", "NlshError"):
        body = f"from nlsh import errors\nraise errors.{kind}('no\\x1b[2J')"
        with pytest.raises(PluginError, match=r"the plugin demo failed: no\[2J"):
            made(doing(body))(FakeHouse())


def test_what_it_was_not_granted_it_cannot_ask_for(made: Made, tmp_path: Path) -> None:
    """Programs, the trash and connections are refused, also where the manifest names them but the verb does not."""
    programs(tmp_path, tool="echo ran")
    for body in ('call.run("tool")', 'call.run("other")', f'call.trash("{tmp_path}")', 'call.connect("localhost", 80)'):
        with pytest.raises((SandboxError, PluginError), match="may not"):
            made(doing(body + '\nreturn Result(verb="demo.do")'), more=RUN)(FakeHouse())
    assert calls(tmp_path) == []


def test_it_goes_no_further_against_a_no(made: Made, tmp_path: Path) -> None:
    """After a no the request is over, whatever the plugin makes of the error."""
    programs(tmp_path, rm="echo ran")
    more = RUN.replace("tool", "rm").replace('"read"', '"destroy"')
    body = """
for _ in range(3):
    try:
        call.run("rm")
    except Exception:
        pass
return Result(verb="demo.do", message="done")
"""
    perform = made(doing(body, needs="exec:rm"), more=more)
    house = FakeHouse(Answer.YES_WORD, Answer.NO)
    with pytest.raises(Denied):
        perform(house)
    assert len(house.acts) == 2 and calls(tmp_path) == []


def test_a_program_that_hangs_or_floods_is_ended(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its output is cut at its limit, and it is killed with all that it started when its time is over."""
    monkeypatch.setattr("nlsh.sandbox.broker._PATIENCE", 1.0)
    perform = made(
        doing('out = call.run("tool")\nreturn Result(verb="demo.do", message=str(len(out.text)))', needs="exec:tool"),
        more=RUN,
    )
    programs(tmp_path, tool="sleep 77 & sleep 77")
    with pytest.raises(NlshError, match="longer than 1 seconds"):
        perform(FakeHouse(Answer.YES_WORD))
    programs(tmp_path, tool="head -c 3000000 /dev/zero")
    assert perform(FakeHouse()).message == str(1 << 20)


def test_too_many_operations_end_it(made: Made, tmp_path: Path) -> None:
    """A flood of requests to run a harmless program is cut."""
    programs(tmp_path, tool="true")
    body = 'for _ in range(100): call.run("tool")\nreturn Result(verb="demo.do")'
    with pytest.raises(PluginError, match="asked for more than"):
        made(doing(body, needs="exec:tool"), more=RUN)(FakeHouse(Answer.YES_WORD))
    assert len(calls(tmp_path)) == 40


def test_what_a_program_wrote_can_only_be_read(made: Made, tmp_path: Path) -> None:
    """The descriptor with its output cannot be written to, reopened or not."""
    programs(tmp_path, tool="echo hello")
    body = """
import os, socket, json
call._send({"op": "run", "program": "tool", "values": {}})
data, files, _, _ = socket.recv_fds(call._connection, 1 << 16, 4)
said = []
for attempt in (lambda: os.pwrite(files[0], b"x", 0), lambda: os.ftruncate(files[0], 0),
                lambda: os.pwrite(os.open(f"/proc/self/fd/{files[0]}", os.O_RDWR), b"x", 0)):
    try:
        attempt()
        said.append("written")
    except OSError:
        said.append("no")
return Result(verb="demo.do", message=" ".join([os.pread(files[0], 100, 0).decode().strip(), *said]))
"""
    assert made(doing(body, needs="exec:tool"), more=RUN)(FakeHouse(Answer.YES_WORD)).message == "hello no no no"


def test_nothing_of_it_is_left(made: Made, host: Host) -> None:
    """When the host is closed, no process of any plugin is."""
    made(FINE)(FakeHouse())
    helpers = host.helpers()
    assert len(helpers) == 1
    host.close()
    assert not any(os.path.exists(f"/proc/{pid}") for pid in helpers)  # noqa: PTH110


def test_the_time_of_the_person_is_not_the_plugins(made: Made, tmp_path: Path) -> None:
    """Who thinks for longer than a plugin has is not the reason that it fails; slow programs are."""

    class Slow(FakeHouse):
        def allow(self, act: Act) -> Permit:
            time.sleep(1.2)
            return super().allow(act)

    body = 'call.run("tool")\nassert call.left > 0.1\nreturn Result(verb="demo.do", message="done")'
    perform = made(doing(body, needs="exec:tool"), more="timeout = 1\n" + RUN)
    programs(tmp_path, tool="true")
    assert perform(Slow(Answer.YES_WORD)).message == "done"
    programs(tmp_path, tool="sleep 1.5")
    with pytest.raises(NlshError, match=r"took longer|does not listen|failed"):
        perform(Slow())
