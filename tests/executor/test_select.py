"""From selectors to exact processes."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from house import child, said
from hypothesis import given
from hypothesis import strategies as st

from nlsh.errors import Denied, NlshError, NothingMatched, NotUnderstood
from nlsh.executor.core import core_registry
from nlsh.executor.protected import Me
from nlsh.executor.select import is_everything, select
from nlsh.executor.table import ProcTable, user_name
from nlsh.executor.undo import Restore, UndoLog
from nlsh.intent import Intent
from nlsh.process import Process
from nlsh.result import Result
from nlsh.selector import Selector
from nlsh.target import ProcessId, Selection
from nlsh.testing.processes import FakeTable, process

REGISTRY = core_registry()
ME = Me(pid=500, uid=1000, session=400, helpers=frozenset({600}))
PEOPLE = (
    process(1, "systemd", uid=0, user="root", age=9000.0, rss=50),
    process(2, "kthreadd", uid=0, user="root", kernel=True, age=9000.0, argv=()),
    process(300, "sshd", uid=0, user="root", parent=1, age=8000.0, rss=40),
    process(400, "bash", parent=300, session=400, age=700.0, rss=30),
    process(500, "nlsh", parent=400, age=600.0, rss=500),
    process(600, "nlsh-model", parent=500, age=500.0, rss=900),
    process(700, "chrome", parent=1, age=400.0, rss=800, cpu=70.0, status="running", memory=8.0),
    process(701, "chrome", parent=700, age=300.0, rss=700, cpu=5.0, argv=("chrome", "--type=tab"), memory=7.0),
    process(702, "chrome", parent=701, age=200.0, rss=600, cpu=None, ports=frozenset({8080}), memory=6.0),
    process(
        800, "python3.11", uid=1001, user="bob", parent=1, age=100.0, rss=20, argv=("python3", "train.py"), files=9
    ),
    process(900, "vim", status="stopped", parent=400, age=50.0, rss=10, threads=4),
    process(901, "old", status="zombie", parent=400, age=40.0, rss=0, argv=()),
)
UNDO = UndoLog(Path(os.devnull) / "undo.json")


def chosen(verb: str, *, previous: Result | None = None, table: Any = None, **args: Any) -> Selection:
    intent = Intent.from_wire({"verb": verb, **args})
    return select(intent, REGISTRY[verb], table or FakeTable(*PEOPLE), previous, UNDO, ME)


def pids(selection: Selection) -> list[int]:
    return [target.id.pid for target in selection.targets]


def before(*shown: Process | None) -> Result:
    return Result(verb="process.list", processes=tuple(p and p.id for p in shown))


BY_PID = {p.pid: p for p in PEOPLE}


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"pid": 700}, [700]),
        ({"pid": [702, 700]}, [700, 702]),
        ({"name": "chrome"}, [700, 701, 702]),
        ({"name": ["vim", "python"]}, [800, 900]),
        ({"name": "chro*"}, [700, 701, 702]),
        ({"command": "TRAIN.py"}, [800]),
        ({"parent": 700}, [701]),
        ({"port": 8080}, [702]),
        ({"status": "stopped"}, [900]),
        ({"min_cpu": 50}, [700]),
        ({"min_memory": 7}, [700, 701]),
        ({"min_rss": 700}, [600, 700, 701]),
        ({"older_than": 8500}, [1, 2]),
        ({"newer_than": 100}, [800, 900, 901]),
        ({"name": "chrome", "older_than": 350}, [700]),
        ({"name": "chrome", "exclude": 701}, [700, 702]),
        ({"parent": 1, "exclude": "sshd"}, [700, 800]),
        ({"parent": 1, "exclude": ["chrome", 300]}, [800]),
        ({"sort": "memory", "limit": 2}, [600, 700]),
        ({"sort": "memory", "limit": 2, "reverse": True}, [2, 901]),
        ({"sort": "age", "limit": 1}, [1]),
        ({"sort": "name", "limit": 2}, [400, 700]),
        ({"sort": "threads", "limit": 1}, [900]),
        ({"sort": "files", "limit": 1}, [800]),
        ({"name": "chrome", "limit": 1}, [700]),
        ({"name": "chrome", "sort": "pid", "reverse": True}, [702, 701, 700]),
        ({"user": "me", "status": "stopped"}, [900]),
        ({"user": "1001"}, [800]),
        ({}, [p.pid for p in PEOPLE]),
    ],
)
def test_every_part_of_the_selector(args: dict[str, Any], expected: list[int]):
    """Each part restricts, all parts together, sorted before they are counted."""
    assert pids(chosen("process.list", **args)) == expected


def test_user_names_are_looked_up():
    """A login name is the uid that it has on this machine."""
    table = FakeTable(process(5, "x", uid=0, user="root"), process(6, "y"))
    assert pids(chosen("process.list", user="root", table=table)) == [5]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"pid": 12345}, "there is no process 12345"),
        ({"name": "nginx"}, "no process is named nginx"),
        ({"name": "nginx", "user": "1001"}, "no process is named nginx and belongs to 1001"),
        ({"user": "no-such-user"}, "there is no user no-such-user"),
        ({"status": "disk-sleep"}, "no process is disk-sleep"),
        ({"name": "chrome", "limit": 0}, "no process is named chrome"),
    ],
)
def test_nobody_fits(args: dict[str, Any], message: str):
    """The error says what was looked for."""
    with pytest.raises(NothingMatched) as caught:
        chosen("process.list", **args)
    assert caught.value.message == message


def test_a_slip_of_the_finger_is_answered_with_what_there_is():
    """A name much like one that runs gets that one as a hint, never as a target."""
    with pytest.raises(NothingMatched) as caught:
        chosen("process.kill", name="chorme")
    assert caught.value.hint == "there is chrome"


def test_counting_nobody_is_zero():
    """How many there are is answered with none, not with an error."""
    assert chosen("process.count", name="nginx").targets == ()


def test_what_is_missing_beside_what_is_there_is_said():
    """Of several pids or names those that nobody has are named."""
    assert chosen("process.list", pid=[700, 12]).missing == ("there is no process 12",)
    assert chosen("process.list", name=["vim", "emacs"]).missing == ("no process is named emacs",)
    assert chosen("process.list", name="chrome", limit=1).missing == ()


@pytest.mark.parametrize(("ref", "expected"), [("last", [900, 700]), (1, [900]), (2, [700])])
def test_the_previous_result_is_counted_as_it_was_shown(ref: str | int, expected: list[int]):
    """Rows keep their order; `last` is all of them, each process once."""
    shown = before(BY_PID[900], BY_PID[700], BY_PID[900])
    assert pids(chosen("process.suspend", ref=ref, previous=shown)) == expected


def test_a_row_that_has_ended_is_reported():
    """What is left is acted on, the rest is named; where nothing is left, that is the error."""
    gone = process(4242, "gone")
    assert chosen("process.kill", ref="last", previous=before(gone, BY_PID[700])).missing == (
        "process 4242 of the previous result has ended",
    )
    with pytest.raises(NothingMatched, match="process 4242 of the previous result has ended"):
        chosen("process.kill", ref=1, previous=before(gone))


def test_a_row_whose_pid_was_reused_has_ended():
    """Another process with the same pid is not the one that was shown."""
    with pytest.raises(NothingMatched, match="700"):
        chosen("process.kill", ref=1, previous=before(process(700, "chrome", start=999)))


@pytest.mark.parametrize("shown", [None, Result(verb="disk.usage")])
def test_without_a_previous_result_nothing_can_be_referred_to(shown: Result | None):
    """`it` is not understood where nothing was shown."""
    with pytest.raises(NotUnderstood):
        chosen("process.kill", ref="last", previous=shown)


@pytest.mark.parametrize("ref", [0, 2, -1])
def test_a_row_that_there_is_not(ref: int):
    """Rows count from 1 to the last; others are nobody."""
    with pytest.raises(NothingMatched):
        chosen("process.kill", ref=ref, previous=before(BY_PID[700]))


def test_a_row_of_an_unseen_process_is_nobody():
    """A row that shows no process cannot be meant."""
    with pytest.raises(NothingMatched):
        chosen("process.kill", ref=1, previous=before(None, BY_PID[700]))


def test_nobody_named_is_not_everybody():
    """A verb that needs a target gets none by default."""
    for verb in REGISTRY:
        if verb.selects.value == "required":
            with pytest.raises(NotUnderstood):
                chosen(verb.name)


def test_the_tree_is_part_of_the_selection():
    """With `tree` all that was started by a target is shown and judged too, parents first."""
    assert pids(chosen("process.kill", pid=700, tree=True)) == [700, 701, 702]
    assert pids(chosen("process.kill", pid=[701, 700], tree=True)) == [700, 701, 702]


def test_protected_processes_are_left_out_and_listed():
    """Whoever may not be touched stays, with the reason; the others are targets."""
    selection = chosen("process.kill", exclude="vim")
    assert pids(selection) == [700, 701, 702, 800, 901]
    assert {target.id.pid: reason for target, reason in selection.protected} == {
        1: "it is the first process of the system",
        2: "it is a thread of the kernel",
        300: "nlsh runs below it",
        400: "nlsh runs below it",
        500: "it is nlsh itself",
        600: "it works for nlsh",
    }
    assert selection.everything


def test_limits_are_counted_before_the_protected_are_left_out():
    """Of the two biggest one is nlsh's helper: the third is not taken in its place."""
    assert pids(chosen("process.kill", sort="memory", limit=2)) == [700]


