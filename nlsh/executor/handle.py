"""A process held by a pidfd, so that a reused pid is never taken for it."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nlsh.executor import stat
from nlsh.target import ProcessId


class Handle:
    """An open pidfd of one process whose start time was compared after it was opened."""

    def __init__(self, id: ProcessId, descriptor: int) -> None:
        self.id = id
        self.descriptor = descriptor

    def send(self, number: int) -> None:
        """Send a signal to this very process; ProcessLookupError or PermissionError where the kernel says so."""
        signal.pidfd_send_signal(self.descriptor, number)

    def stat(self) -> stat.Stat:
        """What the kernel says of it now; ProcessLookupError where it has ended."""
        return _stat(self.id)

    def threads(self) -> list[int]:
        """The ids of its threads, its own first."""
        try:
            names = [int(path.name) for path in Path(f"/proc/{self.id.pid}/task").iterdir()]
        except FileNotFoundError:
            raise ProcessLookupError(self.id.pid) from None
        return sorted(names, key=lambda tid: (tid != self.id.pid, tid))

    def check(self) -> None:
        """ProcessLookupError where it has ended meanwhile."""
        if select.select([self.descriptor], [], [], 0)[0]:
            raise ProcessLookupError(self.id.pid)


@contextmanager
def held(id: ProcessId) -> Iterator[Handle]:
    """Hold the process; ProcessLookupError where it has ended, whatever has its pid now."""
    descriptor = os.pidfd_open(id.pid)
    try:
        _stat(id)
        yield Handle(id, descriptor)
    finally:
        os.close(descriptor)


def identify(pid: int) -> ProcessId | None:
    """The process that has this pid now; None where none has."""
    try:
        return ProcessId(pid=pid, start=stat.parse(Path(f"/proc/{pid}/stat").read_bytes()).start)
    except (OSError, ValueError):
        return None


def still_there(ids: Iterable[ProcessId], timeout: float) -> list[ProcessId]:
    """Those of the processes that have not ended `timeout` seconds from now; returns as soon as all have."""
    end, waiting = time.monotonic() + timeout, {}
    for id in ids:
        try:
            descriptor = os.pidfd_open(id.pid)
        except OSError:
            continue
        waiting[descriptor] = id
    try:
        left = {descriptor: id for descriptor, id in waiting.items() if _is(id)}
        while left and (ready := _ended(left, end - time.monotonic())):
            left = {descriptor: id for descriptor, id in left.items() if descriptor not in ready}
        return list(left.values())
    finally:
        for descriptor in waiting:
            os.close(descriptor)


def _ended(descriptors: Iterable[int], timeout: float) -> set[int]:
    """The pidfds whose process has ended: at least one, or none after `timeout` seconds."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(max(0.0, timeout) * 1000)}


def _stat(id: ProcessId) -> stat.Stat:
    try:
        line = stat.parse(Path(f"/proc/{id.pid}/stat").read_bytes())
    except FileNotFoundError:
        raise ProcessLookupError(id.pid) from None
    if line.start != id.start:
        raise ProcessLookupError(id.pid)
    return line


def _is(id: ProcessId) -> bool:
    try:
        return _stat(id).start == id.start
    except OSError:
        return False
