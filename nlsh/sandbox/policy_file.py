"""Reads a policy file: TOML, every key checked, every example of a rule tried, every error with its line.

The checks are written out here instead of declared as pydantic models: importing pydantic takes longer than parsing a
request, and each one-shot request reads the policy.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nlsh.act import Outcome
from nlsh.effects import Effect
from nlsh.errors import PolicyFileError
from nlsh.sandbox.policy_conditions import CONDITIONS, truth
from nlsh.sandbox.policy_examples import check_examples
from nlsh.sandbox.policy_place import Place
from nlsh.sandbox.rule import Rule, When

_KEYS = ("id", "decision", "reason", "by_word", "in_person", "when", "match", "not_match")
_CONDITION_NAMES = f"conditions are {', '.join(CONDITIONS)}"


def read(path: Path, *, source: str = "") -> tuple[Rule, ...]:
    """The rules of the file at `path`; PolicyFileError where it is wrong, FileNotFoundError where there is none.

    `source` is what the rules say they are from, the path where it is empty.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise PolicyFileError(f"cannot read {path}: {error}", path=str(path)) from error
    return parse(text, source=source or str(path))


def parse(text: str, *, source: str) -> tuple[Rule, ...]:
    """The rules that `text` holds; PolicyFileError with `source` and the line where it is wrong."""
    top = Place(text=text, source=source)
    tables = _tables(top)
    places = [replace(top, number=number) for number in range(1, len(tables) + 1)]
    rules = tuple(_rule(place, table) for place, table in zip(places, tables, strict=True))
    places = [replace(place, id=rule.id) for place, rule in zip(places, rules, strict=True)]
    for place, table, rule in zip(places, tables, rules, strict=True):
        if rule.id in [each.id for each in rules[: place.number - 1]]:
            place.fail("another rule of this file has the same id", "id")
        check_examples(place, table, rule, rules)
    return rules


def _tables(top: Place) -> list[dict[str, Any]]:
    try:
        data = tomllib.loads(top.text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(top.text.splitlines())
        raise PolicyFileError(f"{top.source}:{line}: {error}", path=top.source, line=line) from error
    for key in data:
        if key != "rule":
            top.fail(f"there is no {key!r} in a policy", key, hint="rules start with [[rule]]")
    tables = data.get("rule", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        top.fail("a rule starts with [[rule]]", "rule")
    return tables


def _rule(place: Place, table: Mapping[str, Any]) -> Rule:
    place = replace(place, id=_id(place, table))
    for key in table:
        if key not in _KEYS:
            place.fail(f"there is no {key!r}", key, hint=f"a rule has {', '.join(_KEYS)}")
    rule = Rule(
        id=place.id,
        outcome=_outcome(place, table),
        reason=_reason(place, table),
        by_word=_flag(place, table, "by_word"),
        in_person=_flag(place, table, "in_person"),
        when=_when(place, table.get("when")),
        source=place.source,
        line=place.line(),
    )
    _check_sense(place, rule)
    return rule


def _id(place: Place, table: Mapping[str, Any]) -> str:
    name = table.get("id")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        place.fail("it needs an id of small letters, digits and hyphens", "id")
    return name


def _outcome(place: Place, table: Mapping[str, Any]) -> Outcome:
    if table.get("decision") not in ("allow", "ask", "deny"):
        place.fail('decision has to be "allow", "ask" or "deny"', "decision")
    return Outcome(table["decision"])


def _reason(place: Place, table: Mapping[str, Any]) -> str:
    reason = table.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        place.fail("it needs a reason: whoever is asked or denied is shown it", "reason")
    return reason.strip()


def _flag(place: Place, table: Mapping[str, Any], key: str) -> bool:
    try:
        return truth(table.get(key, False))
    except ValueError as error:
        place.fail(f"{key} {error}", key)


def _when(place: Place, table: Any) -> When:
    if not isinstance(table, dict) or not table:
        place.fail("it needs [rule.when] with at least one condition", "when", hint=_CONDITION_NAMES)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in CONDITIONS:
            place.fail(f"there is no condition {key!r}", key, hint=_CONDITION_NAMES)
        try:
            values[key] = CONDITIONS[key](value)
        except ValueError as error:
            place.fail(f"{key} {error}", key)
    if "effect" not in values and "verb" not in values:
        values["effect"] = (Effect.CHANGE, Effect.DESTROY)
    return When(**values)


def _check_sense(place: Place, rule: Rule) -> None:
    if rule.by_word and rule.outcome is not Outcome.ASK:
        place.fail("by_word is only for a rule that asks", "by_word")
    if rule.in_person and not rule.by_word:
        place.fail("in_person is only for a rule that asks by_word", "in_person")
