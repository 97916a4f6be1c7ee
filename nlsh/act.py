"""What somebody wants done to exact targets, and what the policy says to it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Literal

from nlsh.effects import Effect
from nlsh.intent import Intent
from nlsh.target import Selection

Origin = Literal["person", "rule", "plugin"]


class Outcome(enum.Enum):
    """What the policy says to an act."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What the policy says to one act, and why: `rule` is the id of the deciding rule, `source` the file it stands in.

    Where it asks, `by_word` wants a typed word instead of a key, and `in_person` does not take `--yes` for it.
    """

    outcome: Outcome
    rule: str
    reason: str
    by_word: bool = False
    in_person: bool = False
    source: str = ""

    @property
    def strictness(self) -> int:
        """0 for allow, 1 for a key, 2 for a word, 3 for a word in person, 4 for deny: decisions compare by it."""
        if self.outcome is Outcome.ASK:
            return 1 + self.by_word + self.in_person
        return 0 if self.outcome is Outcome.ALLOW else 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One step with its targets resolved: what the policy judges.

    `effect` is the verb's, or that of the step nested in it; `origin` says who wants it: the person at the prompt, a
    standing rule, or a plugin. `title` says in words what exactly would be done, where verb and targets do not.
    `noted` says that it is worth a record in the audit log also where it only reads and is allowed.
    """

    intent: Intent
    effect: Effect
    utterance: str
    selection: Selection = field(default_factory=Selection)
    origin: Origin = "person"
    title: str = ""
    noted: bool = False
