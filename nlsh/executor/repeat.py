"""Repeating a report in the background."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nlsh.effects import Effect
from nlsh.errors import NlshError, UsageError
from nlsh.executor.call import Call
from nlsh.executor.nested import check_nested
from nlsh.intent import Intent
from nlsh.result import Result

if TYPE_CHECKING:
    from nlsh.executor.jobs import Job

EVERY, SHORTEST = 2.0, 0.2
"""Seconds between two reports: where nothing is said, and at least."""


def repeat(call: Call, do: Intent, *, every: float | None = None, lasting: float | None = None) -> Result:
    """Start a job that performs `do`, which must only read, again and again, and shows each result."""
    _must_read(call, do)
    pause = max(SHORTEST, EVERY if every is None else every)
    end = f" for {lasting:g} seconds" if lasting else ""
    title = f"{do.verb} every {pause:g} seconds{end}"
    job = call.jobs.start(title, "watch", lambda job: _go_on(call, do, job, pause, lasting))
    return Result(verb="watch", message=f"Job {job.id} shows {title}. To end it: cancel job {job.id}.", job=job.id)


def _must_read(call: Call, do: Intent) -> None:
    check_nested(call.registry, do, "watch")
    if call.registry.effect(do) is not Effect.READ:
        raise UsageError(f"watch cannot do {do.verb}: it does not only read", hint="a rule can: … whenever …")


def _go_on(call: Call, do: Intent, job: Job, pause: float, lasting: float | None) -> None:
    end = time.monotonic() + lasting if lasting else None
    while not job.stop.is_set():
        call.emit(_once(call, do))
        if end is not None and time.monotonic() + pause > end:
            return
        job.stop.wait(pause)


def _once(call: Call, do: Intent) -> Result:
    """One report; that nothing matches now is one too."""
    try:
        return call.perform(do, None)
    except NlshError as error:
        return Result(verb=do.verb, message=error.message)
