"""Requests without a prompt: one of them, or several, with a time limit and the background jobs they leave."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from nlsh.errors import NlshError, OperationFailed
from nlsh.render.view import View

if TYPE_CHECKING:
    from nlsh.session import Session
    from nlsh.shell.requests import Requests

CANCELLED = 130


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


def script(session: Session, requests: Requests, view: View, sentences: Sequence[str], *, errexit: bool) -> int:
    """Carry out the sentences in order, `errexit` only up to the first that fails; the exit code is the last one's."""

    def limited(work: Callable[[], int]) -> int:
        with at_most(session.settings.timeout):
            return work()

    code = 0
    for sentence in sentences:
        code = guarded(view, lambda sentence=sentence: limited(lambda: requests.run(sentence)))  # type: ignore[misc]
        view.finish(code)
        if requests.leaving or code == CANCELLED or (code and errexit):
            return code
    return guarded(view, lambda: limited(lambda: stay(session, view, code)))


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
