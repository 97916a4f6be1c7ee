"""The declarations of a plugin's verbs as JSON, so that nlsh knows them without importing the plugin.

What a plugin declares is not believed: names, kinds and examples are checked when they are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from nlsh.argument import Argument, Kind
from nlsh.effects import Effect, capability
from nlsh.errors import PluginError
from nlsh.intent import Intent
from nlsh.result import Result
from nlsh.verb import Example, Registry, Selects, Verb

VERSION: Final = 1
MOST_VERBS: Final = 64
MOST_EXAMPLES: Final = 16
_MOST_ARGUMENTS = 16
_ARGUMENT = re.compile(r"[a-z][a-z0-9_]{0,30}")
_CHOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,30}")
_SUMMARY = 120
_NESTING = (Kind.STEP, Kind.READ_STEP, Kind.CONDITION, Kind.ROW, Kind.LAST)

Body = Callable[..., Result]


def of_verb(verb: Verb) -> dict[str, Any]:
    """The declaration of a verb as JSON."""
    return {
        "name": verb.name,
        "summary": verb.summary,
        "effect": verb.effect.value,
        "undoable": verb.undoable,
        "target": verb.target,
        "needs": list(verb.needs),
        "arguments": [_of_argument(each) for each in verb.arguments],
        "examples": [[each.utterance, dict(each.args)] for each in verb.examples],
    }


def to_verb(data: Mapping[str, Any], run: Body, *, plugin: str, namespace: str, taught: bool) -> Verb:
    """The verb that `of_verb` made JSON of, with `run` as its body; PluginError where it is not one that may be."""
    try:
        made = _verb(data, run, plugin, namespace, taught)
        registry = Registry([made])
        for example in made.examples:
            registry.check(Intent(verb=made.name, args=example.args))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise PluginError(f"the plugin {plugin} declares what is no verb: {error}") from error
    return made


def _verb(data: Mapping[str, Any], run: Body, plugin: str, namespace: str, taught: bool) -> Verb:
    name = str(data["name"])
    if not re.fullmatch(rf"{re.escape(namespace)}\.[a-z][a-z0-9_]{{0,30}}", name):
        _refuse(f"{name!r} is not {namespace}. and a name of small letters")
    summary = data["summary"]
    if not isinstance(summary, str) or not 0 < len(summary) <= _SUMMARY or not summary.isprintable():
        _refuse(f"{name} needs a docstring whose first line says what it does, in at most {_SUMMARY} characters")
    if not summary.endswith("."):
        _refuse(f"{name}: the first line of its docstring ends with a full stop")
    arguments = tuple(_argument(each) for each in _few(data["arguments"], _MOST_ARGUMENTS))
    if len({each.name for each in arguments}) != len(arguments):
        _refuse(f"{name} has two arguments of one name")
    return Verb(
        name=name,
        summary=summary,
        effect=Effect(data["effect"]),
        selects=Selects.NO,
        arguments=arguments,
        needs=tuple(capability(each) for each in _few(data["needs"], _MOST_ARGUMENTS)),
        examples=tuple(_example(each) for each in _few(data["examples"], MOST_EXAMPLES)),
        undoable=data["undoable"] is True,
        target=_target(data["target"], arguments),
        run=run,
        plugin=plugin,
        taught=taught,
    )


def _target(name: Any, arguments: tuple[Argument, ...]) -> str:
    if name and name not in [each.name for each in arguments]:
        _refuse(f"{name!r} cannot be the target: it is no argument")
    return str(name)


def _of_argument(argument: Argument) -> dict[str, Any]:
    return {
        "name": argument.name,
        "kinds": [kind.value for kind in argument.kinds],
        "many": argument.many,
        "only_list": argument.only_list,
        "choices": list(argument.choices),
        "integer": argument.integer,
        "default": argument.default,
        "required": argument.required,
    }


def _argument(data: Mapping[str, Any]) -> Argument:
    name, kinds = str(data["name"]), tuple(Kind(each) for each in _few(data["kinds"], 4))
    if not _ARGUMENT.fullmatch(name) or name in ("verb", "do", "when", "ref"):
        _refuse(f"{name!r} cannot be the name of an argument")
    if not kinds or any(kind in _NESTING for kind in kinds):
        _refuse(f"{name} has a kind that is nlsh's own")
    choices = tuple(str(each) for each in _few(data["choices"], 64))
    if (Kind.CHOICE in kinds) != bool(choices) or not all(_CHOICE.fullmatch(each) for each in choices):
        _refuse(f"{name} has choices that are no words")
    default = data["default"]
    if not (default is None or isinstance(default, bool | int | float | str)):
        _refuse(f"{name} has a default that is no value")
    return Argument(
        name=name,
        kinds=kinds,
        many=data["many"] is True,
        only_list=data["only_list"] is True,
        choices=choices,
        integer=data["integer"] is True,
        default=default,
        required=data["required"] is True,
    )


def _example(data: Any) -> Example:
    utterance, args = data
    if not isinstance(utterance, str) or not 0 < len(utterance) <= 200 or not utterance.isprintable():
        _refuse("an example is one line of at most 200 characters")
    if not isinstance(args, Mapping) or not all(isinstance(key, str) for key in args):
        _refuse(f"the example {utterance!r} has no arguments")
    return Example(utterance=utterance, args={key: _value(each) for key, each in args.items()})


def _value(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_value(each) for each in value)
    if not isinstance(value, str | int | float | bool):
        _refuse("an example has an argument that is no value")
    return value


def _few(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        _refuse(f"there is no list, or one of more than {most}")
    return value


def _refuse(why: str) -> NoReturn:
    raise ValueError(why)
