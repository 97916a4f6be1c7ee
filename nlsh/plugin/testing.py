"""For tests of plugins: a bench on which a plugin runs as it will in nlsh, in its confined worker.

def test_it_greets() -> None:
    with bench(Path(__file__).parent) as demo:
        assert demo.perform("demo.greet", name="Ann").message == "Hello, Ann."
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nlsh.act import Act, Outcome
from nlsh.clock import SystemClock
from nlsh.confirm import Answer
from nlsh.intent import Intent
from nlsh.plugin.consent import grant
from nlsh.plugin.found import Found
from nlsh.plugin.host import Host, Places
from nlsh.plugin.manifest import read
from nlsh.result import Result
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.permit import Permit
from nlsh.sandbox.policy import load
from nlsh.sandbox.program import SEARCH_PATH
from nlsh.verb import Registry

__all__ = ["Answer", "Bench", "bench"]


@dataclass
class Bench:
    """A plugin at work. `asked` are the acts that it asked for; `answers` what the person says, then no."""

    host: Host
    found: Found
    answers: list[Answer] = field(default_factory=list)
    asked: list[Act] = field(default_factory=list)

    def perform(self, verb: str, **args: Any) -> Result:
        """Carry out one verb with these arguments; raises what a person would be told."""
        registry = self.registry()
        intent = Intent(verb=verb, args=args)
        registry.check(intent)
        return registry[verb].run(_Step(intent=intent, house=_House(self)), **registry[verb].own(intent))

    def registry(self) -> Registry:
        """The verbs that the plugin declares."""
        return Registry(self.host.verbs_of(self.found, self.host.declared(self.found)))


@contextmanager
def bench(
    folder: Path,
    *,
    answers: tuple[Answer, ...] = (),
    programs: Path | None = None,
    settings: str = "",
    secrets: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Bench]:
    """A bench for the plugin in `folder`, with all that it asks for granted.

    `answers` are what the person says to whatever the policy asks about, in turn, and then no. `programs` is a folder
    of stand-ins for the programs that the plugin has run, instead of those of the machine. `settings` is the text of
    its settings file, `secrets` are set for it.
    """
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        places = Places(
            records=place / "records.json",
            installed=place / "installed",
            state=place / "state",
            cache=place / "cache",
            settings=place / "settings",
            secrets=place / "secrets",
        )
        manifest = read(folder)
        places.settings.mkdir()
        (places.settings / f"{manifest.name}.toml").write_text(settings, encoding="utf-8")
        host = Host(places, search=(str(programs),) if programs else SEARCH_PATH)
        found = Found(name=manifest.name, folder=folder)
        grant(host.records, found, manifest, [ask.capability for ask in manifest.asks])
        for name, value in secrets.items():
            host.secrets.set(found.name, name, value)
        try:
            yield Bench(host=host, found=found, answers=list(answers))
        finally:
            host.close()


@dataclass(frozen=True, kw_only=True)
class _Step:
    intent: Intent
    house: _House
    utterance: str = "a test"


class _House:
    """The default policy, and the answers of the bench: without any, no."""

    def __init__(self, made: Bench) -> None:
        self._bench = made
        self._gate = Gate(load(), None, None, SystemClock())

    def allow(self, act: Act) -> Permit:
        """The permit where the policy allows it, or the answer is a yes."""
        self._bench.asked.append(act)
        decision = self._gate.judge(act)
        answers = self._bench.answers
        wanted = decision.outcome is Outcome.ASK
        return self._gate.permit(act, decision, (answers.pop(0) if answers else Answer.NO) if wanted else Answer.NOBODY)

    def outcome(self, permit: Permit, result: Result) -> None:
        """Nothing is written down."""

    def remember(self, description: str, what: str, value: Any) -> None:
        """Nothing is kept."""
