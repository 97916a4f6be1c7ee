"""The gate: judges acts by the policy, writes down what was decided, and mints the permits.

Without a permit nothing is changed: the operations of the executor take one and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from nlsh.act import Act, Decision, Outcome
from nlsh.clock import Clock
from nlsh.confirm import Answer
from nlsh.effects import Effect
from nlsh.errors import AuditError, Denied, NeedsConfirmation, NlshError, UsageError
from nlsh.intent import Intent
from nlsh.result import Failure, Result
from nlsh.sandbox.audit import Audit
from nlsh.sandbox.case import Situation, is_system_service
from nlsh.sandbox.grants import Grant, Grants
from nlsh.sandbox.permit import Permit, _mint
from nlsh.sandbox.policy import Policy, Verdict
from nlsh.sandbox.rule import plain
from nlsh.selector import SELECTOR_NAMES
from nlsh.target import Target

_SHOWN = 5
_COMMAND = 500
"""Characters of a command line that the audit log keeps."""


class Gate:
    """Says what may be done, by `policy` and `grants`; `audit` None keeps no record.

    `uid` is the user whose processes are `me`, by default the one who runs nlsh.
    """

    def __init__(
        self,
        policy: Policy,
        grants: Grants | None,
        audit: Audit | None,
        clock: Clock,
        *,
        uid: int | None = None,
        is_service: Callable[[Target], bool] = is_system_service,
    ) -> None:
        self._policy = policy
        self._grants = grants
        self._audit = audit
        self._clock = clock
        self._uid = os.geteuid() if uid is None else uid
        self._is_service = is_service

    def explain(self, act: Act) -> Verdict:
        """The policy's decision on the act and every rule that speaks about it; grants are left out."""
        return self._policy.explain(act, self._situation())

    def judge(self, act: Act) -> Decision:
        """What is to be done about the act: allow, ask or deny. Nothing is recorded yet."""
        verdict = self.explain(act)
        if self._grants is None or not verdict.grantable:
            return verdict.decision
        grant = self._grants.covering(act, tuple(self._situation().cases(act)))
        return grant.decision if grant else verdict.decision

    def permit(self, act: Act, decision: Decision, answer: Answer = Answer.NOBODY) -> Permit:
        """Turn the decision, and the answer where it asked, into a permit. It is in the audit log before this returns.

        Denied where the policy or the person said no; NeedsConfirmation where the answer is not the yes that is wanted;
        AuditError where the record cannot be written. The act is judged again: a decision made up or out of date
        counts for nothing where the policy is stricter now.
        """
        decision = max(self.judge(act), decision, key=lambda each: each.strictness)
        refusal = _refusal(act, decision, answer)
        if refusal:
            with suppress(AuditError):
                self._record(act, decision, answer, permitted=False)
            raise refusal
        record = self._record(act, decision, answer, permitted=True)
        return _mint(
            intent=act.intent, effect=act.effect, targets=act.selection.targets, decision=decision, record=record
        )

    def grant(self, act: Act, *, seconds: float | None = None) -> tuple[Grant, ...]:
        """Stop asking for acts like this one, for `seconds` or for this session: the same verb on the same names.

        UsageError where no grant can do that, because the word is wanted or a rule of the machine asks.
        """
        if self._grants is None or not self.explain(act).grantable:
            raise UsageError(
                f"{describe(act)} is asked for each time", hint="a rule in the policy file may change that"
            )
        names = {case.name or "" for case in self._situation().cases(act)}
        return tuple(
            self._grants.add(effect=act.effect, verb=act.intent.verb, name=plain(name), seconds=seconds)
            for name in sorted(names)
        )

    def under(self, standing: Permit, act: Act) -> Permit:
        """A permit for one act of a standing rule, within the permit that the rule was given when it was made.

        Denied where the act is another one, has a target that the standing permit does not hold, or is denied by the
        policy as it is now; AuditError where the record cannot be written.
        """
        refusal = _beyond(standing, act)
        now = self.judge(act)
        if now.outcome is Outcome.DENY:
            refusal = _denied(act, now)
        decision = now if now.outcome is Outcome.DENY else standing.decision
        if refusal:
            with suppress(AuditError):
                self._record(act, decision, None, permitted=False, under=standing.record)
            raise refusal
        targets = standing.narrowed(act.selection.targets).targets
        record = self._record(act, decision, None, permitted=True, under=standing.record)
        return _mint(intent=act.intent, effect=act.effect, targets=targets, decision=decision, record=record)

    def outcome(self, permit: Permit, result: Result) -> None:
        """Record what came of a permitted act; AuditError where that cannot be written, though the act is done."""
        if self._audit is None or permit.effect is Effect.READ:
            return
        self._audit.write(
            "outcome", {"of": permit.record, "step": permit.intent.to_public(), "result": _summary(result)}
        )

    def _situation(self) -> Situation:
        return Situation.at(self._clock, uid=self._uid, is_service=self._is_service)

    def _record(
        self, act: Act, decision: Decision, answer: Answer | None, *, permitted: bool, under: int | None = None
    ) -> int:
        """Write the decision down; its number in the log. Most reads that are allowed are not worth a record."""
        mere = act.effect is Effect.READ and not act.noted
        if self._audit is None or (mere and decision.outcome is Outcome.ALLOW):
            return 0
        try:
            return self._audit.write("decision", _fields(act, decision, answer, permitted, under))
        except AuditError:
            if mere:
                return 0
            raise


