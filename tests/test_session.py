"""The way from an utterance to what is done about it, with a model that knows its answers and real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nlsh.config import Folders, Settings
from nlsh.confirm import Answer
from nlsh.ctl_checks import sandbox
from nlsh.errors import AuditError, Denied, NeedsConfirmation, NothingMatched, NotUnderstood
from nlsh.executor.core import core_registry
from nlsh.executor.table import ProcTable
from nlsh.executor.undo import UndoLog
from nlsh.parser.parse import Parser
from nlsh.result import Result
from nlsh.sandbox.audit import Audit, verify
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.grants import Grants
from nlsh.sandbox.layers import Kernel
from nlsh.sandbox.policy import load
from nlsh.sandbox.warm import Warm
from nlsh.session import Nobody, Session, open_session
from nlsh.testing import FakeClock, FakeModel, FakePrompter

REGISTRY = core_registry()


class FakeMind:
    """Understands by heart."""

    def __init__(self, answers: dict[str, str], confidence: float) -> None:
        self._parser = Parser(REGISTRY, FakeModel(answers, confidence=confidence))

    def parser(self) -> Parser:
        return self._parser

    def helpers(self) -> frozenset[int]:
        return frozenset()

    def close(self) -> None:
        pass


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Folders of a test of its own."""
    return Folders(**{name: tmp_path / name for name in ("config", "data", "state", "cache")})


@pytest.fixture
def opened(folders: Folders) -> Iterator[Callable[..., Session]]:
    """Opens sessions whose model gives the answers; all are closed at the end."""
    sessions: list[Session] = []

    def open_with(answers: dict[str, str], confidence: float = 0.99, warm: Warm | None = None) -> Session:
        clock = FakeClock()
        session = Session(
            folders=folders,
            settings=Settings(),
            registry=REGISTRY,
            mind=FakeMind(answers, confidence),  # type: ignore[arg-type]
            gate=Gate(load(), Grants(None, clock), Audit(folders.audit, clock), clock),
            table=ProcTable(),
            undo=UndoLog(folders.undo),
            warm=warm,
        )
        sessions.append(session)
        return session

    yield open_with
    for session in sessions:
        session.close()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A child that sleeps."""
    child = subprocess.Popen(
        [sys.executable, "-c", "import signal; print(flush=True); signal.pause()"], stdout=subprocess.PIPE
    )
    assert child.stdout
    child.stdout.readline()
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def run(session: Session, utterance: str, prompter: object | None = None, **more: bool) -> list[Result]:
    """All results of an utterance."""
    return list(session.run(utterance, prompter=prompter or Nobody(), **more))  # type: ignore[arg-type]


def kill(child: subprocess.Popen[bytes]) -> dict[str, str]:
    """A model that reads "kill it" as killing the child by its pid."""
    return {"kill it": json.dumps({"verb": "process.kill", "pid": child.pid})}


def state(pid: int) -> str:
    """The state letter of a process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_yes_ends_the_process(opened: Callable[..., Session], sleeper: subprocess.Popen[bytes]) -> None:
    """A confirmed kill ends exactly the process that was shown."""
    prompter = FakePrompter(Answer.YES_KEY)
    results = run(opened(kill(sleeper)), "kill it", prompter)
    assert sleeper.wait(timeout=5) == -signal.SIGTERM
    assert results[0].ok
    assert [target.id.pid for target in prompter.questions[0].act.selection.targets] == [sleeper.pid]


@pytest.mark.parametrize(("answer", "error"), [(Answer.NO, Denied), (Answer.NOBODY, NeedsConfirmation)])
def test_no_yes_no_act(
    opened: Callable[..., Session], sleeper: subprocess.Popen[bytes], answer: Answer, error: type[Exception]
) -> None:
    """Without a yes nothing happens."""
    with pytest.raises(error):
        run(opened(kill(sleeper)), "kill it", FakePrompter(answer))
    assert sleeper.poll() is None


def test_yes_never_acts_on_doubt(opened: Callable[..., Session], sleeper: subprocess.Popen[bytes]) -> None:
    """A plan below the threshold is not carried out, whatever was agreed to beforehand."""
    with pytest.raises(NotUnderstood):
        run(opened(kill(sleeper), confidence=0.5), "kill it", yes=True)
    assert sleeper.poll() is None


@pytest.mark.parametrize("rest", ["", ',"reverse":true', ',"sort":"cpu"', ',"limit":10'])
def test_a_missing_target_is_never_everything(opened: Callable[..., Session], rest: str) -> None:
    """A step that names nobody asks nobody and touches nobody, even where somebody chose that reading."""
    session, prompter = opened({"kill 10": '{"verb":"process.kill"' + rest + "}"}), FakePrompter(Answer.NO)
    with pytest.raises(NotUnderstood):
        run(session, "kill 10", prompter, yes=True)
    with pytest.raises(NotUnderstood):
        list(session.carry_out(session.understand("kill 10"), prompter=prompter, yes=True))
    assert prompter.questions == []


