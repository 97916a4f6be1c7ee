"""Plugins of a few lines for the tests, and a house that stands behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nlsh.act import Act
from nlsh.clock import SystemClock
from nlsh.confirm import Answer
from nlsh.intent import Intent
from nlsh.plugin.found import Found
from nlsh.plugin.host import Host, Places
from nlsh.result import Result
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.permit import Permit
from nlsh.sandbox.policy import load
from nlsh.verb import Verb

HEAD = "from __future__ import annotations\nfrom nlsh.plugin import *\n"


def places(folder: Path) -> Places:
    """Places below a folder."""
    return Places(
        records=folder / "records.json",
        installed=folder / "installed",
        state=folder / "state",
        cache=folder / "cache",
        settings=folder / "settings",
        secrets=folder / "secrets",
        kept=(str(folder / "kept"),),
    )


def plugin(folder: Path, body: str, *, name: str = "demo", namespace: str = "demo", more: str = "") -> Found:
    """A plugin in a folder of its own, with this code and these tables in its manifest."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    head = f'name = "{name}"\nversion = "1.0"\napi = 1\nnamespace = "{namespace}"\nmodule = "verbs"\n'
    timeout = "" if "timeout" in more else "timeout = 5\n"
    (place / "plugin.toml").write_text(f'{head}summary = "For a test."\n{timeout}{more}')
    (place / "verbs.py").write_text(HEAD + body)
    return Found(name=name, folder=place)


def doing(lines: str, *, needs: str = "", arguments: str = "", effect: str = "READ", name: str = "demo.do") -> str:
    """The code of one verb with this body."""
    inner = "\n".join(f"    {line}" for line in lines.splitlines())
    after = f", *, {arguments}" if arguments else ""
    return (
        f'@verb("{name}", effect=Effect.{effect}, needs="{needs}", examples={{"do it": {{}}}})\n'
        f'def do(call: Call{after}) -> Result:\n    """Do it."""\n{inner}\n'
    )


class FakeHouse:
    """A house with the policy of nlsh, whose person gives these answers; it keeps what was asked and what to undo."""

    def __init__(self, *answers: Answer) -> None:
        self._gate = Gate(load(), None, None, SystemClock())
        self._answers = list(answers)
        self.acts: list[Act] = []
        self.outcomes: list[Result] = []
        self.undo: list[tuple[str, str, Any]] = []

    def allow(self, act: Act) -> Permit:
        """Judge the act, and ask where the policy wants that."""
        self.acts.append(act)
        decision = self._gate.judge(act)
        answer = Answer.NOBODY
        if decision.outcome.value == "ask" and self._answers:
            answer = self._answers.pop(0)
        return self._gate.permit(act, decision, answer)

    def outcome(self, permit: Permit, result: Result) -> None:
        """Keep it."""
        self.outcomes.append(result)

    def remember(self, description: str, what: str, value: Any) -> None:
        """Keep it."""
        self.undo.append((description, what, value))


class Step:
    """A step on its way through the executor, as far as a plugin sees it."""

    def __init__(self, house: FakeHouse, verb: str = "demo.do", **args: Any) -> None:
        self.intent = Intent(verb=verb, args=args)
        self.utterance = "do it"
        self.house = house


Perform = Callable[..., Result]


def performing(host: Host, found: Found, *known: Verb) -> Perform:
    """Carries out a verb of a plugin: `perform(house, "demo.do", name="x")`; of those `known`, if any are given."""

    def perform(house: FakeHouse, verb: str = "demo.do", **args: Any) -> Result:
        made = {each.name: each for each in known or host.verbs_of(found, host.declared(found))}
        step = Step(house, verb, **args)
        return made[verb].run(step, **made[verb].own(step.intent))

    return perform


def programs(folder: Path, **scripts: str) -> tuple[str, ...]:
    """A folder of programs that write down how they were called in `calls`, and then do what their script says."""
    place = folder / "bin"
    place.mkdir(exist_ok=True)
    for name, script in scripts.items():
        path = place / name
        path.write_text(f'#!/bin/sh\necho "$(basename $0) $*" >> {folder}/calls\n{script}\n')
        path.chmod(0o755)
    return (str(place),)


def calls(folder: Path) -> list[str]:
    """How the programs were called, in order."""
    path = folder / "calls"
    return path.read_text().splitlines() if path.exists() else []
