"""The compact wire format: argument order and serialisation of answers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from nlsh.executor.core import core_registry
from nlsh.plugin.host import bundled_verbs
from nlsh.selector import SELECTOR_NAMES

CONDITION = ("metric", "event", "op", "value", "for", "path", *SELECTOR_NAMES)


@cache
def orders() -> dict[str, tuple[str, ...]]:
    """The arguments of every verb, in the order in which they are written."""
    verbs = [*core_registry(), *bundled_verbs()]
    return {verb.name: tuple(argument.name for argument in verb.all_arguments) for verb in verbs} | {"notify": ()}


def order_of(answer: dict[str, Any]) -> tuple[str, ...]:
    """Return the argument names of a step or condition in the order of the contract."""
    verb = answer.get("verb")
    return CONDITION if verb is None else ("verb", *orders()[verb])


def canonical(answer: Any) -> Any:
    """Return the answer with its keys in the order of the contract; an unknown key is an error."""
    if isinstance(answer, list):
        return [canonical(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    if answer.get("verb") == "unknown":
        return {"verb": "unknown"}
    order = order_of(answer)
    if strange := set(answer) - set(order):
        raise ValueError(f"{answer.get('verb', 'condition')} takes no {', '.join(sorted(strange))}: {answer}")
    return {key: canonical(answer[key]) for key in order if key in answer}


def encode(answer: Any) -> str:
    """Return the wire text of a step or of a list of steps."""
    return compact(canonical(answer))


def compact(answer: Any) -> str:
    """Return the wire text of an answer whose arguments are in their order already."""
    return json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
