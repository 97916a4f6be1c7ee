"""Confined workers that read the kernel's counters, kept from one request to the next."""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nlsh.errors import SandboxError
from nlsh.executor.reports.counters import SOURCES
from nlsh.result import Result
from nlsh.sandbox import message, reply
from nlsh.sandbox.confinement import Confinement, Limits
from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.layers import probe
from nlsh.sandbox.message import Done, Failed, Row, Rows
from nlsh.sandbox.profiles import Profile
from nlsh.sandbox.warm import Warm
from nlsh.sandbox.worker import Errand, Worker

SERVING: Final = "nlsh.executor.reports.serving"
"""What the workers run, for the warm process to have it at hand."""
_TO_START: Final = 3.0
_TO_ANSWER: Final = 3.0
"""Seconds that a worker may take; the longest report looks twice within half a second."""
_MOST_MESSAGES: Final = 20
"""Of one report; each has at most 64 KiB."""
_MOST_FAILURES: Final = 2
"""So often in a row may none be had or none answer, until nobody asks for one any more."""
_LIMITS: Final = Limits(memory=512 << 20, file_size=0, files=64, cpu=60)


class Readers:
    """Workers that may read in a few folders of /proc and /sys, and do nothing else.

    One is kept; there are more while several threads ask at once. What they say is taken as a plugin's words are:
    strictly read, in bounded time and size, and made harmless. They run `run`, a function as an `Errand` names it.
    """

    def __init__(self, warm: Warm, *, run: str = f"{SERVING}:serve") -> None:
        self._warm = warm
        self._run = run
        self._idle: Worker | None = None
        self._busy: set[Worker] = set()
        self._failures = 0
        self._closed = False
        self._lock = threading.Lock()
        self._preparing = threading.Thread(target=self._prepare, daemon=True)

    def prepare(self) -> None:
        """Have one ready, in the background; where there can be none, reports are read without. To be called once."""
        self._preparing.start()

    def read(self, verb: str, arguments: Mapping[str, Any]) -> Result | None:
        """The report of a verb, as `nlsh.executor.reports.counters` makes it; None where no worker could make it."""
        if self._preparing.is_alive():
            self._preparing.join(_TO_START)
        if self._closed or self._failures >= _MOST_FAILURES:
            return None
        try:
            worker = self._take(_TO_START)
            good = False
            try:
                result = _answer(worker, verb, arguments)
                good = True
            finally:  # after Ctrl-C too: what it still says is not the answer to the next request
                self._give_back(worker, good=good)
        except (SandboxError, OSError):
            self._failures += 1
            return None
        self._failures = 0
        return result

    def helpers(self) -> frozenset[int]:
        """The pids of the workers."""
        with self._lock:
            idle = {self._idle} if self._idle is not None and not self._idle.ended else set()
            return frozenset(each.pid for each in self._busy | idle)

    def close(self) -> None:
        """End the one that is kept; others end when they have answered."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, None
        if idle is not None:
            idle.close()

    def _prepare(self) -> None:
        try:
            self._give_back(self._take(None), good=True)
        except (SandboxError, OSError):
            self._failures = _MOST_FAILURES

    def _take(self, timeout: float | None) -> Worker:
        with self._lock:
            worker, self._idle = self._idle, None
        if worker is not None and _speaks(worker.connection):
            worker.close()
            worker = None
        if worker is None:
            worker = self._new(timeout)
        with self._lock:
            self._busy.add(worker)
        return worker

    def _new(self, timeout: float | None) -> Worker:
        held = confinement()
        if unheld := held.unheld(probe()):  # asked before a process is started for nothing
            raise SandboxError(unheld[0])
        patience = {} if timeout is None else {"timeout": timeout}
        return self._warm.zygote().fork(Errand(run=self._run, confinement=held), **patience)

    def _give_back(self, worker: Worker, *, good: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            kept = good and not self._closed and self._idle is None
            if kept:
                self._idle = worker
        if not kept:
            worker.close()


def confinement() -> Confinement:
    """What such a worker may do: read where the counters are."""
    grants = tuple(Grant(path=path, access=Access.READ) for path in SOURCES if Path(path).exists())
    return Confinement(profile=Profile.FILES, grants=grants, limits=_LIMITS)


def _speaks(connection: socket.socket) -> bool:
    """Whether it has something to say though nobody has asked, or has ended."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _answer(worker: Worker, verb: str, arguments: Mapping[str, Any]) -> Result | None:
    """What the worker answers, None where it says that it cannot; SandboxError or OSError where it breaks the rules."""
    connection, deadline = worker.connection, time.monotonic() + _TO_ANSWER
    connection.settimeout(_TO_ANSWER)
    connection.send(json.dumps([verb, arguments]).encode())
    rows: list[Row] = []
    for _ in range(_MOST_MESSAGES):
        connection.settimeout(max(0.001, deadline - time.monotonic()))
        data, _, flags, _ = connection.recvmsg(message.MOST_BYTES)
        if flags & socket.MSG_TRUNC:
            raise SandboxError("a worker sent a message that is too long")
        said = message.decode(data)
        if isinstance(said, Done) and said.shape in ("table", "record"):
            return reply.heard(verb, rows, said)
        if isinstance(said, Failed):
            return None
        if not isinstance(said, Rows):
            raise SandboxError("a worker is there to report, and said something else")
        rows += reply.cleaned(said)
    raise SandboxError("a worker says too much")
