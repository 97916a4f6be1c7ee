"""Waiting for processes to end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nlsh.executor.call import Call
from nlsh.executor.handle import still_there
from nlsh.executor.report import columns
from nlsh.process import label
from nlsh.result import Failure, Result, Unit
from nlsh.target import Target

if TYPE_CHECKING:
    from nlsh.executor.jobs import Job

_LOOK = 0.5
"""Seconds between two looks at whether the job is to stop; that a process ends is seen at once."""


def wait_for(call: Call, timeout: float | None) -> Result:
    """Start a job that shows a Result when the selected processes have ended, or `timeout` seconds are over."""
    chosen = call.selection.targets
    names = named(chosen)
    job = call.jobs.start(f"waiting for {names}", "process.wait", lambda job: _wait(call, job, timeout))
    return Result(
        verb="process.wait",
        message=f"Waiting for {names} to end.",
        notes=call.selection.missing,
        processes=tuple(target.id for target in chosen),
        job=job.id,
    )


def named(targets: Sequence[Target], most: int = 5) -> str:
    """The processes in a sentence, the first few by name: `make (12), cc (13) and 4 more`."""
    listed = ", ".join(label(target) for target in targets[:most])
    return listed if len(targets) <= most else f"{listed} and {len(targets) - most} more"


def _wait(call: Call, job: Job, timeout: float | None) -> None:
    end = None if timeout is None else time.monotonic() + timeout
    left = list(call.selection.targets)
    ended: dict[int, float] = {}
    while left and not job.stop.is_set() and (end is None or time.monotonic() < end):
        pause = _LOOK if end is None else min(_LOOK, max(0.0, end - time.monotonic()))
        there = set(still_there([target.id for target in left], pause))
        ended |= {target.id.pid: time.time() for target in left if target.id not in there}
        left = [target for target in left if target.id in there]
        job.detail = f"{len(left)} left"
    if not job.stop.is_set():
        call.emit(_outcome(call, ended, left, timeout))


def _outcome(call: Call, ended: dict[int, float], left: list[Target], timeout: float | None) -> Result:
    gone = [target for target in call.selection.targets if target.id.pid in ended]
    rows: list[dict[str, Any]] = [
        {"pid": t.id.pid, "name": t.name, "user": t.user, "ended": round(ended[t.id.pid], 2)} for t in gone
    ]
    return Result(
        verb="process.wait",
        shape="table" if rows else "message",
        columns=columns(pid=(Unit.COUNT, "PID"), name=Unit.TEXT, user=Unit.TEXT, ended=Unit.TIME),
        rows=tuple(rows),
        message=f"{named(gone)} ended." if gone else "",
        processes=tuple(target.id for target in gone),
        failures=tuple(Failure(target=t, reason=f"has not ended within {timeout:g} s") for t in left),
    )
