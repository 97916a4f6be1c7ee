"""What would be done, without doing it."""

from __future__ import annotations

from nlsh.act import Act, Decision, Outcome
from nlsh.executor.posix import posix_line
from nlsh.result import Column, Result, Unit

_COLUMNS = (
    Column(key="pid", title="PID", unit=Unit.COUNT),
    Column(key="user", title="User"),
    Column(key="name", title="Name"),
    Column(key="rss", title="Memory", unit=Unit.BYTES),
    Column(key="age", title="Age", unit=Unit.SECONDS),
    Column(key="command", title="Command"),
)


def preview(act: Act, decision: Decision) -> Result:
    """The step's exact targets, the policy's decision on it, and the shell command that it is like."""
    targets = act.selection.targets
    rows = tuple(
        {"pid": t.id.pid, "user": t.user, "name": t.name, "rss": t.rss, "age": t.age, "command": t.command}
        for t in targets
    )
    line = posix_line(act.intent, targets)
    return Result(
        verb=act.intent.verb,
        shape="table" if rows else "message",
        columns=_COLUMNS,
        rows=rows,
        message=f"Nothing was done. {act.intent.verb} {_said(decision)}",
        notes=((f"like: {line}",) if line else ())
        + tuple(f"left out: {t.name} ({t.id.pid}): {why}" for t, why in act.selection.protected),
    )


def _said(decision: Decision) -> str:
    if decision.outcome is Outcome.ALLOW:
        return f"would be allowed: {decision.reason}"
    if decision.outcome is Outcome.DENY:
        return f"would be denied: {decision.reason}"
    return f"would be asked about{', by a typed word' if decision.by_word else ''}: {decision.reason}"
