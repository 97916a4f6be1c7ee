"""Background work."""

from __future__ import annotations

import threading

import pytest

from nlsh.errors import NothingMatched, OperationFailed
from nlsh.executor.jobs import Job, Jobs


def until_stopped(job: Job) -> None:
    job.stop.wait(30)


def test_jobs_are_numbered_and_end():
    """Work that returns is done."""
    jobs = Jobs()
    first = jobs.start("one", "process.wait", lambda job: None)
    second = jobs.start("two", "watch", lambda job: None)
    jobs.wait_all()
    assert [(job.id, job.title, job.verb, job.state) for job in jobs.list()] == [
        (1, "one", "process.wait", "done"),
        (2, "two", "watch", "done"),
    ]
    assert (jobs.get(1), jobs.get(2)) == (first, second)


def test_a_cancelled_job_stops():
    """Work that looks at `stop` ends; it counts as cancelled."""
    jobs = Jobs()
    job = jobs.start("long", "watch", until_stopped)
    assert job.state == "running"
    assert jobs.cancel(job.id).state == "cancelled"


@pytest.mark.parametrize(
    ("error", "detail"), [(OperationFailed("no such thing"), "no such thing"), (KeyError("x"), "KeyError: 'x'")]
)
def test_a_failure_is_kept(error: Exception, detail: str):
    """What the work raises is the job's detail, not the end of the shell."""

    def work(job: Job) -> None:
        raise error

    jobs = Jobs()
    job = jobs.start("bad", "watch", work)
    jobs.wait_all()
    assert (job.state, job.detail) == ("failed", detail)


def test_there_is_no_such_job():
    """Asking for one, or cancelling it, is an error that says so."""
    with pytest.raises(NothingMatched, match="there is no job 4"):
        Jobs().get(4)
    with pytest.raises(NothingMatched):
        Jobs().cancel(4)


def test_closing_stops_jobs_but_not_what_was_meant_to_outlive_the_session():
    """Programs in the background are left alone, and nobody waits for them."""
    jobs, end = Jobs(), threading.Event()
    kept = jobs.start("program", "process.start", lambda job: end.wait(30) and None, awaited=False)
    ended = jobs.start("limit", "process.limit", until_stopped)
    jobs.close()
    jobs.wait_all()
    assert (kept.state, kept.stop.is_set(), ended.state) == ("running", False, "cancelled")
    end.set()
    assert kept.wait(10)


def test_the_helpers_of_all_jobs_are_known():
    """So that nothing touches them."""
    jobs = Jobs()
    job = jobs.start("limit", "process.limit", until_stopped)
    job.helpers.add(12)
    assert jobs.helpers() == {12}
    jobs.close()
