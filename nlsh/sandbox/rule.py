"""One rule of a policy: when it applies, and what it then says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from fnmatch import fnmatchcase

from nlsh.act import Decision, Origin, Outcome
from nlsh.effects import Effect
from nlsh.sandbox.case import Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many targets the act has: more than `over`, at most `up_to`."""

    over: int = -1
    up_to: int | None = None

    def holds(self, count: int) -> bool:
        """Whether `count` is in the range."""
        return count > self.over and (self.up_to is None or count <= self.up_to)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """A part of the day in minutes from midnight; where `start` is later than `end` it runs over midnight."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether the minute is in it; the start is, the end is not."""
        if self.start <= self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, kw_only=True, slots=True)
class When:
    """The conditions of a rule; those that are None do not matter, the others must all hold.

    `verb` and `name` are glob patterns, names in any case. `user` has user names, `me`, `others` or `root`.
    """

    effect: tuple[Effect, ...] | None = None
    verb: tuple[str, ...] | None = None
    name: tuple[str, ...] | None = None
    user: tuple[str, ...] | None = None
    signal: tuple[str, ...] | None = None
    count: Count | None = None
    time: Hours | None = None
    origin: tuple[Origin, ...] | None = None
    everything: bool | None = None
    service: bool | None = None

    @property
    def stated(self) -> frozenset[str]:
        """The conditions that matter, by name."""
        return frozenset(f.name for f in fields(self) if getattr(self, f.name) is not None)

    def holds(self, case: Case, *, leniently: bool) -> bool:
        """Whether all conditions hold for one target.

        A rule that allows is read `leniently=False`: every verb of a nested step must fit, and the process's own name.
        One that asks or denies is read `leniently=True`: one of the verbs is enough, and so is the program's name.
        """
        return self.act_holds(case, leniently=leniently) and self._target_holds(case, leniently)

    @property
    def by_target(self) -> bool:
        """Whether it can hold for one target of an act and not for another."""
        return self.name is not None or self.user is not None or self.service is not None

    def act_holds(self, case: Case, *, leniently: bool) -> bool:
        """Whether those conditions hold that are the same for all targets of an act."""
        some = any if leniently else all
        return (
            (self.effect is None or case.effect in self.effect)
            and (self.verb is None or some(_fits(self.verb, verb) for verb in case.verbs))
            and (self.signal is None or case.signal in self.signal)
            and (self.count is None or self.count.holds(case.count))
            and (self.time is None or self.time.holds(case.minute))
            and (self.origin is None or case.origin in self.origin)
            and (self.everything is None or case.everything == self.everything)
        )

    def _target_holds(self, case: Case, leniently: bool) -> bool:
        names = (case.name, case.program) if leniently else (case.name,)
        return (
            (self.name is None or any(_fits(self.name, name) for name in names if name))
            and (self.user is None or any(_owns(user, case) for user in self.user))
            and (self.service is None or case.service() == self.service)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One rule: `id` names it in decisions and in the audit log, `source` is its file and `line` where it starts."""

    id: str
    outcome: Outcome
    reason: str
    when: When
    by_word: bool = False
    in_person: bool = False
    source: str = ""
    line: int = 0

    @property
    def decision(self) -> Decision:
        """What the rule says wherever it applies."""
        return Decision(
            outcome=self.outcome,
            rule=self.id,
            reason=self.reason,
            by_word=self.by_word,
            in_person=self.in_person,
            source=self.source,
        )

    def applies(self, case: Case) -> bool:
        """Whether the rule speaks about this target."""
        return self.when.holds(case, leniently=self.outcome is not Outcome.ALLOW)

    def may_apply(self, case: Case) -> bool:
        """Whether the rule speaks about this target or could about another one of the same act."""
        return self.when.act_holds(case, leniently=self.outcome is not Outcome.ALLOW)

    def lifts(self, default: Rule) -> bool:
        """Whether a rule of a file stands in for a default one.

        A default that wants the word is only lifted by a rule that names the same thing: `count`, `user`, `service`.
        """
        return not default.by_word or default.when.stated - {"effect", "verb"} <= self.when.stated


def strictest(rules: Iterable[Rule]) -> Rule | None:
    """The strictest of some rules, the first of equals; None of none."""
    return max(rules, key=lambda rule: rule.decision.strictness, default=None)


def plain(name: str) -> str:
    """The pattern that fits this name and no other."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _fits(patterns: tuple[str, ...], text: str) -> bool:
    folded = text.casefold()
    return any(fnmatchcase(folded, pattern.casefold()) for pattern in patterns)


def _owns(user: str, case: Case) -> bool:
    if user == "me":
        return case.mine is True
    if user == "others":
        return case.mine is False
    return case.user == user or (user == "root" and case.uid == 0)
