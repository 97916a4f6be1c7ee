"""Making a standing rule: what it waits for, what it then does, and to whom it may do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nlsh.condition import Condition
from nlsh.effects import Effect
from nlsh.errors import NlshError, UsageError
from nlsh.executor.call import Call
from nlsh.executor.desktop import notify_desktop
from nlsh.executor.lookout import Lookout, lookout, meant_now
from nlsh.executor.nested import NOTIFY, check_nested
from nlsh.executor.rules import Rule
from nlsh.intent import Intent
from nlsh.process import label
from nlsh.result import Failure, Result
from nlsh.sandbox.permit import Permit
from nlsh.selector import SELECTOR_NAMES
from nlsh.verb import Selects

VERB = "rule.add"
Act = Callable[[], Result]


def stand(call: Call, when: Mapping[str, Any], do: Intent) -> Result:
    """Let a rule stand that does `do` whenever `when` comes true.

    A step that changes something is bound to the processes of the rule's permit: those that it means now. UsageError
    where it means none, or where the condition or the step is none.
    """
    condition = Condition.of(when)
    act, words = _act(call, do)
    look = lookout(condition, call)
    rule = call.rules.add(
        when=condition,
        do=do,
        words=f"when {condition.words}, {words}",
        test=look,
        act=lambda rule: call.emit(_fire(rule, look, act)),
    )
    message = f"Rule {rule.id} stands as long as this shell: {rule.words}. To end it: remove rule {rule.id}."
    return Result(verb=VERB, message=message, job=rule.job.id if rule.job else None)


def _act(call: Call, do: Intent) -> tuple[Act, str]:
    """What the rule does, and that in words."""
    if do.verb == NOTIFY:
        return (lambda: Result(verb=NOTIFY)), "tell you"
    check_nested(call.registry, do, VERB)
    if call.registry.effect(do) is Effect.READ:
        return (lambda: call.perform(do, None)), f"show {do.verb}"
    permit = call.permitted()
    if call.registry[do.verb].selects is Selects.NO:
        return (lambda: call.perform(do, permit)), f"do {do.verb}"
    if not permit.targets:
        hint = "make the rule while the processes run: it is confirmed for those that are there"
        raise UsageError(f"the rule would {do.verb} nobody that is there now", hint=hint)
    names = ", ".join(label(target) for target in permit.targets)
    return (lambda: _act_within(call, do, permit)), f"do {do.verb} to {names}, and never to any other process"


def _act_within(call: Call, do: Intent, permit: Permit) -> Result:
    """Do the step to those that the permit holds and that the step still means."""
    meant = frozenset(target.id for target in permit.targets)
    if "ref" not in do.args:
        meant &= meant_now(call, do.args)
    kept = tuple(target for target in permit.targets if target.id in meant)
    if not kept:
        return Result(verb=do.verb, message="nothing is left that the rule was confirmed for")
    own = {name: value for name, value in do.args.items() if name not in SELECTOR_NAMES}
    step = Intent(verb=do.verb, args={"pid": tuple(target.id.pid for target in kept), **own})
    return call.perform(step, permit.narrowed(kept))


def _fire(rule: Rule, look: Lookout, act: Act) -> Result:
    """Act, and say why; what goes wrong is part of what is said."""
    said = f"Rule {rule.id}: {look.seen or rule.when.words}"
    try:
        result = act()
    except NlshError as error:
        rule.trouble = error.message
        failure = Failure(subject=f"rule {rule.id}", reason=error.message, remedy=error.hint)
        return Result(verb=VERB, message=f"{said}.", failures=(failure,))
    if result.verb == NOTIFY:
        notify_desktop(said)
        return replace(result, message=f"{said}.")
    return replace(result, notes=(f"{said}.", *result.notes))
