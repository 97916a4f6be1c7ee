"""Plugins in a session: their verbs beside those of nlsh, asked for by the person, taken back by undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nlsh.config import Folders, Settings
from nlsh.confirm import Answer
from nlsh.errors import Denied, NeedsConfirmation, NotUnderstood
from nlsh.executor.table import ProcTable
from nlsh.executor.undo import UndoLog
from nlsh.parser import prompt
from nlsh.parser.parse import Parser
from nlsh.plugin.host import Host, bundled_verbs
from nlsh.result import Result
from nlsh.sandbox.audit import Audit, show
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.grants import Grants
from nlsh.sandbox.policy import load
from nlsh.sandbox.policy_file import parse
from nlsh.session import Nobody, Session, full_registry, plugin_places
from nlsh.testing import FakeClock, FakeModel, FakePrompter
from nlsh.verb import Registry
from tests.plugin.making import calls, doing, plugin, programs


class FakeMind:
    """Understands by heart."""

    def __init__(self, registry: Registry, answers: dict[str, str]) -> None:
        self._parser = Parser(registry, FakeModel(answers, confidence=0.99))

    def parser(self) -> Parser:
        return self._parser

    def helpers(self) -> frozenset[int]:
        return frozenset()

    def close(self) -> None:
        pass


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    """Folders and a home of a test of its own."""
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    (tmp_path / "me" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "me" / "here")
    return Folders(**{name: tmp_path / name for name in ("config", "data", "state", "cache")})


@pytest.fixture
def opened(folders: Folders, tmp_path: Path) -> Iterator[Callable[..., Session]]:
    """Opens sessions whose model gives this answer to "do it", and to "undo" what it means."""
    sessions: list[Session] = []

    def open_with(verb: str, policy: str = "", **args: object) -> Session:
        host = Host(plugin_places(folders), search=(str(tmp_path / "bin"),))
        registry, wrong = full_registry(host)
        assert wrong == ()
        clock = FakeClock()
        rules = load()
        if policy:
            folders.policy.parent.mkdir(exist_ok=True)
            folders.policy.write_text(policy)
            assert parse(policy, source="x")
            rules = load(user=folders.policy)
        answers = {"do it": json.dumps({"verb": verb, **args}), "undo": '{"verb":"shell.undo"}'}
        session = Session(
            folders=folders,
            settings=Settings(),
            registry=registry,
            mind=FakeMind(registry, answers),  # type: ignore[arg-type]
            gate=Gate(rules, Grants(None, clock), Audit(folders.audit, clock), clock),
            table=ProcTable(),
            undo=UndoLog(folders.undo),
            plugins=host,
        )
        sessions.append(session)
        return session

    yield open_with
    for session in sessions:
        session.close()


def run(session: Session, prompter: object | None = None, said: str = "do it", **more: bool) -> list[Result]:
    """All results of an utterance."""
    return list(session.run(said, prompter=prompter or Nobody(), **more))  # type: ignore[arg-type]


def test_it_is_asked_for_once(opened: Callable[..., Session], tmp_path: Path) -> None:
    """The first use asks for the capability by the word and then for the act; the second only for the act."""
    for name in ("one", "two"):
        (tmp_path / "me" / name).write_text(name)
    session = opened("files.trash", path=str(tmp_path / "me" / "one"))
    person = FakePrompter(Answer.YES_WORD, Answer.YES_KEY)
    assert run(session, person)[0].ok
    assert "the plugin files wants to move the path that you name to the trash" in person.titles[0]
    assert "/me/one to the trash (a file, 3 bytes)" in person.titles[1]
    again = FakePrompter(Answer.YES_KEY)
    assert run(opened("files.trash", path=str(tmp_path / "me" / "two")), again)[0].ok
    assert len(again.titles) == 1


def test_undo_brings_it_back(opened: Callable[..., Session], tmp_path: Path) -> None:
    """As it was."""
    (tmp_path / "me" / "one").write_text("one")
    session = opened("files.trash", path=str(tmp_path / "me" / "one"))
    run(session, FakePrompter(Answer.YES_WORD, Answer.YES_KEY))
    assert not (tmp_path / "me" / "one").exists()
    assert run(session, FakePrompter(Answer.YES_KEY), "undo")[0].ok
    assert (tmp_path / "me" / "one").read_text() == "one"


def test_nobody_and_yes_are_told_what_to_type(opened: Callable[..., Session], tmp_path: Path) -> None:
    """Without a person the exact command that grants it is the hint, and `--yes` is no person."""
    (tmp_path / "me" / "one").write_text("one")
    for yes in (False, True):
        with pytest.raises(NeedsConfirmation) as error:
            run(opened("files.trash", path=str(tmp_path / "me" / "one")), yes=yes)
        assert error.value.hint == "nlshctl plugin grant files"
    assert (tmp_path / "me" / "one").exists()


ALLOW = """
[[rule]]
id = "all"
decision = "allow"
reason = "I said so."
[rule.when]
effect = ["read", "change", "destroy"]
"""


@pytest.mark.parametrize("policy", ["", ALLOW])
def test_power_is_never_without_a_person(opened: Callable[..., Session], tmp_path: Path, policy: str) -> None:
    """`--yes` alone is not enough, a policy that allows everything is not, a key is not: the word is."""
    programs(tmp_path, shutdown="", systemctl="")
    session = opened("power.shutdown", policy, delay=600)
    with pytest.raises((NeedsConfirmation, Denied)):
        run(session, yes=True)
    with pytest.raises((NeedsConfirmation, Denied)):
        run(session, FakePrompter(Answer.YES_WORD, Answer.YES_KEY), yes=True)
    assert calls(tmp_path) == []
    assert run(session, FakePrompter(Answer.YES_WORD))[0].ok
    assert calls(tmp_path) == ["shutdown -h +10"]


DENY = """
[[rule]]
id = "stays-on"
decision = "deny"
reason = "Others work on it."
[rule.when]
verb = ["power.*"]
"""


def test_what_the_policy_denies_starts_nothing(opened: Callable[..., Session], tmp_path: Path) -> None:
    """The plugin is not even started, and the log says why."""
    session = opened("power.reboot", DENY)
    with pytest.raises(Denied, match="Others work on it"):
        run(session, FakePrompter(Answer.YES_WORD))
    assert session._plugins and session._plugins.helpers() == frozenset()
    assert show(session.folders.audit)[-1]["rule"] == "stays-on"


def test_every_operation_is_in_the_log_before(opened: Callable[..., Session], tmp_path: Path) -> None:
    """The act that was wanted, by a plugin, with what it came to in it, and then what came of it."""
    programs(tmp_path, shutdown="")
    session = opened("power.shutdown", delay=600)
    run(session, FakePrompter(Answer.YES_WORD, Answer.YES_WORD))
    decision, outcome = show(session.folders.audit)[-2:]
    assert (decision["event"], decision["origin"], decision["effect"]) == ("decision", "plugin", "destroy")
    inner = decision["step"]["args"]["do"]
    assert inner == {"verb": "power.control", "args": {"command": "shutdown -h +10"}}
    assert outcome["event"] == "outcome" and outcome["of"] == decision["seq"]


def test_a_service_has_to_be_named(opened: Callable[..., Session], tmp_path: Path) -> None:
    """Without a name nlsh asks back, and no service is stopped."""
    with pytest.raises(NotUnderstood, match=r"service\.stop needs to know the name"):
        run(opened("service.stop"))


def test_what_the_model_was_not_taught_is_declared(opened: Callable[..., Session], folders: Folders) -> None:
    """One line a verb of a plugin that does not come with nlsh, and nothing where there is none."""
    assert prompt.untaught(Registry(bundled_verbs())) is None
    code = doing('return Result(verb="demo.do")', arguments="name: Text | None = None, limit: Count | None = None")
    found = plugin(folders.data / "plugins", code)
    host = Host(plugin_places(folders))
    host.records.change("demo", folder=str(found.folder))
    registry, wrong = full_registry(host)
    host.close()
    declared = prompt.untaught(registry) or ""
    assert wrong == () and declared.splitlines() == ["demo.do(name, limit): Do it."]


def test_declarations_do_not_outgrow_the_prompt() -> None:
    """What does not fit is left out."""
    from dataclasses import replace

    many = [replace(bundled_verbs()[0], name=f"demo.v{number}", taught=False) for number in range(100)]
    assert len(prompt.untaught(Registry(many)) or "") <= 1200