def _refusal(act: Act, decision: Decision, answer: Answer) -> NlshError | None:
    """The error that the answer comes to; None where it is the yes that is wanted."""
    if decision.outcome is Outcome.DENY:
        return _denied(act, decision)
    if answer is Answer.NO:
        return Denied(f"{describe(act)}: you said no", rule=decision.rule)
    if decision.outcome is Outcome.ALLOW or _enough(decision, answer):
        return None
    return NeedsConfirmation(f"{describe(act)} needs a yes: {decision.reason}", hint=_remedy(decision))


def _enough(decision: Decision, answer: Answer) -> bool:
    """Whether the answer is as strong a yes as the decision asks for."""
    keys = (Answer.YES_KEY, Answer.YES_SESSION, Answer.YES_WHILE)
    strength = {**dict.fromkeys(keys, 1), Answer.FLAG: 2, Answer.YES_WORD: 3}
    return strength.get(answer, 0) >= decision.strictness


def _remedy(decision: Decision) -> str:
    if decision.in_person:
        return "run it in a terminal and type the word; --yes is not enough for this"
    return "run it in a terminal, or add --yes"


def _denied(act: Act, decision: Decision) -> Denied:
    where = f" in {decision.source}" if decision.source else ""
    hint = f"the rule {decision.rule}{where} says so"
    return Denied(f"{describe(act)} is denied: {decision.reason}", hint=hint, rule=decision.rule)


def _beyond(standing: Permit, act: Act) -> Denied | None:
    """Why the act is not within the standing permit; None where it is."""
    if act.origin != "rule":
        return _outside(act, "it does not come from a standing rule")
    if act.effect.rank > standing.effect.rank or not _same_step(_promised(standing.intent), act):
        return _outside(act, "the rule was confirmed for something else")
    held = {target.id for target in standing.targets}
    if any(target.id not in held for target in act.selection.targets):
        return _outside(act, "the rule was confirmed for other processes")
    return None


def _outside(act: Act, reason: str) -> Denied:
    hint = "make the rule again: it is confirmed for the processes that it then names"
    return Denied(f"{describe(act)} is denied: {reason}", hint=hint, rule="standing-rule")


def _promised(intent: Intent) -> Intent:
    """The step that a standing rule does."""
    nested = intent.args.get("do")
    return nested if isinstance(nested, Intent) else intent


def _same_step(promised: Intent, act: Act) -> bool:
    """Whether verb and arguments are the same; who is meant is judged by the targets, where there are any."""
    left_out = SELECTOR_NAMES if act.selection.targets else ()
    own, other = (
        {name: value for name, value in intent.args.items() if name not in left_out}
        for intent in (promised, act.intent)
    )
    return promised.verb == act.intent.verb and own == other


_WORDS = {"process.priority": "change the priority", "process.io_priority": "change the I/O priority",
          "process.affinity": "choose the CPUs", "shell.undo": "take back the last change"}  # fmt: skip


def describe(act: Act) -> str:
    """The act in a few words: what is done, and the first of its targets."""
    verb = act.intent.verb
    if act.title:
        return f"{verb}: {act.title}"
    words = _WORDS.get(verb) or (verb.removeprefix("process.") if verb.startswith("process.") else verb)
    nested = act.intent.args.get("do")
    if isinstance(nested, Intent):
        words += f" ({nested.verb})"
    targets = act.selection.targets
    if not targets:
        return words
    names = ", ".join(f"{target.name} ({target.id.pid})" for target in targets[:_SHOWN])
    more = f" and {len(targets) - _SHOWN} more" if len(targets) > _SHOWN else ""
    return f"{words}{' of' if verb in _WORDS else ''} {names}{more}"


def _fields(act: Act, decision: Decision, answer: Answer | None, permitted: bool, under: int | None) -> dict[str, Any]:
    return {
        "utterance": act.utterance,
        "step": act.intent.to_public(),
        "effect": act.effect.value,
        "targets": [_target(target) for target in act.selection.targets],
        "everything": act.selection.everything,
        "decision": decision.outcome.value,
        "rule": decision.rule,
        "source": decision.source,
        "reason": decision.reason,
        "answer": answer.value if answer and decision.outcome is Outcome.ASK else None,
        "permitted": permitted,
        "origin": act.origin,
        **({} if under is None else {"under": under}),
    }


def _target(target: Target) -> dict[str, Any]:
    return {
        "pid": target.id.pid,
        "start": target.id.start,
        "name": target.name,
        "user": target.user,
        "command": target.command[:_COMMAND],
    }


def _summary(result: Result) -> dict[str, Any]:
    return {
        "ok": result.ok,
        "message": result.message,
        "rows": len(result.rows),
        "failures": [_failure(failure) for failure in result.failures],
        "job": result.job,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "pid": failure.target.id.pid if failure.target else None,
        "subject": failure.subject,
        "reason": failure.reason,
    }
