"""What reading verbs that touch only /proc cost in this process, and what they would in a confined one.

Of the confined ones, `forked` is a worker for each request from a zygote that is warm; `kept` is one that waits for
requests, all the time. Both send what they read as JSON, and it is made into the same objects here again.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil  # noqa: F401 - one of the reports imports it, which a confined process may not

from nlsh.executor.reports import machine_report
from nlsh.executor.table import ProcTable
from nlsh.process import Process
from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.post import Post
from nlsh.sandbox.profiles import Profile
from nlsh.sandbox.worker import Errand, Worker, Zygote
from nlsh.target import ProcessId
from tests.bench.samples import Samples

_ROOT = str(Path(__file__).parents[2])
_MOST = 1 << 20
_PART = 40
"""Processes in one message."""
_PLACES = ("/proc", "/usr", "/lib", "/etc", str(Path(os.__file__).parent), _ROOT)


def _report(result: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in result.rows]


def _processes() -> list[dict[str, Any]]:
    return [dataclasses.asdict(each) for each in ProcTable().snapshot({"user", "argv"})]


READERS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "memory": lambda: _report(machine_report.memory_usage(False)),
    "load": lambda: _report(machine_report.load()),
    "uptime": lambda: _report(machine_report.uptime()),
    "processes": _processes,
}


def measure(*, runs: int) -> dict[str, Any]:
    """Each reader `runs` times in turns: in this process, and both ways of a worker."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (_ROOT, before)))
    try:
        with Zygote([__name__]) as zygote, zygote.fork(_errand()) as kept:
            ways = {
                "here": lambda name: _here(name),
                "forked": lambda name: _forked(zygote, name),
                "kept": lambda name: _asked(kept, name),
            }
            times = {name: {way: Samples() for way in ways} for name in READERS}
            for number in range(runs + 1):
                for name in READERS:
                    for way, read in ways.items():
                        with times[name][way].timed() if number else Samples().timed():
                            read(name)
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
    return {name: {way: samples.report() for way, samples in each.items()} for name, each in times.items()}


def _here(name: str) -> list[Any]:
    return ProcTable().snapshot({"user", "argv"}) if name == "processes" else READERS[name]()  # type: ignore[return-value]


def _forked(zygote: Zygote, name: str) -> list[Any]:
    with zygote.fork(_errand()) as worker:
        return _asked(worker, name)


def _asked(worker: Worker, name: str) -> list[Any]:
    worker.connection.send(name.encode())
    rows: list[dict[str, Any]] = []
    while part := json.loads(worker.connection.recv(_MOST)):
        rows += part
    return [_process(row) for row in rows] if name == "processes" else rows


def _process(row: dict[str, Any]) -> Process:
    return Process(**{**row, "id": ProcessId(**row["id"]), "argv": tuple(row["argv"]), "ports": frozenset()})


def _errand() -> Errand:
    grants = tuple(Grant(path=path, access=Access.READ) for path in _PLACES if Path(path).exists())
    return Errand(run=f"{__name__}:serve", confinement=Confinement(profile=Profile.FILES, grants=grants))


def serve(post: Post) -> None:
    """The far side: read what is asked for and send it in parts, and an empty one at the end."""
    while name := post.connection.recv(100).decode():
        rows = READERS[name]()
        for at in range(0, len(rows), _PART):
            post.connection.send(json.dumps(rows[at : at + _PART], default=list).encode())
        post.connection.send(b"[]")
