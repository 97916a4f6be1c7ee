"""Shutting down, restarting and suspending the machine, now or later, and calling it off."""

from __future__ import annotations

import math

from nlsh.plugin import Call, Effect, OperationFailed, Result, Seconds, UsageError, verb

_NEEDS = "exec:shutdown power.control"


@verb(
    "power.shutdown",
    effect=Effect.DESTROY,
    needs=_NEEDS,
    examples={
        "shut down the computer": {},
        "power off now": {},
        "shut down in 10 minutes": {"delay": 600},
        "turn off the machine in half an hour": {"delay": 1800},
        "cancel the shutdown": {"cancel": True},
    },
)
def shutdown(call: Call, *, delay: Seconds | None = None, cancel: bool = False) -> Result:
    """Shut the machine down, or call that off."""
    return _later_or_now(call, "shutdown", "shuts down", delay, cancel)


@verb(
    "power.reboot",
    effect=Effect.DESTROY,
    needs=_NEEDS,
    examples={
        "reboot the machine": {},
        "restart the computer": {},
        "reboot in 5 minutes": {"delay": 300},
        "restart the server in an hour": {"delay": 3600},
        "cancel the reboot": {"cancel": True},
    },
)
def reboot(call: Call, *, delay: Seconds | None = None, cancel: bool = False) -> Result:
    """Restart the machine, or call that off."""
    return _later_or_now(call, "reboot", "restarts", delay, cancel)


@verb(
    "power.suspend",
    effect=Effect.DESTROY,
    needs="exec:systemctl power.control",
    examples={
        "suspend the laptop": {},
        "put the computer to sleep": {},
        "suspend this machine": {},
        "put the laptop to sleep in 20 minutes": {"delay": 1200},
    },
)
def suspend(call: Call, *, delay: Seconds | None = None, cancel: bool = False) -> Result:
    """Suspend the machine to memory."""
    if cancel:
        return Result(verb="power.suspend", message="There is nothing to call off: nlsh does not suspend later.")
    if delay:
        raise UsageError("nlsh cannot suspend the machine later", hint="say it when it is time")
    _run(call, "suspend")
    return Result(verb="power.suspend", message="The machine was suspended.")


def _later_or_now(call: Call, what: str, words: str, delay: int | None, cancel: bool) -> Result:
    verb = f"power.{what}"
    if cancel:
        _run(call, "call_off")
        return Result(verb=verb, message="Whatever shutdown or restart was to come is called off.")
    if not delay:
        _run(call, what)
        return Result(verb=verb, message=f"The machine {words} now.")
    _run(call, f"{what}_later")
    minutes = math.ceil(delay / 60)
    when = "1 minute" if minutes == 1 else f"{minutes} minutes"
    note = "" if delay % 60 == 0 else "It counts in whole minutes."
    return Result(
        verb=verb,
        message=f"The machine {words} in {when}. To call it off: cancel the {what}",
        notes=(note,) if note else (),
    )


def _run(call: Call, program: str) -> None:
    output = call.run(program)
    if output.code:
        said = [line.strip() for line in output.text.splitlines() if line.strip()]
        raise OperationFailed(said[0] if said else f"it ended with {output.code} and does not say why")