def test_unknown_does_nothing(opened: Callable[..., Session]) -> None:
    """What nothing here can do is an error that says so."""
    with pytest.raises(NotUnderstood):
        run(opened({}), "sing a song", yes=True)


def test_dry_run_touches_nothing(opened: Callable[..., Session], sleeper: subprocess.Popen[bytes]) -> None:
    """A dry run names the targets and leaves them alone."""
    results = run(opened(kill(sleeper)), "kill it", dry_run=True, yes=True)
    assert [row["pid"] for row in results[0].rows] == [sleeper.pid]
    assert sleeper.poll() is None


def test_a_row_of_the_result_before(opened: Callable[..., Session], sleeper: subprocess.Popen[bytes]) -> None:
    """The rows that were shown can be meant in the next utterance."""
    answers = {
        "show 1": json.dumps({"verb": "process.list", "pid": sleeper.pid}),
        "pause the first": '{"verb":"process.suspend","ref":1}',
        "undo": '{"verb":"shell.undo"}',
    }
    session = opened(answers)
    run(session, "show 1")
    run(session, "pause the first", FakePrompter(Answer.YES_KEY))
    assert state(sleeper.pid) == "T"
    run(session, "undo", FakePrompter(Answer.YES_KEY))
    assert state(sleeper.pid) in "RS"


def test_a_reference_without_a_result_is_nobody(opened: Callable[..., Session]) -> None:
    """Before anything was shown, "it" is nobody."""
    with pytest.raises(NotUnderstood):
        run(opened({"kill it": '{"verb":"process.kill","ref":"last"}'}), "kill it", yes=True)


def test_a_second_session_can_undo(opened: Callable[..., Session], sleeper: subprocess.Popen[bytes]) -> None:
    """What one nlsh changed another one can take back."""
    before = os.getpriority(os.PRIO_PROCESS, sleeper.pid)
    run(
        opened({"renice 1": json.dumps({"verb": "process.priority", "pid": sleeper.pid, "nice": 7})}),
        "renice 1",
        FakePrompter(Answer.YES_KEY),
    )
    assert os.getpriority(os.PRIO_PROCESS, sleeper.pid) == 7
    run(opened({"undo": '{"verb":"shell.undo"}'}), "undo", FakePrompter(Answer.YES_KEY))
    assert os.getpriority(os.PRIO_PROCESS, sleeper.pid) == before


def test_a_new_rule_can_be_undone(opened: Callable[..., Session]) -> None:
    """Undo takes back the last change to the rules, and undo again the one before."""
    rule = '{"verb":"rule.add","when":{"metric":"memory","op":">","value":100},"do":{"verb":"notify"}}'
    session = opened(
        {"warn over 100": rule, "undo": '{"verb":"shell.undo"}', "drop 1": '{"verb":"rule.remove","id":1}'}
    )
    run(session, "warn over 100")
    run(session, "drop 1", FakePrompter(Answer.YES_KEY))
    assert session.rules.list() == ()
    run(session, "undo", FakePrompter(Answer.YES_KEY))
    assert [found.id for found in session.rules.list()] == [1]
    run(session, "undo", FakePrompter(Answer.YES_KEY))
    assert session.rules.list() == ()
    with pytest.raises(NothingMatched):
        run(session, "undo", FakePrompter(Answer.YES_KEY))


def test_the_record_stands_before_the_act(
    opened: Callable[..., Session], sleeper: subprocess.Popen[bytes], folders: Folders
) -> None:
    """What was decided and what came of it is in the audit log, and its chain is whole."""
    run(opened(kill(sleeper)), "kill it", FakePrompter(Answer.YES_KEY))
    records = [json.loads(line) for line in folders.audit.read_text().splitlines()]
    assert [record["event"] for record in records] == ["decision", "outcome"]
    assert records[0]["targets"][0]["pid"] == sleeper.pid
    assert verify(folders.audit).ok


def test_without_a_record_nothing_acts(
    opened: Callable[..., Session], sleeper: subprocess.Popen[bytes], folders: Folders
) -> None:
    """Where the audit log cannot be written acting stops, and reading goes on."""
    folders.audit.mkdir(parents=True)
    session = opened({**kill(sleeper), "load": '{"verb":"system.load"}'})
    with pytest.raises(AuditError):
        run(session, "kill it", FakePrompter(Answer.YES_KEY))
    assert sleeper.poll() is None
    assert run(session, "load")[0].ok


