"""Verbs about background jobs."""

from __future__ import annotations

from nlsh.argument import Id
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.executor.job_report import find, row, shown
from nlsh.executor.report import record, table
from nlsh.result import Result
from nlsh.verb import verb


@verb(
    "job.list",
    effect=Effect.READ,
    examples={
        "list background jobs": {},
        "what is running in the background here": {},
        "show my jobs": {},
        "are any watches still going": {},
    },
)
def job_list(call: Call) -> Result:
    """List the background jobs of this session."""
    rows = [row(job) for job in call.jobs.list()]
    if not rows:
        return Result(verb="job.list", message="There are no jobs.")
    return table("job.list", shown(), rows)


@verb(
    "job.show",
    effect=Effect.READ,
    examples={
        "show job 2": {"id": 2},
        "how is the job doing": {},
        "status of job number 7": {"id": 7},
        "did job 3 finish": {"id": 3},
    },
)
def job_show(call: Call, *, id: Id | None = None) -> Result:
    """Show one background job."""
    return record("job.show", shown(), row(find(call.jobs, id, finished=True)))


@verb(
    "job.cancel",
    effect=Effect.CHANGE,
    examples={
        "cancel job 2": {"id": 2},
        "stop the background job": {},
        "stop watching": {},
        "abort job number 5": {"id": 5},
    },
)
def job_cancel(call: Call, *, id: Id | None = None) -> Result:
    """Cancel a background job."""
    job = find(call.jobs, id)
    if job.state != "running":
        return Result(verb="job.cancel", message=f"Job {job.id} is {job.state} already: {job.title}.")
    call.jobs.cancel(job.id)
    return Result(verb="job.cancel", message=f"Cancelled job {job.id}: {job.title}.")
