"""The examples of a rule, tried when its file is read: a rule that does not do what its author meant is an error.

`match` lists acts that the rule must decide, `not_match` acts that it must leave alone. What an example does not say is
one process of one's own, asked for by a person; an unsaid effect or time of day is one that the rule speaks of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from nlsh.effects import Effect
from nlsh.sandbox.case import Case
from nlsh.sandbox.policy_conditions import effects, minute, origins, signals
from nlsh.sandbox.policy_place import Place
from nlsh.sandbox.rule import Rule, strictest

_KEYS: dict[str, type] = {
    "verb": str,
    "effect": str,
    "name": str,
    "user": str,
    "signal": str,
    "count": int,
    "time": str,
    "origin": str,
    "everything": bool,
    "service": bool,
}
_NOON = 12 * 60


def check_examples(place: Place, table: Mapping[str, Any], rule: Rule, rules: tuple[Rule, ...]) -> None:
    """Raise PolicyFileError unless the rule, among `rules` of its file, does what its examples say."""
    for case in _read(place, table, "match", rule):
        first = strictest(each for each in rules if each.applies(case))
        if not rule.applies(case):
            place.fail("an example in match is not one that it decides", "match")
        if first and first.decision.strictness > rule.decision.strictness:
            place.fail(f"an example in match is decided by the rule {first.id}, which is stricter", "match")
    for case in _read(place, table, "not_match", rule):
        if rule.applies(case):
            hint = "an example has to say its effect or time where these make the difference"
            place.fail("an example in not_match is one that it decides", "not_match", hint=hint)


def _read(place: Place, table: Mapping[str, Any], key: str, rule: Rule) -> list[Case]:
    items = table.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        place.fail(f"{key} is a list of tables", key)
    return [_example(place, key, item, rule) for item in items]


def _example(place: Place, key: str, item: Mapping[str, Any], rule: Rule) -> Case:
    for name, value in item.items():
        if type(value) is not _KEYS.get(name):
            place.fail(f"{key} cannot have {name} = {value!r}", key, hint=f"an example has {', '.join(_KEYS)}")
    if "verb" not in item:
        place.fail(f"an example in {key} needs a verb", key)
    try:
        return _case(item, rule)
    except ValueError as error:
        place.fail(f"an example in {key} {error}", key)


def _case(item: Mapping[str, Any], rule: Rule) -> Case:
    user, verb = item.get("user", "me"), item["verb"]
    return Case(
        effect=_effect(item, rule),
        verbs=(verb,),
        count=item.get("count", 1),
        origin=cast(Any, origins([item.get("origin", "person")])[0]),
        everything=item.get("everything", False),
        minute=_minute(item, rule),
        signal=signals([item.get("signal", "TERM")])[0] if verb == "process.kill" else None,
        name=item.get("name"),
        user=user,
        uid=0 if user == "root" else None,
        mine=user == "me",
        service=lambda: bool(item.get("service", False)),
    )


def _effect(item: Mapping[str, Any], rule: Rule) -> Effect:
    if "effect" in item:
        return effects([item["effect"]])[0]
    return rule.when.effect[0] if rule.when.effect else Effect.DESTROY


def _minute(item: Mapping[str, Any], rule: Rule) -> int:
    if "time" in item:
        return minute(item["time"])
    return rule.when.time.start if rule.when.time else _NOON
