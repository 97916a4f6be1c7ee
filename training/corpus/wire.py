"""The compact wire format: argument order and serialisation of answers."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from nlsh.executor.core import core_registry
from nlsh.selector import SELECTOR_NAMES

CONDITION = ("metric", "event", "op", "value", "for", "path", *SELECTOR_NAMES)
PLUGINS: dict[str, tuple[str, ...]] = {
    "files.largest": ("path", "limit"),
    "files.size": ("path",),
    "files.find": ("path", "name", "larger_than", "smaller_than", "newer_than", "older_than", "type"),
    "files.trash": ("path",),
    "net.ping": ("host", "count"),
    "net.routes": (),
    "log.show": ("service", "since", "limit"),
    "service.list": ("status",),
    **{f"service.{verb}": ("name",) for verb in ("status", "start", "stop", "restart")},
    **{f"power.{verb}": ("delay", "cancel") for verb in ("shutdown", "reboot", "suspend")},
}
"""The arguments of the verbs that come as plugins, in the order of the contract."""


@cache
def orders() -> dict[str, tuple[str, ...]]:
    """The arguments of every verb, in the order in which they are written."""
    core = {verb.name: tuple(argument.name for argument in verb.all_arguments) for verb in core_registry()}
    return PLUGINS | core | {"notify": ()}


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
