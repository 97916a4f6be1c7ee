"""A plan in words, so that a person can check what was understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlsh.argument import Argument, Kind
from nlsh.effects import Effect
from nlsh.intent import Intent, Plan
from nlsh.render import safe, units
from nlsh.result import Column, Result, Unit
from nlsh.verb import Registry

_EFFECTS = {
    Effect.READ: "only reads",
    Effect.CHANGE: "changes something, and can be undone",
    Effect.DESTROY: "cannot be undone",
}
_UNITS = {Kind.BYTES: Unit.BYTES, Kind.SECONDS: Unit.SECONDS, Kind.PERCENT: Unit.PERCENT}


def explained(plan: Plan, registry: Registry) -> Result:
    """Each step as a row: the verb, what it does, to whom, and how far it reaches."""
    rows = tuple(
        {
            "verb": step.verb,
            "does": _summary(step, registry),
            "arguments": arguments(step, registry),
            "effect": _EFFECTS[registry.effect(step)],
        }
        for step in plan
    )
    columns = (
        Column(key="verb", title="Verb"),
        Column(key="does", title="What it does"),
        Column(key="arguments", title="With"),
        Column(key="effect", title="Effect"),
    )
    return Result(verb="shell.explain", shape="record" if len(rows) == 1 else "table", columns=columns, rows=rows)


def plan(meant: Plan, registry: Registry) -> str:
    """All steps on one line of safe text."""
    return "; then ".join(step(each, registry) for each in meant)


def step(intent: Intent, registry: Registry) -> str:
    """One step: its verb, its arguments and what the verb does, as safe text."""
    said = arguments(intent, registry)
    named = f"{intent.verb} ({said})" if said else intent.verb
    return safe.line(f"{named}: {_summary(intent, registry)}")


def arguments(intent: Intent, registry: Registry) -> str:
    """The arguments with their units, in the order in which they were given."""
    known = {a.name: a for a in registry[intent.verb].all_arguments} if intent.verb in registry else {}
    return ", ".join(_argument(name, value, known.get(name), registry) for name, value in intent.args.items())


def _summary(intent: Intent, registry: Registry) -> str:
    return registry[intent.verb].summary if intent.verb in registry else intent.verb


def _argument(name: str, value: Any, argument: Argument | None, registry: Registry) -> str:
    title = name.replace("_", " ")
    if isinstance(value, Intent):
        nested = arguments(value, registry)
        return f"{title} {value.verb} ({nested})" if nested else f"{title} {value.verb}"
    if isinstance(value, Mapping):
        return f"{title} {_condition(value)}"
    if value is True:
        return title
    return f"{title} {units.shown(value, _unit(argument))}"


def _unit(argument: Argument | None) -> Unit:
    kinds = argument.kinds if argument else ()
    return next((_UNITS[kind] for kind in kinds if kind in _UNITS), Unit.TEXT)


def _condition(when: Mapping[str, Any]) -> str:
    """A condition in the words of its keys: `process.cpu > 90, for 5 min, name chrome`."""
    rest = dict(when)
    parts = [f"{rest.pop('metric')} {rest.pop('op', '')} {rest.pop('value', '')}".strip()] if "metric" in rest else []
    parts += [f"event {rest.pop('event')}"] if "event" in rest else []
    if "for" in rest:
        parts.append(f"for {units.shown(rest.pop('for'), Unit.SECONDS)}")
    return ", ".join((*parts, *(f"{key} {units.shown(value, Unit.TEXT)}" for key, value in rest.items())))
