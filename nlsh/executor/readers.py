"""Confined workers that read the kernel's counters, kept from one request to the next."""

from __future__ import annotations

import json
import select
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nlsh.errors import SandboxError
from nlsh.executor.reports.counters import SOURCES
from nlsh.result import Result
from nlsh.sandbox import message, reply
from nlsh.sandbox.confinement import Confinement, Limits
from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.message import Done, Row, Rows
from nlsh.sandbox.profiles import Profile
from nlsh.sandbox.warm import Warm
from nlsh.sandbox.worker import Errand, Worker

_PATIENCE: Final = 3.0
"""Seconds that a worker may take to be ready, or to report; the longest report looks twice within half a second."""
_MOST_ROWS: Final = 5000
_RUN: Final = "nlsh.executor.reports.serving:serve"
_LIMITS: Final = Limits(memory=512 << 20, file_size=0, files=64)


class Readers:
    """Workers that may open a few files of /proc and /sys for reading, and nothing else.

    One is kept; there are more while several threads ask at once. What they say is taken as a plugin's words are:
    strictly read, and made harmless.
    """

    def __init__(self, warm: Warm) -> None:
        self._warm = warm
        self._idle: Worker | None = None
        self._busy: set[Worker] = set()
        self._closed = False
        self._lock = threading.Lock()
        self._preparing = threading.Thread(target=self._prepare, daemon=True)

    def prepare(self) -> None:
        """Have one ready, in the background; where there can be none, reports are read without. To be called once."""
        self._preparing.start()

    def read(self, verb: str, arguments: Mapping[str, Any]) -> Result | None:
        """The report of a verb, as `nlsh.executor.reports.counters` makes it; None where no worker could make it."""
        if self._closed:
            return None
        try:
            if self._preparing.is_alive():
                self._preparing.join(_PATIENCE)
            worker = self._take()
            try:
                result = _answer(worker, verb, arguments)
            except BaseException:  # Ctrl-C too: what it still says is not the answer to the next request
                self._give_back(worker, good=False)
                raise
        except (SandboxError, OSError):
            return None
        self._give_back(worker, good=True)
        return result

    def helpers(self) -> frozenset[int]:
        """The pids of the workers."""
        with self._lock:
            return frozenset(each.pid for each in (*self._busy, self._idle) if each is not None)

    def close(self) -> None:
        """End the one that is kept; others end when they have answered."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, None
        if idle is not None:
            idle.close()

    def _prepare(self) -> None:
        try:
            self._give_back(self._take(), good=True)
        except (SandboxError, OSError):
            return

    def _take(self) -> Worker:
        with self._lock:
            worker, self._idle = self._idle, None
        if worker is not None and worker.ended:
            worker.close()
            worker = None
        if worker is None:
            worker = self._warm.zygote().fork(Errand(run=_RUN, confinement=confinement()), timeout=_PATIENCE)
        with self._lock:
            self._busy.add(worker)
        return worker

    def _give_back(self, worker: Worker, *, good: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            kept = good and not self._closed and self._idle is None
            if kept:
                self._idle = worker
        if not kept:
            worker.close()


def _answer(worker: Worker, verb: str, arguments: Mapping[str, Any]) -> Result:
    """What the worker answers; SandboxError where it does not, or says what is no report."""
    worker.connection.send(json.dumps([verb, arguments]).encode())
    rows: list[Row] = []
    while len(rows) <= _MOST_ROWS:
        if not select.select([worker.connection], [], [], _PATIENCE)[0]:
            raise SandboxError(f"a worker took too long for {verb}")
        said = message.decode(worker.connection.recv(message.MOST_BYTES))
        if isinstance(said, Done):
            return reply.heard(verb, rows, said)
        if not isinstance(said, Rows):
            raise SandboxError("a worker asked for something, and is there to report")
        rows += said.rows
    raise SandboxError(f"a worker gave more than {_MOST_ROWS} rows")


def confinement() -> Confinement:
    """What such a worker may do: read where the counters are."""
    grants = tuple(Grant(path=path, access=Access.READ) for path in SOURCES if Path(path).exists())
    return Confinement(profile=Profile.FILES, grants=grants, limits=_LIMITS)
