"""`process.list` beside `ps aux`, with a few and with very many processes."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nlsh.executor.call import Call
from nlsh.executor.core import core_registry
from nlsh.executor.jobs import Jobs
from nlsh.executor.rules import Rules
from nlsh.executor.select import select
from nlsh.executor.table import ProcTable
from nlsh.executor.undo import UndoLog
from nlsh.intent import Intent
from nlsh.render import json_out, plain
from nlsh.result import Result
from nlsh.target import Selection
from tests.bench.crowd import EACH, crowd
from tests.bench.machine import available_memory
from tests.bench.samples import Samples

STEP = Intent(verb="process.list")


def measure(counts: tuple[int, ...], *, runs: int) -> dict[str, Any]:
    """For each number of processes, `runs` times in turns: ps, the executor, and writing the result as text and JSON.

    The executor reads every column of the list, and that of the CPU takes two looks with 250 ms from one to the other.
    """
    return {str(count): _among(count, runs) for count in counts}


def _among(count: int, runs: int) -> dict[str, Any]:
    more = count - len(ProcTable().snapshot())
    if more <= 0:
        return {"skipped": f"there are {count - more} processes already"}
    if more * EACH > available_memory():
        return {"skipped": "there is not enough memory"}
    try:
        with crowd(more):
            return _Lister().times(runs)
    except OSError as error:
        return {"skipped": str(error)}


class _Lister:
    """The way of a step that lists all processes through the executor, as a session takes it."""

    def __init__(self) -> None:
        self._registry = core_registry()
        self._undo = UndoLog(Path(tempfile.gettempdir()) / "nlsh-bench-undo.json")  # read only, and not there

    def times(self, runs: int) -> dict[str, Any]:
        names = ("ps_aux", "executor", "reading_only", "plain_text", "json")
        times = {name: Samples() for name in names}
        rows = []
        for _ in range(runs):
            _timed(times["ps_aux"], _ps)
            result = _timed(times["executor"], self._list)
            _timed(times["reading_only"], lambda: ProcTable().snapshot({"user", "argv"}))
            _timed(times["plain_text"], lambda result=result: plain.body(result))
            _timed(times["json"], lambda result=result: json_out.text(json_out.of_result(result)))
            rows.append(len(result.rows))
        ps = times["ps_aux"].median
        executor = times["executor"].median
        return {
            "processes": max(rows),
            **{name: samples.report() for name, samples in times.items()},
            "executor_to_ps": round(executor / ps, 2),
            "executor_and_text_to_ps": round((executor + times["plain_text"].median) / ps, 2),
        }

    def _list(self) -> Result:
        table = ProcTable()
        verb = self._registry[STEP.verb]
        return verb.run(self._call(table, select(STEP, verb, table, None, self._undo)))

    def _call(self, table: ProcTable, selection: Selection) -> Call:
        jobs = Jobs()
        return Call(
            intent=STEP,
            utterance="",
            selection=selection,
            table=table,
            jobs=jobs,
            rules=Rules(jobs),
            undo=self._undo,
            registry=self._registry,
            emit=lambda result: None,
            perform=lambda step, permit: Result(verb=step.verb),
        )


def _timed(samples: Samples, work: Callable[[], Any]) -> Any:
    with samples.timed():
        return work()


def _ps() -> None:
    subprocess.run(["ps", "aux"], stdout=subprocess.DEVNULL, check=True)
