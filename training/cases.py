"""Cases of an evaluation: utterances with the right plan, read from JSON lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nlsh.intent import Plan
from nlsh.parser.context import Turn

ROWS = 10
"""Rows that the turn before is taken to have shown."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """An utterance, the plan that is right for it, and what it is an example of.

    `context` is the turn before; `declarations` are verbs that the model hears of in the prompt, a line each.
    """

    utterance: str
    plan: Plan
    register: str = "command"
    language: str = "en"
    context: Turn | None = None
    declarations: tuple[str, ...] = ()

    @property
    def verb(self) -> str:
        """The verb of the right plan; `+` for several steps, `unknown` for none."""
        verbs = [step.verb for step in self.plan]
        return verbs[0] if len(verbs) == 1 else "+" if verbs else "unknown"

    def alone(self) -> Case:
        """The same without the declarations of other verbs than the one that is meant."""
        own = tuple(line for line in self.declarations if line.startswith(f"{self.verb}("))
        return replace(self, declarations=own)


def load(path: Path) -> tuple[Case, ...]:
    """The cases of a file; ValueError with the line's number where one cannot be read."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                found.append(_case(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}:{number}: {error!r}") from error
    return tuple(found)


def _case(line: Mapping[str, Any]) -> Case:
    context = line.get("context")
    return Case(
        utterance=line["utterance"],
        plan=_plan(line["answer"]),
        register=line.get("register", "command"),
        language=line.get("language", "en"),
        context=Turn(utterance=context[0], plan=_plan(context[1]), rows=ROWS) if context else None,
        declarations=tuple(line.get("declarations", ())),
    )


def _plan(answer: Any) -> Plan:
    return Plan.from_wire(json.dumps(answer))
