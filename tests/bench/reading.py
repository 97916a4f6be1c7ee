"""What reading verbs that touch only /proc cost in this process, and what they do in a confined one.

Of the confined ones, `forked` is a worker for each request from a zygote that is warm; `kept` is one that waits for
requests, all the time: for the counters, those of `nlsh.executor.readers`. For the processes there are none, and what
is measured is what they would be: the rows go as JSON, and are made into the same objects here again.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil  # noqa: F401 - the table imports it, which a confined process may not

from nlsh.executor.readers import Readers, confinement
from nlsh.executor.reports import counters
from nlsh.executor.table import ProcTable
from nlsh.process import Process
from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.post import Post
from nlsh.sandbox.warm import Warm
from nlsh.sandbox.worker import Errand, Worker
from nlsh.target import ProcessId
from tests.bench.samples import Samples

_ROOT = str(Path(__file__).parents[2])
_MOST = 1 << 20
_PART = 40
"""Processes in one message."""
_PLACES = ("/usr", "/lib", "/etc", str(Path(os.__file__).parent), _ROOT)
COUNTERS = ("memory.usage", "system.load", "system.uptime")

Ways = dict[str, Callable[[], object]]


def measure(*, runs: int) -> dict[str, Any]:
    """Each reader `runs` times in turns: in this process, and both ways of a worker."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (_ROOT, before)))
    try:
        with (
            closing(Warm([__name__, "nlsh.executor.reports.serving"])) as warm,
            closing(Readers(warm)) as kept,
            warm.zygote().fork(_errand()) as table,
        ):
            read = {name: _counters(warm, kept, name) for name in COUNTERS} | {"processes": _processes(warm, table)}
            times = {name: {way: Samples() for way in ways} for name, ways in read.items()}
            for number in range(runs + 1):
                for name, ways in read.items():
                    for way, run in ways.items():
                        with times[name][way].timed() if number else Samples().timed():
                            run()
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
    return {name: {way: samples.report() for way, samples in each.items()} for name, each in times.items()}


def _counters(warm: Warm, kept: Readers, name: str) -> Ways:
    def forked() -> None:
        with closing(Readers(warm)) as fresh:
            assert fresh.read(name, {})

    def asked() -> None:
        assert kept.read(name, {})

    return {"here": lambda: counters.report(name, {}), "forked": forked, "kept": asked}


def _processes(warm: Warm, kept: Worker) -> Ways:
    def forked() -> None:
        with warm.zygote().fork(_errand()) as worker:
            _asked(worker)

    return {"here": _snapshot, "forked": forked, "kept": lambda: _asked(kept)}


def _snapshot() -> list[Process]:
    return list(ProcTable().snapshot({"user", "argv"}))


def _asked(worker: Worker) -> list[Process]:
    worker.connection.send(b"processes")
    rows: list[dict[str, Any]] = []
    while part := json.loads(worker.connection.recv(_MOST)):
        rows += part
    return [_process(row) for row in rows]


def _process(row: dict[str, Any]) -> Process:
    return Process(**{**row, "id": ProcessId(**row["id"]), "argv": tuple(row["argv"]), "ports": frozenset()})


def _errand() -> Errand:
    counted = confinement()
    python = tuple(Grant(path=path, access=Access.READ) for path in _PLACES if Path(path).exists())
    return Errand(run=f"{__name__}:serve", confinement=dataclasses.replace(counted, grants=(*counted.grants, *python)))


def serve(post: Post) -> None:
    """The far side: read the processes and send them in parts, and an empty one at the end."""
    while post.connection.recv(100):
        rows = [dataclasses.asdict(each) for each in _snapshot()]
        for at in range(0, len(rows), _PART):
            post.connection.send(json.dumps(rows[at : at + _PART], default=list).encode())
        post.connection.send(b"[]")
