"""Every example of every verb that comes with nlsh: valid, only what its utterance says, and there once."""

import pytest

from nlsh.argument import Kind
from nlsh.condition import Condition
from nlsh.executor.core import core_registry
from nlsh.intent import Intent
from nlsh.parser.sayable import Sayable
from nlsh.plugin.host import bundled_verbs
from nlsh.selector import SELECTOR_ARGUMENTS
from nlsh.verb import Registry
from tests.parser.law import says

REGISTRY = Registry([*core_registry(), *bundled_verbs()])
EXAMPLES = [
    pytest.param(verb, example, id=f"{verb.name}: {example.utterance}")
    for verb in REGISTRY
    for example in verb.examples
]
FREE = {
    argument.name for verb in REGISTRY for argument in verb.all_arguments if any(k.is_string for k in argument.kinds)
}
FREE |= {"path"}


def step_of(verb, example):
    return Intent.from_wire({"verb": verb.name, **example.args})


def steps_in(step):
    """The step and the one nested in it."""
    yield step
    if isinstance(step.args.get("do"), Intent):
        yield from steps_in(step.args["do"])


def leaves(args):
    """Names and single values, those of conditions included."""
    for name, value in args.items():
        if isinstance(value, Intent):
            yield from leaves(value.args)
        elif hasattr(value, "items"):
            yield from leaves(value)
        else:
            yield from ((name, each) for each in (value if isinstance(value, tuple) else (value,)))


@pytest.mark.parametrize(("verb", "example"), EXAMPLES)
def test_it_is_a_valid_step(verb, example):
    """Its arguments are the verb's own and the selector's, of the right kinds; a nested step and a condition too."""
    for step in steps_in(step_of(verb, example)):
        if step.verb != "notify":
            REGISTRY.check(step)
        if "when" in step.args:
            Condition.of(step.args["when"])


@pytest.mark.parametrize(("verb", "example"), EXAMPLES)
def test_its_strings_are_copied(verb, example):
    """A name, a path, a user is a run of the utterance's own tokens; `me` and a wildcard at an end are allowed."""
    for name, value in leaves(step_of(verb, example).args):
        if name in FREE and isinstance(value, str):
            assert value in ("me", "last") or says(example.utterance, value.strip("*")), (name, value)


@pytest.mark.parametrize(("verb", "example"), EXAMPLES)
def test_its_numbers_are_said(verb, example):
    """Each is in the utterance, or one that may be derived from it."""
    sayable = Sayable(utterance=example.utterance)
    for step in steps_in(step_of(verb, example)):
        known = {} if step.verb == "notify" else {a.name: a for a in REGISTRY[step.verb].all_arguments}
        for name, value in leaves({k: v for k, v in step.args.items() if k in known and k not in ("do", "when")}):
            if isinstance(value, int | float) and not isinstance(value, bool):
                assert value in map(float, filter(_numeric, sayable.of(known[name]))), (name, value)
        for name, value in leaves(step.args.get("when", {})):
            if isinstance(value, int | float):
                assert value in map(float, sayable.literals(_kind_in_condition(name))), (name, value)


def _numeric(literal):
    return literal[0] in "-0123456789"


def _kind_in_condition(name):
    own = {"value": Kind.NUMBER, "for": Kind.SECONDS}
    return own.get(name) or next(a.kinds[0] for a in SELECTOR_ARGUMENTS if a.name == name)


@pytest.mark.parametrize(("verb", "example"), EXAMPLES)
def test_it_is_in_wire_order_without_defaults(verb, example):
    """Arguments stand in the order of their declaration, and none says what goes without saying."""
    for step in steps_in(step_of(verb, example)):
        if step.verb == "notify":
            continue
        order = [argument.name for argument in REGISTRY[step.verb].all_arguments]
        assert list(step.args) == sorted(step.args, key=order.index)
        defaults = {argument.name: argument.default for argument in REGISTRY[step.verb].all_arguments}
        # An empty list is said as such: it means all.
        assert all(value == () or value != defaults[name] for name, value in step.args.items())


@pytest.mark.parametrize("verb", REGISTRY, ids=lambda verb: verb.name)
def test_a_verb_has_enough_of_them(verb):
    """Four to eight, and a summary of one sentence."""
    assert 4 <= len(verb.examples) <= 8
    assert verb.summary.endswith((".", ":")) or ": " in verb.summary


def test_no_utterance_means_two_things():
    """One verb does not steal another's sentences."""
    utterances = [example.utterance.casefold() for verb in REGISTRY for example in verb.examples]
    assert len(set(utterances)) == len(utterances)