def test_only_protected_processes_is_a_refusal():
    """It is denied, not unmatched: the processes are there."""
    with pytest.raises(Denied, match=r"bash \(400\) is not to be touched: nlsh runs below it"):
        chosen("process.kill", name="bash")


def test_reading_protects_nobody():
    """Looking at pid 1 is no harm."""
    assert pids(chosen("process.show", pid=1)) == [1]


@pytest.mark.parametrize(
    ("args", "everything"),
    [
        ({}, True),
        ({"exclude": "sshd"}, True),
        ({"sort": "cpu"}, True),
        ({"name": "*"}, True),
        ({"name": ["*", "vim"]}, True),
        ({"min_cpu": 0.0, "older_than": 0}, True),
        ({"sort": "cpu", "limit": 2}, False),
        ({"name": "a*"}, False),
        ({"user": "me"}, False),
        ({"pid": 1}, False),
    ],
)
def test_everything(args: dict[str, Any], everything: bool):
    """Nobody is named by an order, an exception, a bare wildcard or an amount of nothing."""
    assert is_everything(Selector.of(Intent(verb="x", args=args).args)) is everything


def test_undo_selects_the_processes_of_the_last_change(tmp_path: Path):
    """They are shown and judged like any target; those that have ended are named."""
    undo = UndoLog(tmp_path / "undo.json")
    restores = tuple(Restore(id=id, what="stopped", value=False) for id in (BY_PID[900].id, ProcessId(pid=7, start=1)))
    undo.record("process.suspend", "suspending", restores)
    step = Intent(verb="shell.undo")
    selection = select(step, REGISTRY["shell.undo"], FakeTable(*PEOPLE), None, undo, ME)
    assert pids(selection) == [900]
    assert selection.missing == ("process 7 has ended",)


