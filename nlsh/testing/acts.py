"""Processes and acts out of thin air, for tests of policies."""

from __future__ import annotations

from typing import Any

from nlsh.act import Act, Origin
from nlsh.effects import Effect
from nlsh.intent import Intent
from nlsh.target import ProcessId, Selection, Target


def a_target(
    name: str = "chrome", *, pid: int = 4321, start: int = 100, user: str = "ann", uid: int = 1000, command: str = ""
) -> Target:
    """A process that need not exist. `start` is its start time in clock ticks since boot."""
    return Target(
        id=ProcessId(pid=pid, start=start), name=name, user=user, uid=uid, parent=2000, command=command or name
    )


def an_act(
    verb: str = "process.kill",
    *targets: Target,
    effect: Effect = Effect.DESTROY,
    everything: bool = False,
    origin: Origin = "person",
    utterance: str = "",
    args: dict[str, Any] | None = None,
) -> Act:
    """An act of that verb on exactly these targets."""
    return Act(
        intent=Intent(verb=verb, args=args or {}),
        effect=effect,
        utterance=utterance or verb,
        selection=Selection(targets=targets, everything=everything),
        origin=origin,
    )
