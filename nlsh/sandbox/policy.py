"""The policy: what the rules of the machine, of the user and of nlsh together say to an act.

The files come in levels. A rule of a file stands in for the default rules that speak about the same target; among all
that are left the strictest decides. So nobody's file can be milder than the machine's, and each target is judged on its
own: the strictest decision on any of them is the act's.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from nlsh.act import Act, Decision, Outcome
from nlsh.effects import Effect
from nlsh.errors import PolicyFileError
from nlsh.sandbox.case import Case, Situation
from nlsh.sandbox.policy_file import read
from nlsh.sandbox.rule import Rule, When, strictest

DEFAULT_POLICY = Path(__file__).with_name("default_policy.toml")
OWN = "the policy of nlsh"
"""What the rules that come with nlsh say they are from."""
_ACTING = (Effect.CHANGE, Effect.DESTROY)

EVERYTHING = Rule(
    id="everything",
    outcome=Outcome.ASK,
    by_word=True,
    in_person=True,
    reason="It is meant for everything that there is.",
    when=When(effect=_ACTING, everything=True),
    source="built in",
)
POWER = Rule(
    id="power",
    outcome=Outcome.ASK,
    by_word=True,
    in_person=True,
    reason="It stops the machine, and everything that runs on it.",
    when=When(effect=(Effect.DESTROY,), verb=("power.*",)),
    source="built in",
)
PLUGIN_GRANT = Rule(
    id="plugin-grant",
    outcome=Outcome.ASK,
    by_word=True,
    in_person=True,
    reason="A plugin may do only what you grant it.",
    when=When(effect=_ACTING, verb=("plugin.grant",)),
    source="built in",
)
FIXED = (EVERYTHING, POWER, PLUGIN_GRANT)
"""No file lifts these."""


class Level(enum.Enum):
    """Whose rule it is."""

    SYSTEM = "system"
    USER = "user"
    DEFAULT = "default"
    FIXED = "fixed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """A rule that speaks about an act, and whether it was lifted by one of a file."""

    rule: Rule
    level: Level
    lifted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The decision on an act, all rules that speak about it, and whether a grant may turn its ask into an allow."""

    decision: Decision
    applied: tuple[Applied, ...]

    @property
    def grantable(self) -> bool:
        """Whether it is an ask by key that is not the machine's own."""
        machine = [each.rule for each in self.applied if each.level is Level.SYSTEM]
        asks = self.decision.outcome is Outcome.ASK and not self.decision.by_word
        return asks and all(rule.outcome is Outcome.ALLOW for rule in machine)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules of each level. `errors` are of files that could not be read: for these everything is asked."""

    system: tuple[Rule, ...] = ()
    user: tuple[Rule, ...] = ()
    default: tuple[Rule, ...] = ()
    errors: tuple[PolicyFileError, ...] = ()

    def decide(self, act: Act, situation: Situation) -> Decision:
        """What the rules say to the act, grants left out."""
        return self.explain(act, situation).decision

    def explain(self, act: Act, situation: Situation) -> Verdict:
        """The decision together with every rule that speaks about the act, those of the files first."""
        cases = situation.cases(act)
        first = next(cases)
        relevant = self._about(first)
        found: dict[tuple[Level, str, bool], Applied] = {}
        for case in (first, *cases) if relevant.by_target else (first,):
            for applied in relevant._of_case(case):
                found.setdefault((applied.level, applied.rule.id, applied.lifted), applied)
        decisive = strictest(each.rule for each in found.values() if not each.lifted)
        return Verdict(decision=decisive.decision if decisive else _unruled(act), applied=tuple(found.values()))

    @property
    def by_target(self) -> bool:
        """Whether any rule can tell one target of an act from another."""
        return any(rule.when.by_target for rule in self.system + self.user + self.default)

    def _about(self, case: Case) -> Policy:
        """The rules that may apply to any target of the act that the case is of: most acts concern few rules."""
        return Policy(
            system=tuple(rule for rule in self.system if rule.may_apply(case)),
            user=tuple(rule for rule in self.user if rule.may_apply(case)),
            default=tuple(rule for rule in self.default if rule.may_apply(case)),
        )

    def _of_case(self, case: Case) -> list[Applied]:
        system = [Applied(rule=rule, level=Level.SYSTEM) for rule in self.system if rule.applies(case)]
        user = [Applied(rule=rule, level=Level.USER) for rule in self.user if rule.applies(case)]
        own = [each.rule for each in system + user]
        default = [
            Applied(rule=rule, level=Level.DEFAULT, lifted=any(each.lifts(rule) for each in own))
            for rule in self.default
            if rule.applies(case)
        ]
        fixed = [Applied(rule=rule, level=Level.FIXED) for rule in FIXED if rule.applies(case)]
        return system + user + default + fixed


def load(*, system: Path | None = None, user: Path | None = None) -> Policy:
    """Read the policy files; a file that is not there has no rules.

    A file with an error never stops nlsh: its level then asks for everything but reads, and `errors` says why.
    """
    errors: list[PolicyFileError] = []
    return Policy(
        system=_level(system, errors),
        user=_level(user, errors),
        default=_level(DEFAULT_POLICY, errors, needed=True),
        errors=tuple(errors),
    )


def _level(path: Path | None, errors: list[PolicyFileError], *, needed: bool = False) -> tuple[Rule, ...]:
    if path is None:
        return ()
    try:
        return read(path, source=OWN if needed else "")
    except FileNotFoundError as error:
        if not needed:
            return ()
        errors.append(PolicyFileError(f"cannot read {path}: {error}", path=str(path), hint="install nlsh again"))
    except PolicyFileError as error:
        errors.append(error)
    return (_broken(path),)


def _broken(path: Path) -> Rule:
    """What stands for a file that cannot be read: it may have forbidden anything, so `--yes` is no answer."""
    return Rule(
        id="policy-file-error",
        outcome=Outcome.ASK,
        by_word=True,
        in_person=True,
        reason="A policy file cannot be read, so what it forbids is not known.",
        when=When(effect=_ACTING),
        source=str(path),
    )


def _unruled(act: Act) -> Decision:
    outcome = Outcome.ALLOW if act.effect is Effect.READ else Outcome.ASK
    return Decision(outcome=outcome, rule="no-rule", reason="No rule speaks about it.", source="built in")
