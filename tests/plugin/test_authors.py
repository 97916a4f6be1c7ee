"""What authors of plugins meet: mistakes, and what nlsh says about them. With real workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlsh.errors import NlshError, NothingMatched, OperationFailed, PluginError
from nlsh.plugin.consent import grant
from nlsh.plugin.host import Host
from nlsh.plugin.manifest import read
from nlsh.plugin.testing import bench
from tests.plugin.making import FakeHouse, Perform, calls, doing, performing, plugin, programs

Made = Callable[..., Perform]
FINE = doing('return Result(verb="demo.do", message="fine")')
GIT = """
[[capability]]
name = "exec:tool"
reason = "for a test"
[[capability]]
name = "fs.read:{path}"
reason = "for a test"
[[program]]
id = "tool"
argv = ["tool", "--of={path:path}", "status"]
effect = "read"
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('return "hello"', r"demo\.do returned str, and a verb returns a Result"),
        ("pass", r"demo\.do returned NoneType, and a verb returns a Result"),
        ('return Result(verb="demo.do", shape="square")', "plugin demo broke the rules: .* shape .* table, record"),
        ("1 / 0", r"the plugin demo failed: ZeroDivisionError: division by zero \(verbs\.py:6\)"),
        ("import json\njson.loads('x')", r"JSONDecodeError: .* \(verbs\.py:7\)"),
    ],
)
def test_a_mistake_is_named(made: Made, body: str, said: str) -> None:
    """With the plugin, what was wrong, and its own line where there is one."""
    with pytest.raises(PluginError, match=said):
        made(doing(body))(FakeHouse())


def test_what_is_out_of_reach_says_what_is_not(made: Made) -> None:
    """A file that was not granted is refused by the kernel; the hint says what can be reached."""
    with pytest.raises(PluginError, match="PermissionError") as told:
        made(doing("open('/etc/passwd')"))(FakeHouse())
    assert "what the verb's needs name" in told.value.hint


def test_a_module_that_does_not_load_says_why(host: Host, tmp_path: Path) -> None:
    """In the message itself: at its declaration there is no verb yet whose log one would look at."""
    bad = plugin(tmp_path / "plugins", FINE.replace("Effect.READ", "Effect.WRITE"))
    with pytest.raises(PluginError, match=r"plugin demo cannot be loaded: AttributeError: WRITE \(verbs\.py:3\)"):
        host.describe(bad)


def test_a_verb_that_was_renamed_meanwhile(host: Host, tmp_path: Path) -> None:
    """A session keeps the verbs that it started with; of one that is gone it says what to do."""
    found = plugin(tmp_path / "plugins", FINE)
    verb = host.verbs_of(found, host.declared(found))[0]
    plugin(tmp_path / "plugins", FINE.replace("demo.do", "demo.other"))
    with pytest.raises(OperationFailed, match=r"no verb demo\.do any more") as told:
        performing(host, found, verb)(FakeHouse())
    assert "start nlsh again" in told.value.hint


@pytest.mark.parametrize(
    ("body", "said"),
    [("import os\nos._exit(3)", "ended with status 3"), ("while True: pass", "took longer|ended with")],
)
def test_a_sudden_end_is_in_the_log(host: Host, made: Made, body: str, said: str) -> None:
    """The message names the log, so that something has to stand there."""
    with pytest.raises(PluginError, match=said):
        made(doing(body), more="timeout = 1\n")(FakeHouse())
    assert "the plugin demo " in host.workshop.log_file("demo").read_text()


def test_a_program_that_the_verb_does_not_name(tmp_path: Path) -> None:
    """What the plugin was granted is no use to a verb whose needs do not name it, and the hint says so."""
    lines = 'call.run("tool")\nreturn Result(verb="demo.do")'
    found = plugin(tmp_path, doing(lines, needs="fs.read:{path}", arguments="path: Text = '.'"), more=GIT)
    with bench(found.folder) as demo, pytest.raises(PluginError, match="may not run tool") as told:
        demo.perform("demo.do")
    assert told.value.hint.startswith("demo.do is granted what its needs name")


RUNS = doing(
    'return Result(verb="demo.do", message=call.run("tool", **call.settings).text)',
    needs="exec:tool fs.read:{path}",
    arguments="path: Text = '.'",
)


def test_a_program_gets_the_path_that_was_named(tmp_path: Path) -> None:
    """Absolute, so that it is never an option."""
    programs(tmp_path, tool="")
    (tmp_path / "-a repository").mkdir()
    with bench(plugin(tmp_path, RUNS, more=GIT).folder, programs=tmp_path / "bin") as demo:
        demo.perform("demo.do", path=str(tmp_path / "-a repository"))
    assert calls(tmp_path) == [f"tool --of={tmp_path}/-a repository status"]


