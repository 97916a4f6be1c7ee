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

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def guarded(view: View, work: Callable[[], int]) -> int:
    """Do `work` and return its exit code; what ends it early goes to the view."""
    try:
        return work()
    except OutOfTime as over:
        view.error(OperationFailed(f"not done within {over.seconds:g} s", hint="allow more with --timeout"))
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


def script(session: Session, requests: Requests, view: View, *, keep_going: bool) -> int:
    """Carry out the lines of standard input; the exit code is the last that was not 0."""

    def limited(work: Callable[[], int]) -> int:
        with at_most(session.settings.timeout):
            return work()

    last = 0
    for line in lines():
        code = guarded(view, lambda line=line: limited(lambda: requests.run(line)))  # type: ignore[misc]
        view.finish(code)
        last = code or last
        if requests.leaving or code == CANCELLED or (code and not keep_going):
            return last
    return guarded(view, lambda: limited(lambda: stay(session, view, last)))


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
def at_most(seconds: float) -> Iterator[None]:
    """Run the body for that long and then raise OutOfTime in it; 0 is no limit."""
    if not seconds:
        yield
        return

    def ring(number: int, frame: Any) -> NoReturn:
        raise OutOfTime(seconds)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
