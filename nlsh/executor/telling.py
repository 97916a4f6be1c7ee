"""What the shell tells about itself: the lines typed, how the last one was understood, and what ends with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nlsh.errors import UsageError
from nlsh.executor.call import Past
from nlsh.executor.report import columns, record, table
from nlsh.intent import Intent
from nlsh.result import Result, Unit
from nlsh.verb import Registry

if TYPE_CHECKING:
    from nlsh.executor.jobs import Job
    from nlsh.executor.rules import Rule

RECENT = 50
"""Lines of the history that are shown where no number is said."""
_STEP = {"step": Unit.COUNT, "verb": Unit.TEXT, "does": Unit.TEXT, "arguments": Unit.TEXT, "effect": Unit.TEXT}


def told(lines: Sequence[str], limit: int | None) -> Result:
    """The result of `shell.history`: the last `limit` lines, numbered from the first one there is."""
    if not lines:
        return Result(verb="shell.history", message="Nothing has been typed yet.")
    first = max(0, len(lines) - (RECENT if limit is None else max(0, limit)))
    rows = [{"number": number, "line": line} for number, line in enumerate(lines[first:], first + 1)]
    more = (f"There are {first} lines before these.",) if first else ()
    return table("shell.history", columns(number=(Unit.COUNT, "#"), line=Unit.TEXT), rows, *more)


def explained(past: Past | None, registry: Registry, step: int | None) -> Result:
    """The result of `shell.explain`; with `step` that step of the plan alone, counted from 1."""
    if past is None:
        return Result(verb="shell.explain", message="Nothing has been asked yet that could be explained.")
    rows = [_step(number, intent, past, registry) for number, intent in enumerate(past.plan, 1)]
    sure = "" if past.confidence is None else f" ({past.confidence:.0%} sure)"
    if not rows:
        return Result(
            verb="shell.explain", message=f'"{past.utterance}" was taken as nothing that can be done here{sure}.'
        )
    shown = columns(**_STEP, policy=Unit.TEXT)
    said = f'"{past.utterance}" was read as {len(rows)} step{"s" if len(rows) > 1 else ""}{sure}.'
    if step is None and len(rows) > 1:
        return table("shell.explain", shown, rows, said)
    number = 1 if step is None else step
    if not 1 <= number <= len(rows):
        raise UsageError(f"the last request has no step {number}", hint=f"it has {len(rows)}")
    return record("shell.explain", shown, rows[number - 1], said)


def farewell(jobs: Iterable[Job], rules: Iterable[Rule]) -> Result:
    """The result of `shell.exit`, with what ends too. Whoever owns the shell leaves it on seeing this verb."""
    running = [job.title for job in jobs if job.state == "running" and job.verb != "rule.add"]
    standing = [rule.words for rule in rules]
    notes = [f"Job ended: {title}." for title in running] + [f"Rule ended: {words}." for words in standing]
    return Result(verb="shell.exit", notes=tuple(notes))


def _step(number: int, intent: Intent, past: Past, registry: Registry) -> dict[str, Any]:
    decision = past.decisions[number - 1] if number <= len(past.decisions) else None
    there = intent.verb in registry
    return {
        "step": number,
        "verb": intent.verb,
        "does": registry[intent.verb].summary if there else None,
        "arguments": _arguments(intent) or None,
        "effect": registry.effect(intent).value if there else None,
        "policy": f"{decision.outcome.value}, by the rule {decision.rule}: {decision.reason}" if decision else None,
    }


def _arguments(intent: Intent) -> str:
    return ", ".join(f"{name}: {_said(value)}" for name, value in intent.args.items())


def _said(value: Any) -> str:
    if isinstance(value, Intent):
        return f"{value.verb} ({_arguments(value)})" if value.args else value.verb
    if isinstance(value, Mapping):
        return " ".join(f"{name} {_said(each)}" for name, each in value.items())
    if isinstance(value, tuple):
        return " or ".join(str(each) for each in value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
