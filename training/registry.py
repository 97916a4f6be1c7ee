"""The verbs that the default model is trained and judged on: the core's and the bundled plugins'."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from nlsh.argument import Argument, Kind
from nlsh.effects import Effect
from nlsh.executor.core import core_registry
from nlsh.plugin.host import bundled_verbs
from nlsh.verb import Registry, Selects, Verb

_NUMBERS = {"seconds": Kind.SECONDS, "bytes": Kind.BYTES, "percent": Kind.PERCENT, "count": Kind.COUNT}


def registry(declarations: Iterable[str] = ()) -> Registry:
    """All of them, and verbs that the model only hears of in its prompt, declared as `name(argument, …): summary`."""
    return Registry([*core_registry(), *bundled_verbs(), *map(_declared, declarations)])


def _declared(line: str) -> Verb:
    """The verb of a declaration; an argument is text unless its name says what is counted."""
    name, _, rest = line.partition("(")
    arguments, _, summary = rest.partition("): ")
    return Verb(
        name=name,
        summary=summary,
        effect=Effect.READ,
        selects=Selects.NO,
        arguments=tuple(_argument(each) for each in arguments.split(", ") if each),
        needs=(),
        examples=(),
        undoable=False,
        taught=False,
        run=_nothing,
    )


def _argument(name: str) -> Argument:
    return Argument(name=name, kinds=(_NUMBERS.get(name, Kind.TEXT),))


def _nothing() -> NoReturn:
    raise AssertionError("a verb that is only declared is never run")
