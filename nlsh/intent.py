"""Intents and plans: what was asked for, as data, in the wire format and the public one.

Wire (what the model writes):   {"verb":"process.kill","name":"chrome"}
Public (`--json`, the audit):   {"verb":"process.kill","args":{"name":"chrome"}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """One step: a verb and its arguments, defaults left out.

    Values are strings, numbers, booleans, tuples of them, a nested `Intent` (`do`) or a flat mapping (`when`).
    """

    verb: str
    args: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "args", MappingProxyType({key: _freeze(value) for key, value in self.args.items()}))

    def __reduce__(self) -> tuple[Any, ...]:
        return (_intent, (self.verb, {k: v if isinstance(v, Intent) else _thaw(v) for k, v in self.args.items()}))

    @classmethod
    def from_wire(cls, data: Mapping[str, Any]) -> Intent:
        """Read a flat step object; ValueError where it has no verb."""
        rest = dict(data)
        verb = rest.pop("verb", None)
        if not isinstance(verb, str):
            raise ValueError("a step needs a verb")
        if isinstance(rest.get("do"), Mapping):
            rest["do"] = cls.from_wire(rest["do"])
        return cls(verb=verb, args=rest)

    def to_wire(self) -> dict[str, Any]:
        """The flat step object."""
        return {
            "verb": self.verb,
            **{k: v.to_wire() if isinstance(v, Intent) else _thaw(v) for k, v in self.args.items()},
        }

    @classmethod
    def from_public(cls, data: Mapping[str, Any]) -> Intent:
        """Read a `{"verb":…,"args":…}` object; ValueError where it has another shape."""
        verb, args = data.get("verb"), data.get("args", {})
        if not isinstance(verb, str) or not isinstance(args, Mapping):
            raise ValueError("a step is an object with a verb and args")
        args = dict(args)
        if isinstance(args.get("do"), Mapping):
            args["do"] = cls.from_public(args["do"])
        return cls(verb=verb, args=args)

    def to_public(self) -> dict[str, Any]:
        """The `{"verb":…,"args":…}` object."""
        args = {k: v.to_public() if isinstance(v, Intent) else _thaw(v) for k, v in self.args.items()}
        return {"verb": self.verb, "args": args}


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The steps of one utterance, in order; no steps at all where nothing here can do it."""

    steps: tuple[Intent, ...] = ()

    @classmethod
    def from_wire(cls, text: str) -> Plan:
        """Read what the model wrote; ValueError where it is not wire format. One unknown step empties the plan."""
        data = json.loads(text)
        steps = tuple(Intent.from_wire(step) for step in (data if isinstance(data, list) else [data]))
        if not steps:
            raise ValueError("a plan needs a step")
        return cls() if any(step.verb == UNKNOWN for step in steps) else cls(steps=steps)

    def to_wire(self) -> str:
        """The compact wire text."""
        steps = [step.to_wire() for step in self.steps] or [{"verb": UNKNOWN}]
        return json.dumps(steps[0] if len(steps) == 1 else steps, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_public(cls, data: list[Mapping[str, Any]]) -> Plan:
        """Read the `plan` list of the public format."""
        return cls(steps=tuple(Intent.from_public(step) for step in data))

    def to_public(self) -> list[dict[str, Any]]:
        """The `plan` list of the public format."""
        return [step.to_public() for step in self.steps]

    def __iter__(self) -> Iterator[Intent]:
        return iter(self.steps)

    def __bool__(self) -> bool:
        return bool(self.steps)


def _intent(verb: str, args: dict[str, Any]) -> Intent:
    return Intent(verb=verb, args=args)


def _freeze(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, Mapping):
        return MappingProxyType({key: _freeze(item) for key, item in value.items()})
    return value


def _thaw(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_thaw(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _thaw(item) for key, item in value.items()}
    return value
