"""Finding the job that is meant, and showing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlsh.errors import UsageError
from nlsh.executor.report import columns
from nlsh.result import Column, Unit

if TYPE_CHECKING:
    from nlsh.executor.jobs import Job, Jobs


def shown() -> tuple[Column, ...]:
    """The columns of a job."""
    known = columns(id=(Unit.COUNT, "Id"), job=Unit.TEXT, verb=Unit.TEXT, state=Unit.TEXT)
    return (*known, *columns(started=Unit.TIME, detail=Unit.TEXT))


def row(job: Job) -> dict[str, Any]:
    """The row of a job."""
    same = {key: getattr(job, key) for key in ("id", "verb", "state", "started")}
    return {**same, "job": job.title, "detail": job.detail or None}


def find(jobs: Jobs, id: int | None, *, finished: bool = False) -> Job:
    """The job of that number; NothingMatched where there is none.

    Without a number it is the only one that runs, standing rules aside; where none does and `finished` ones count, the
    latest of those. UsageError with the jobs there are where that is not clear.
    """
    if id is not None:
        return jobs.get(id)
    own = [job for job in jobs.list() if job.verb != "rule.add"]
    running = [job for job in own if job.state == "running"]
    found = running or (own[-1:] if finished else [])
    if len(found) == 1:
        return found[0]
    listed = "; ".join(f"{job.id}: {job.title}" for job in running)
    raise UsageError("which job?" if running else "no job runs", hint=f"there are {listed}" if running else "")
