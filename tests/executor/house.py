"""A house without a model: steps go through selection, policy and the real verbs, as in a session."""

from __future__ import annotations

import queue
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nlsh.act import Act
from nlsh.clock import SystemClock
from nlsh.confirm import Answer
from nlsh.executor.call import Call, Past
from nlsh.executor.core import core_registry
from nlsh.executor.jobs import Jobs
from nlsh.executor.protected import Me
from nlsh.executor.readers import Readers
from nlsh.executor.rules import Rules
from nlsh.executor.select import select
from nlsh.executor.table import ProcTable
from nlsh.executor.undo import UndoLog
from nlsh.intent import Intent
from nlsh.result import Result
from nlsh.sandbox import policy
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.permit import Permit
from nlsh.target import Selection
from nlsh.verb import Registry

PATIENCE = 20.0


class House:
    """Carries out steps in wire form. What jobs show later is in `shown`; whatever is asked is answered with yes."""

    def __init__(self, folder: Path, *, every: float = 0.02) -> None:
        self.registry: Registry = core_registry()
        self.table = ProcTable(interval=0.02)
        self.undo = UndoLog(folder / "undo.json")
        self.jobs = Jobs()
        self.rules = Rules(self.jobs, every=every)
        self.gate = Gate(policy.load(), None, None, SystemClock())
        self.shown: queue.Queue[Result] = queue.Queue()
        self.previous: Result | None = None
        self.past: Past | None = None
        self.said: list[str] = []
        self.readers: Readers | None = None

    def do(self, verb: str, **args: Any) -> Result:
        """Carry out one step; its result is the previous one of the next."""
        result = self._step(Intent.from_wire({"verb": verb, **args}), None)
        if result.rows:
            self.previous = result
        return result

    def next(self) -> Result:
        """The next result that a job shows."""
        return self.shown.get(timeout=PATIENCE)

    def close(self) -> None:
        """End the jobs."""
        self.jobs.close()

    def _step(self, step: Intent, standing: Permit | None) -> Result:
        effect = self.registry.effect(step)
        nested = step.args.get("do")
        meant = nested if isinstance(nested, Intent) and nested.verb in self.registry else step
        selection = select(meant, self.registry[meant.verb], self.table, self.previous, self.undo, Me.now())
        act = Act(
            intent=step,
            effect=effect,
            utterance="",
            selection=selection,
            origin="rule" if standing else "person",
        )
        if standing:
            permit = self.gate.under(standing, act)
        else:
            permit = self.gate.permit(act, self.gate.judge(act), Answer.YES_WORD)
        verb = self.registry[step.verb]
        return verb.run(self.call(step, selection, permit), **verb.own(step))

    def call(self, step: Intent, selection: Selection, permit: Permit | None) -> Call:
        """What a verb is handed."""
        return Call(
            intent=step,
            utterance="",
            selection=selection,
            table=self.table,
            jobs=self.jobs,
            rules=self.rules,
            undo=self.undo,
            registry=self.registry,
            emit=self.shown.put,
            perform=self._step,
            history=lambda: tuple(self.said),
            past=lambda: self.past,
            permit=permit,
            readers=self.readers,
        )


@contextmanager
def child(code: str = "input()") -> Iterator[subprocess.Popen[str]]:
    """A Python process that runs `code`; it waits for its input to close unless the code ends by itself."""
    pipes: dict[str, int] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", code], text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    """The next line that the child writes."""
    assert process.stdout is not None
    return process.stdout.readline().strip()
