"""Requests without a prompt: one of them, or a script, with a time limit and the background jobs they leave."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from nlsh.errors import NlshError, OperationFailed
from nlsh.render.view import View

if TYPE_CHECKING:
    from nlsh.session import Session
    from nlsh.shell.requests import Requests

CANCELLED = 130
_STANDARD_INPUT = 0
_LONGEST_LINE = 1 << 20


class OutOfTime(BaseException):
    """The time limit is over; no NlshError, so that nothing on the way takes it for a failed step."""


def guarded(view: View, work: Callable[[], int], *, limit: float | None) -> int:
    """Do `work` within `limit` seconds and return its exit code; what ends it early goes to the view."""
    try:
        with _at_most(limit):
            return work()
    except OutOfTime:
        view.error(OperationFailed(f"not done within {limit:g} s", hint="allow more with --timeout"))
        return OperationFailed.exit_code
    except KeyboardInterrupt:
        return CANCELLED
    except NlshError as error:
        view.error(error)
        return error.exit_code


def stay(session: Session, view: View, code: int) -> int:
    """Wait for the background jobs of the session; the exit code is 1 where one of them failed."""
    session.jobs.wait_all()
    failed = [job for job in session.jobs.list() if job.awaited and job.state == "failed"]
    for job in failed:
        view.error(OperationFailed(f"{job.title}: {job.detail}"))
    return code or (OperationFailed.exit_code if failed else 0)


def script(session: Session, requests: Requests, view: View, *, limit: float | None, keep_going: bool) -> int:
    """Carry out the lines of standard input; the exit code is the last that was not 0."""
    worst = 0
    for line in lines():
        code = guarded(view, lambda line=line: requests.run(line), limit=limit)  # type: ignore[misc]
        view.finish(code)
        worst = code or worst
        if requests.leaving or code == CANCELLED or (code and not keep_going):
            return worst
    return guarded(view, lambda: stay(session, view, worst), limit=limit)


def lines() -> Iterator[str]:
    """The lines of standard input that are not empty or comments.

    They are read byte by byte, so that a command among them finds the rest of the input where it expects it.
    """
    while raw := _line():
        line = os.fsdecode(raw).strip()
        if line and not line.startswith("#"):
            yield line


def _line() -> bytes:
    line = bytearray()
    while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        byte = os.read(_STANDARD_INPUT, 1)
        if not byte:
            break
        line += byte
    return bytes(line)


@contextmanager
def _at_most(seconds: float | None) -> Iterator[None]:
    if not seconds:
        yield
        return
    before = signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _ring(number: int, frame: Any) -> NoReturn:
    raise OutOfTime