def test_the_first_error_ends_a_plan(opened: Callable[..., Session], sleeper: subprocess.Popen[bytes]) -> None:
    """Steps before an error are done and told, steps behind it are not."""
    steps = [
        {"verb": "system.load"},
        {"verb": "process.kill", "pid": 2**22 + 7},
        {"verb": "process.kill", "pid": sleeper.pid},
    ]
    session, seen = opened({"three": json.dumps(steps)}), []
    with pytest.raises(NothingMatched):
        for result in session.run("three", prompter=FakePrompter(Answer.YES_KEY), yes=True):
            seen.append(result.verb)
    assert (seen, sleeper.poll()) == (["system.load"], None)


def test_kill_everything_spares_what_carries_nlsh(opened: Callable[..., Session]) -> None:
    """ "kill everything" never means the test runner, its ancestors, pid 1 or a kernel thread."""
    prompter = FakePrompter(Answer.NO)
    with pytest.raises(Denied):
        run(opened({"kill everything": '{"verb":"process.kill","name":"*"}'}), "kill everything", prompter)
    meant = {target.id.pid for target in prompter.questions[0].act.selection.targets}
    ancestors, pid = {1, 2}, os.getpid()
    while pid > 1:
        ancestors.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    assert not meant & ancestors


def test_kill_everything_is_not_done_by_a_flag(opened: Callable[..., Session]) -> None:
    """--yes is not enough for everything."""
    for wire in ('{"verb":"process.kill","name":"*"}', '{"verb":"process.kill","exclude":"firefox"}'):
        with pytest.raises(NeedsConfirmation):
            run(opened({"kill everything": wire}), "kill everything", yes=True)


@pytest.mark.parametrize(("answer", "asked"), [(Answer.YES_KEY, 2), (Answer.YES_SESSION, 1), (Answer.YES_WHILE, 1)])
def test_a_yes_for_longer(opened: Callable[..., Session], tmp_path: Path, answer: Answer, asked: int) -> None:
    """Who says yes for longer is not asked again for the same verb on the same program."""
    children = [subprocess.Popen(["sleep", "60"]) for _ in range(2)]
    wires = {f"kill {n}": json.dumps({"verb": "process.kill", "pid": child.pid}) for n, child in enumerate(children)}
    session, prompter = opened(wires), FakePrompter(answer, answer)
    for said in wires:
        run(session, said, prompter)
    assert [child.wait(timeout=5) for child in children] == [-signal.SIGTERM] * 2
    assert len(prompter.questions) == asked


def test_the_question_shows_what_each_process_costs(
    opened: Callable[..., Session], sleeper: subprocess.Popen[bytes]
) -> None:
    """Before a yes the CPU share of each target is measured."""
    prompter = FakePrompter(Answer.NO)
    with pytest.raises(Denied):
        run(opened(kill(sleeper)), "kill it", prompter)
    assert prompter.questions[0].act.selection.targets[0].cpu is not None


@pytest.mark.parametrize(
    ("kernel", "notice"),
    [
        (Kernel(landlock=7, seccomp=True), ""),
        (Kernel(landlock=0, seccomp=True), "sandbox: degraded (no Landlock); in force:"),
        (Kernel(landlock=3, seccomp=True), "sandbox: degraded (Landlock ABI 3 does not hold TCP ports"),
    ],
)
def test_a_missing_layer_is_said_everywhere(
    folders: Folders, monkeypatch: pytest.MonkeyPatch, kernel: Kernel, notice: str
) -> None:
    """At the start and by the doctor, in the same words; nothing is said at the start if all is there."""
    monkeypatch.setattr("nlsh.session.probe", lambda: kernel)
    monkeypatch.setattr("nlsh.sandbox.layers.probe", lambda: kernel)
    session = open_session(folders, Settings())
    session.close()
    said = [each for each in session.notices if each.startswith("sandbox")]
    assert [each.startswith(notice) for each in said] == ([True] if notice else [])
    check = sandbox()
    assert check.ok is (None if notice else True)
    assert f"sandbox: {check.found}" in said or not notice


def test_a_session_of_many_requests_has_reports_read_by_a_worker(opened: Callable[..., Session]) -> None:
    """It is confined, it is spared when everything is ended, and it ends with the session."""
    with closing(Warm([])) as warm:
        session = opened({"memory": '{"verb":"memory.usage"}'}, warm=warm)
        session.expect_more()
        assert run(session, "memory")[0].rows
        (worker,) = session.helpers() - warm.helpers()
        assert "Seccomp:\t2" in Path(f"/proc/{worker}/status").read_text(encoding="ascii")
        session.close()
        assert not session.helpers() - warm.helpers()


def test_one_request_starts_no_worker(opened: Callable[..., Session]) -> None:
    """That would cost more than the report."""
    with closing(Warm([])) as warm:
        assert run(opened({"memory": '{"verb":"memory.usage"}'}, warm=warm), "memory")[0].rows
        assert not warm.helpers()