def test_with_nothing_to_undo_nothing_matches():
    """An empty log is said so."""
    with pytest.raises(NothingMatched, match="nothing to take back"):
        chosen("shell.undo")


def test_a_verb_without_selector_has_no_targets():
    """Starting a program is aimed at no process."""
    assert chosen("process.start", command="x") == Selection()


ARGS = st.fixed_dictionaries(
    {},
    optional={
        "pid": st.one_of(st.integers(0, 1000), st.lists(st.sampled_from([1, 2, 300, 400, 500, 600, 700]), min_size=1)),
        "name": st.sampled_from(["*", "bash", "sshd", "nlsh", "systemd", "kthreadd", "?*", "chrome", "nlsh*"]),
        "user": st.sampled_from(["me", "root", "1001"]),
        "parent": st.sampled_from([0, 1, 300, 400, 500]),
        "min_rss": st.integers(0, 1000),
        "older_than": st.integers(0, 10000),
        "sort": st.sampled_from(["memory", "age", "cpu", "name"]),
        "reverse": st.booleans(),
        "limit": st.integers(0, 12),
        "exclude": st.sampled_from(["chrome", 700, ["vim", 1]]),
        "ref": st.one_of(st.just("last"), st.integers(-1, 14)),
    },
)
ACTING = [v.name for v in REGISTRY if v.selects.value == "required" and v.effect.value != "read"]


@given(st.sampled_from(ACTING), ARGS, st.booleans())
def test_no_selector_reaches_a_protected_process(verb: str, args: dict[str, Any], tree: bool):
    """Whatever is said, pid 1, the kernel, nlsh, what it runs below and its helpers are no targets."""
    if verb == "process.kill":
        args = {**args, "tree": tree}
    try:
        selection = chosen(verb, previous=before(*PEOPLE), **args)
    except NlshError:
        return
    assert not {1, 2, 300, 400, 500, 600} & set(pids(selection))


def test_killing_everything_here_would_spare_the_test_runner():
    """On this very machine, only selected: this process, its ancestors, its session and the kernel are no targets."""
    table, me = ProcTable(), Me.now()
    step = Intent(verb="process.kill", args={"name": "*", "tree": True})
    try:
        targets = {t.id.pid for t in select(step, REGISTRY["process.kill"], table, None, UNDO, me).targets}
    except Denied:
        return
    line = {1, os.getpid(), os.getsid(0)}
    pid = os.getpid()
    while pid > 0:
        line.add(pid)
        rows = table.snapshot((), [pid])
        pid = rows[0].parent if rows else 0
    kernel = {p.pid for p in table.snapshot() if p.kernel}
    assert not targets & (line | kernel)


def test_a_child_is_found_by_its_port():
    """A socket of another process leads to that process."""
    code = "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()"
    with child(code + "; print(s.getsockname()[1], flush=True); input()") as listening:
        port = int(said(listening))
        found = chosen("process.kill", port=port, table=ProcTable())
        assert pids(found) == [listening.pid]
        with socket.create_connection(("127.0.0.1", port)):
            assert listening.pid in pids(chosen("process.kill", port=port, table=ProcTable()))


def test_a_port_whose_process_cannot_be_seen():
    """It is not said to be free; who holds it, and that root can see it, is."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        table = FakeTable()
        with pytest.raises(NothingMatched) as caught:
            chosen("process.kill", port=port, table=table)
    assert (
        caught.value.message
        == f"port {port} is used by a process of {user_name(os.geteuid())} that cannot be looked into"
    )
    assert "sudo" in caught.value.hint
