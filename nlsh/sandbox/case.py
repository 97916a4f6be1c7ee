"""An act as rules see it: one case for each target, so that a rule is never judged on a mixture."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nlsh.act import Act, Origin
from nlsh.clock import Clock
from nlsh.effects import Effect
from nlsh.intent import Intent
from nlsh.target import Target

SERVICE_CONTROL = "service.control"
"""The operation by which a plugin starts and stops services: each is one of the system."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One target of one act; None where the act has no such thing.

    `verbs` are the step's and that of the step nested in it; `program` is the base name of the executable that the
    command line starts with; `minute` counts from midnight, local time; `mine` tells whose the process is.
    """

    effect: Effect
    verbs: tuple[str, ...]
    count: int
    origin: Origin
    everything: bool
    minute: int
    signal: str | None = None
    name: str | None = None
    program: str | None = None
    user: str | None = None
    uid: int | None = None
    mine: bool | None = None
    service: Callable[[], bool] = lambda: False


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Who judges and when: the user's id, the minute of the local day, and how a system service is told."""

    uid: int
    minute: int
    is_service: Callable[[Target], bool]

    @classmethod
    def at(cls, clock: Clock, *, uid: int, is_service: Callable[[Target], bool]) -> Situation:
        """The situation at this moment of `clock`."""
        local = time.localtime(clock.now())
        return cls(uid=uid, minute=local.tm_hour * 60 + local.tm_min, is_service=is_service)

    def cases(self, act: Act) -> Iterator[Case]:
        """One case a target; for a step without processes one for each name that it gives; never none."""
        steps = tuple(_steps(act.intent))
        for target in act.selection.targets:
            yield self._of_target(act, steps, target)
        if not act.selection.targets:
            names = _names(steps)
            for name in names or (None,):
                yield self._bare(act, steps, name, len(names))

    def _of_target(self, act: Act, steps: tuple[Intent, ...], target: Target) -> Case:
        return Case(
            effect=act.effect,
            verbs=tuple(step.verb for step in steps),
            count=len(act.selection.targets),
            origin=act.origin,
            everything=act.selection.everything,
            minute=self.minute,
            signal=_signal(steps),
            name=target.name,
            program=_program(target.command),
            user=target.user,
            uid=target.uid,
            mine=target.uid == self.uid,
            service=lambda: self.is_service(target),
        )

    def _bare(self, act: Act, steps: tuple[Intent, ...], name: str | None, count: int) -> Case:
        return Case(
            effect=act.effect,
            verbs=tuple(step.verb for step in steps),
            count=count,
            origin=act.origin,
            everything=act.selection.everything,
            minute=self.minute,
            signal=_signal(steps),
            name=name,
            service=lambda: any(step.verb == SERVICE_CONTROL for step in steps),
        )


def is_system_service(target: Target, proc: Path = Path("/proc")) -> bool:
    """Whether a process belongs to a service in the system's slice, or is a daemon of root right below init."""
    if target.parent == 1 and target.uid == 0:
        return True
    try:
        text = (proc / str(target.id.pid) / "cgroup").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return any("/system.slice/" in line and ".service" in line for line in text.splitlines())


def _steps(intent: Intent) -> Iterator[Intent]:
    yield intent
    nested = intent.args.get("do")
    if isinstance(nested, Intent):
        yield from _steps(nested)


def _signal(steps: tuple[Intent, ...]) -> str | None:
    for step in steps:
        if step.verb == "process.kill":
            return str(step.args.get("signal", "TERM")).upper().removeprefix("SIG")
    return None


def _names(steps: tuple[Intent, ...]) -> tuple[str, ...]:
    """What a step without processes is about: the services, or the program it starts."""
    step = steps[-1]
    if step.verb == "process.start":
        return (_program(str(step.args.get("command", ""))),)
    name = step.args.get("name", ())
    return name if isinstance(name, tuple) else (str(name),)


def _program(command: str) -> str:
    return os.path.basename(command.split(maxsplit=1)[0]) if command.strip() else ""  # noqa: PTH119 (not a path yet)
