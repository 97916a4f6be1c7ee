"""Ending processes, and sending them other signals."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nlsh.executor import operations
from nlsh.executor.call import Call
from nlsh.executor.handle import still_there
from nlsh.executor.processes.waiting import named
from nlsh.executor.report import columns
from nlsh.result import Result, Unit
from nlsh.target import ProcessId, Target

GRACE = 1.0
"""Seconds that processes get to end before it is said that they have not."""
_GLANCE = 0.1
"""The same, for signals that may well be meant for something else (a HUP: read your settings again)."""
_ENDING = ("TERM", "KILL", "INT", "QUIT", "ABRT")


def end(call: Call, signal: str) -> Result:
    """Send the signal to the targets of the permit, wait a little, and say which have ended."""
    permit = call.permitted()
    failures = operations.send_signal(permit, signal)
    failed = {failure.target.id for failure in failures if failure.target}
    reached = [target for target in permit.targets if target.id not in failed]
    grace = GRACE if signal in _ENDING else _GLANCE
    left = set(still_there([target.id for target in reached], grace))
    return Result(
        verb="process.kill",
        shape="table" if reached else "message",
        columns=columns(pid=(Unit.COUNT, "PID"), name=Unit.TEXT, user=Unit.TEXT, outcome=Unit.TEXT),
        rows=tuple(_row(target, signal, left) for target in reached),
        message=_message(reached, signal, left),
        notes=(*call.selection.missing, *_notes(reached, signal, left)),
        processes=tuple(target.id for target in reached),
        failures=failures,
    )


def _row(target: Target, signal: str, left: Collection[ProcessId]) -> dict[str, Any]:
    outcome = "ended" if target.id not in left else "still running" if signal in _ENDING else f"got {signal}"
    return {"pid": target.id.pid, "name": target.name, "user": target.user, "outcome": outcome}


def _message(reached: list[Target], signal: str, left: Collection[ProcessId]) -> str:
    gone = [target for target in reached if target.id not in left]
    rest = [target for target in reached if target.id in left]
    said = [f"{named(gone)} ended."] if gone else []
    if rest and signal not in _ENDING:
        said.append(f"Sent {signal} to {named(rest)}.")
    return " ".join(said)


def _notes(reached: list[Target], signal: str, left: Collection[ProcessId]) -> list[str]:
    """What to do about those that have not ended."""
    rest = [target for target in reached if target.id in left]
    if not rest or signal not in _ENDING:
        return []
    if signal == "KILL":
        return [f"{named(rest)}: still there after {GRACE:g} s; the kernel ends it when it comes back from the device"]
    return [f"{named(rest)}: still running after {GRACE:g} s; to end it at once, say: force quit"]
