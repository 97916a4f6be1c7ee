"""The grammar of one utterance: every plan that it could mean, and no other.

It is written for llguidance in its dialect of Lark. Each verb gets its own arguments in the order of their declaration,
each at most once; strings and numbers are single terminals whose alternatives are spelled out, so that a value can
never carry a quote, a comma or another argument with it.
"""

from __future__ import annotations

import json

from nlsh.argument import Argument, Kind
from nlsh.condition import EVENTS, METRICS, OPERATORS
from nlsh.effects import Effect
from nlsh.intent import UNKNOWN
from nlsh.parser.sayable import Sayable
from nlsh.selector import SELECTOR_ARGUMENTS
from nlsh.verb import Registry, Selects, Verb

MOST_STEPS = 6
NOTIFY = "notify"
_METRICS = tuple(name for name in METRICS if not name.startswith("process."))
_PROCESS_METRICS = tuple(name for name in METRICS if name.startswith("process."))
_NESTING = ("watch", "rule.add")
_EVENT, _METRIC, _OP, _THAN, _CLOSE = '{"event":', '{"metric":', ',"op":', ',"value":', '"}"'


def grammar(registry: Registry, said: Sayable, reading: Sayable | None = None, *, something: bool = False) -> str:
    """The Lark text for one utterance.

    `said` is what steps that change something may say; `reading`, what steps that only read may say: the turn before
    too, in a conversation. Without it both are the same. With `something`, unknown is no answer where there is another.
    """
    return "\n".join(_Writer(registry, said, reading or said).lines(something=something)) + "\n"


class _Writer:
    """Writes the rules. Those for steps that read end in `_r`, those for steps that act in `_a`."""

    def __init__(self, registry: Registry, said: Sayable, reading: Sayable) -> None:
        self._registry = registry
        self._said = {"a": said, "r": reading}
        self._terminals: dict[tuple[str, ...], str] = {}
        self._rules: dict[str, str] = {}

    def lines(self, *, something: bool) -> list[str]:
        steps = [rule for verb in self._registry if (rule := self._verb(verb))]
        plans = [] if something and steps else [_text(_object(UNKNOWN))]
        if steps:
            plans += ["step", f'"[" step ("," step){{1,{MOST_STEPS - 1}}} "]"']
        rules = ["start: " + " | ".join(plans)]
        if steps:
            rules.append("step: " + " | ".join(steps))
        rules += [f"{name}: {body}" for name, body in self._rules.items()]
        return rules + [f"{name}: {_alternatives(texts)}" for texts, name in self._terminals.items()]

    def _verb(self, verb: Verb) -> str | None:
        """Write the rule of one verb; None where the utterance cannot say what it needs."""
        if verb.name in (UNKNOWN, NOTIFY):
            return None
        side = "r" if verb.effect is Effect.READ and verb.name not in _NESTING else "a"
        parts = [self._selector(side)] if verb.selects is not Selects.NO else []
        for argument in verb.arguments:
            rule = self._argument(argument, side)
            if rule is None and argument.required:
                return None
            if rule is not None:
                parts.append(rule if argument.required else rule + "?")
        name = "v_" + _identifier(verb.name)
        self._rules[name] = " ".join([_text(f'{{"verb":{json.dumps(verb.name)}'), *parts, '"}"'])
        return name

    def _selector(self, side: str) -> str:
        name = f"selector_{side}"
        if name not in self._rules:
            self._rules[name] = ""
            parts = [rule + "?" for each in SELECTOR_ARGUMENTS if (rule := self._argument(each, side))]
            self._rules[name] = " ".join(parts)
        return name

    def _argument(self, argument: Argument, side: str) -> str | None:
        """The rule of one argument with its key; None where nothing may stand there."""
        value = self._value(argument, side)
        if value is None:
            return None
        name = f"a_{_identifier(argument.name)}_{side}"
        body = f"{_text(',' + json.dumps(argument.name) + ':')} {value}"
        while self._rules.get(name, body) != body:  # two verbs may use one name for two things
            name += "x"
        self._rules[name] = body
        return name

    def _value(self, argument: Argument, side: str) -> str | None:
        kind = argument.kinds[0]
        if kind in (Kind.STEP, Kind.READ_STEP):
            return self._nested(kind)
        if kind is Kind.CONDITION:
            return self._condition(side)
        texts = self._said[side].of(argument)
        if not texts:
            return '"[]"' if argument.only_list else None
        one = self._terminal(texts)
        if argument.only_list:
            return f'("[" {one} ("," {one})* "]" | "[]")'
        # A list of one thing, or of the same thing twice, says no more than the thing itself.
        return f'({one} | "[" {one} ("," {one})+ "]")' if argument.many and len(texts) > 1 else one

    def _nested(self, kind: Kind) -> str:
        """A step within a step: it does not nest again."""
        name = "nested_read" if kind is Kind.READ_STEP else "nested"
        verbs = [
            v
            for v in self._registry
            if v.name not in (*_NESTING, UNKNOWN, NOTIFY)
            and (kind is Kind.STEP or v.effect is Effect.READ)
            and not any(a.required or a.kinds[0] in (Kind.STEP, Kind.READ_STEP) for a in v.arguments)
        ]
        rules = [_text(_object(NOTIFY))] if kind is Kind.STEP else []
        rules += [rule for v in verbs if (rule := self._verb(v))]
        self._rules[name] = " | ".join(rules)
        return name

    def _condition(self, side: str) -> str | None:
        number = self._said[side].literals(Kind.NUMBER)
        seconds = self._said[side].literals(Kind.SECONDS)
        path = self._said[side].literals(Kind.TEXT)
        lasting = self._optional(',"for":', seconds)
        place = self._optional(',"path":', path)
        selector = self._selector(side)
        happening = self._terminal(_quoted(EVENTS))
        forms = [f"{_text(_EVENT)} {happening} {selector} {_CLOSE}"]
        if number:
            above = self._terminal(_quoted(OPERATORS))
            rest = f"{_text(_OP)} {above} {_text(_THAN)} {self._terminal(number)} {lasting}"
            for metrics, reach in ((_METRICS, place), (_PROCESS_METRICS, selector)):
                metric = self._terminal(_quoted(metrics))
                forms.append(f"{_text(_METRIC)} {metric} {rest} {reach} {_CLOSE}")
        self._rules["condition"] = " | ".join(forms)
        return "condition"

    def _optional(self, key: str, texts: tuple[str, ...]) -> str:
        return f"({_text(key)} {self._terminal(texts)})?" if texts else ""

    def _terminal(self, texts: tuple[str, ...]) -> str:
        """The terminal that is exactly one of these texts."""
        return self._terminals.setdefault(texts, f"T{len(self._terminals)}")


def _quoted(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(json.dumps(word) for word in words)


def _object(verb: str) -> str:
    return json.dumps({"verb": verb}, separators=(",", ":"))


def _text(literal: str) -> str:
    """A literal in Lark, whose strings are written as in JSON."""
    return json.dumps(literal)


def _alternatives(texts: tuple[str, ...]) -> str:
    return " | ".join(_text(text) for text in texts)


def _identifier(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name).lower()
