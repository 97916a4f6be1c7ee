"""`nlshctl verbs`: what nlsh can do, as a table or with the JSON schema of every verb's arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlsh.argument import Argument, Kind
from nlsh.config import Folders
from nlsh.ctl_report import AsJson, print_json, reported
from nlsh.result import Column, Result

if TYPE_CHECKING:
    from nlsh.verb import Verb

VERSION = 1

_COLUMNS = (
    Column(key="name", title="Verb"),
    Column(key="effect", title="Effect"),
    Column(key="say", title="For example"),
    Column(key="summary", title="What it does"),
)
_STRING = {"type": "string", "minLength": 1}
_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.NAME: _STRING,
    Kind.TEXT: _STRING,
    Kind.USER: _STRING,
    Kind.LAST: {"const": "last"},
    Kind.FLAG: {"type": "boolean"},
    Kind.PERCENT: {"type": "number"},
    Kind.NUMBER: {"type": "number"},
    Kind.NICE: {"type": "integer", "minimum": -20, "maximum": 19},
    Kind.STEP: {"$ref": "#/$defs/step"},
    Kind.READ_STEP: {"$ref": "#/$defs/step"},
    Kind.CONDITION: {"type": "object"},
}
_NATURAL = {"type": "integer", "minimum": 0}
_STEP = {
    "type": "object",
    "required": ["verb", "args"],
    "properties": {"verb": {"type": "string"}, "args": {"type": "object"}},
}


def verbs(
    name: Annotated[str, typer.Argument(metavar="[VERB]", help="Only this verb.")] = "", as_json: AsJson = False
) -> None:
    """List the verbs: what nlsh can do."""
    from nlsh.errors import UsageError
    from nlsh.plugin.host import Host
    from nlsh.session import full_registry, plugin_places

    with reported() as view:
        registry, _ = full_registry(Host(plugin_places(Folders.of_user())))
        if name and name not in registry:
            raise UsageError(f"there is no verb {name}", hint="nlshctl verbs lists them all")
        wanted = [registry[name]] if name else list(registry)
        if as_json:
            print_json({"version": VERSION, "verbs": [public(verb) for verb in wanted], "$defs": {"step": _STEP}})
        else:
            view.result(
                Result(verb="verbs", shape="table", columns=_COLUMNS, rows=tuple(_row(verb) for verb in wanted))
            )


def public(verb: Verb) -> dict[str, Any]:
    """A verb as JSON: its facts, its examples, and the JSON schema of its arguments."""
    return {
        "name": verb.name,
        "summary": verb.summary,
        "effect": verb.effect.value,
        "undoable": verb.undoable,
        "plugin": verb.plugin,
        "selects": verb.selects.value,
        "needs": list(verb.needs),
        "arguments": schema(verb),
        "examples": [{"utterance": each.utterance, "args": dict(each.args)} for each in verb.examples],
    }


def schema(verb: Verb) -> dict[str, Any]:
    """The JSON schema of the `args` of a step with this verb."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {argument.name: of_argument(argument) for argument in verb.all_arguments},
        "required": [argument.name for argument in verb.all_arguments if argument.required],
    }


def of_argument(argument: Argument) -> dict[str, Any]:
    """The JSON schema of one argument."""
    single = [_of_kind(kind, argument) for kind in argument.kinds]
    item = single[0] if len(single) == 1 else {"anyOf": single}
    if not argument.many:
        return item
    several = {"type": "array", "items": item, "minItems": 1}
    return several if argument.only_list else {"anyOf": [*single, several]}


def _of_kind(kind: Kind, argument: Argument) -> dict[str, Any]:
    if kind is not Kind.CHOICE:
        return _SCHEMAS.get(kind, _NATURAL)
    return {"enum": [int(word) if argument.integer else word for word in argument.choices]}


def _row(verb: Verb) -> dict[str, str]:
    say = verb.examples[0].utterance if verb.examples else ""
    return {"name": verb.name, "effect": verb.effect.value, "say": say, "summary": verb.summary}
