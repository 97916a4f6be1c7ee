"""Permits of the real gate, for tests of the operations alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nlsh.act import Act
from nlsh.clock import SystemClock
from nlsh.confirm import Answer
from nlsh.effects import Effect
from nlsh.executor.table import ProcTable
from nlsh.intent import Intent
from nlsh.sandbox import policy
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.permit import Permit
from nlsh.target import Selection, Target

NOBODY = 65534


def permit_for(verb: str, *targets: Target, effect: Effect = Effect.CHANGE, **args: Any) -> Permit:
    """A permit for exactly these targets, as if a person had said yes by the word."""
    gate = Gate(policy.load(), None, None, SystemClock())
    act = Act(intent=Intent(verb=verb, args=args), effect=effect, utterance="", selection=Selection(targets=targets))
    return gate.permit(act, gate.judge(act), Answer.YES_WORD)


def target(pid: int) -> Target:
    """The process that has this pid now."""
    (found,) = ProcTable().snapshot({"user", "argv"}, [pid])
    return found.target()


@contextmanager
def somebody_else() -> Iterator[None]:
    """As root: be a user who may do nothing to root's processes, for a while."""
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