@pytest.mark.parametrize("path", ["/etc", "{named}/inner", "{named}/..", "relative", "-f", ""])
def test_a_program_gets_no_other_path(tmp_path: Path, path: str) -> None:
    """What a plugin may not look at itself it cannot have a program look at either, whatever it names."""
    programs(tmp_path, tool="")
    named = tmp_path / "named"
    (named / "inner").mkdir(parents=True)
    settings = f'path = "{path.format(named=named)}"'
    with (
        bench(plugin(tmp_path, RUNS, more=GIT).folder, programs=tmp_path / "bin", settings=settings) as demo,
        pytest.raises(NlshError, match=r"not granted|not an absolute path"),
    ):
        demo.perform("demo.do", path=str(named))
    assert calls(tmp_path) == []


@pytest.mark.parametrize("named", ["kept", "kept/inner", "."])
def test_a_program_is_run_on_nothing_of_nlshs(host: Host, tmp_path: Path, named: str) -> None:
    """A program runs outside of the worker, and would see the secrets of plugins in a folder that holds them."""
    programs(tmp_path, tool="")
    (tmp_path / "kept" / "inner").mkdir(parents=True)
    demo = plugin(tmp_path / "plugins", RUNS, more=GIT)
    manifest = read(demo.folder)
    grant(host.records, demo, manifest, [ask.capability for ask in manifest.asks])
    perform = performing(host, demo)
    with pytest.raises(NlshError, match="nlsh keeps its own things there"):
        perform(FakeHouse(), path=str(tmp_path / named))
    assert calls(tmp_path) == []


def test_a_folder_of_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~/` in a capability is the home of whoever uses the plugin: that folder of it, and no more."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("records", "letters"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(name)
    more = '[[capability]]\nname = "fs.read:~/records"\nreason = "for a test"\n'
    body = 'return Result(verb="demo.do", message=open(f"{call.home}/{folder}/a.txt").read())'
    code = doing(body, needs="fs.read:~/records", arguments="folder: Text = 'records'")
    with bench(plugin(tmp_path, code, more=more).folder) as demo:
        assert demo.perform("demo.do").message == "records"
        with pytest.raises(PluginError, match="PermissionError"):
            demo.perform("demo.do", folder="letters")


NOTES = """
COLUMNS = (Column(key="number", title="#", unit=Unit.COUNT), Column(key="text", title="Note"))

def kept(call):
    try:
        return open(f"{call.state}/notes").read().splitlines()
    except FileNotFoundError:
        return []

def keep(call, notes):
    with open(f"{call.state}/notes", "w") as file:
        file.write("".join(f"{note}\\n" for note in notes))

@verb("notes.add", effect=Effect.CHANGE, target="text", examples={"note buy milk": {"text": "buy milk"}})
def add(call: Call, *, text: Text | None = None) -> Result:
    '''Add a note.'''
    notes = kept(call)
    if len(notes) >= call.settings.get("most", 100):
        raise OperationFailed("there are too many notes", hint="remove one")
    keep(call, [*notes, text])
    call.log(f"added {text}")
    return Result(verb="notes.add", message=f"Note {len(notes) + 1}: {text}.")

@verb("notes.list", effect=Effect.READ, examples={"list my notes": {}})
def listed(call: Call) -> Result:
    '''List the notes.'''
    rows = tuple({"number": number, "text": text} for number, text in enumerate(kept(call), 1))
    return Result(verb="notes.list", shape="table", columns=COLUMNS, rows=rows)

@verb("notes.remove", effect=Effect.CHANGE, target="number", examples={"remove note 2": {"number": 2}})
def remove(call: Call, *, number: Count | None = None) -> Result:
    '''Remove a note.'''
    notes = kept(call)
    if not 1 <= number <= len(notes):
        raise NothingMatched(f"there is no note {number}")
    keep(call, notes[:number - 1] + notes[number:])
    return Result(verb="notes.remove", message=f"Note {number} is gone.")
"""


def test_a_whole_plugin_on_the_bench(tmp_path: Path) -> None:
    """What it keeps lasts from request to request, its settings count, its errors are its own, its log is kept."""
    found = plugin(tmp_path, NOTES, name="notes", namespace="notes", more="state = true\n")
    with bench(found.folder, settings="most = 2\n") as notes:
        notes.perform("notes.add", text="buy milk")
        assert notes.perform("notes.add", text="call Ann").message == "Note 2: call Ann."
        with pytest.raises(OperationFailed, match="too many notes"):
            notes.perform("notes.add", text="one more")
        notes.perform("notes.remove", number=1)
        with pytest.raises(NothingMatched, match="no note 2"):
            notes.perform("notes.remove", number=2)
        assert notes.perform("notes.list").rows == ({"number": 1, "text": "call Ann"},)
        log = notes.host.workshop.log_file("notes").read_text()
    assert [line.partition(" ")[2] for line in log.splitlines()] == ["added buy milk", "added call Ann"]
