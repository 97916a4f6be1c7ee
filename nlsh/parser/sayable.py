"""What an utterance lets a plan say: for each kind of argument, the JSON literals that may stand there."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property

from nlsh.argument import Argument, Kind
from nlsh.parser import numbers, spans
from nlsh.parser.quantities import Quantity, quantities


@dataclass(frozen=True, kw_only=True)
class Sayable:
    """The strings and numbers of one utterance, and for steps that only read also those of the turn before."""

    utterance: str
    previous: str = ""
    rows: int = 0
    """How many rows the previous result had; "the last one" may be that row."""
    _cache: dict[Kind, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    def literals(self, kind: Kind) -> tuple[str, ...]:
        """The JSON literals that a value of this kind may be; empty where the utterance says none."""
        if kind not in self._cache:
            self._cache[kind] = self._make(kind)
        return self._cache[kind]

    def of(self, argument: Argument) -> tuple[str, ...]:
        """The literals of a plain argument: those of all its kinds, or its choices."""
        if argument.choices:
            return tuple(word if argument.integer else json.dumps(word) for word in argument.choices)
        if argument.kinds == (Kind.FLAG,):
            return tuple(text for text, value in (("true", True), ("false", False)) if argument.default is not value)
        return tuple(dict.fromkeys(text for kind in argument.kinds for text in self.literals(kind)))

    def _make(self, kind: Kind) -> tuple[str, ...]:
        if kind is Kind.LAST:
            return ('"last"',)
        if kind.is_string:
            return tuple(dict.fromkeys(quoted(text) for text in self._strings(kind)))
        values = numbers.allowed(kind, self._quantities)
        rows = (self.rows,) if kind is Kind.ROW and self.rows else ()
        return tuple(dict.fromkeys(numbers.literal(value) for value in (*values, *rows)))

    def _strings(self, kind: Kind) -> list[str]:
        longest = spans.TEXT_TOKENS if kind is Kind.TEXT else spans.NAME_TOKENS
        found = [run for text in self._texts for run in spans.runs(text, longest)]
        if kind is Kind.USER:
            return ["me", *found]
        if kind is Kind.NAME:
            return [*found, *(starred for text in self._texts for starred in _starred(text))]
        return found

    @property
    def _texts(self) -> tuple[str, ...]:
        return (self.utterance, self.previous) if self.previous else (self.utterance,)

    @cached_property
    def _quantities(self) -> tuple[Quantity, ...]:
        return tuple(quantity for text in self._texts for quantity in quantities(text))


def quoted(text: str) -> str:
    """The string as a JSON literal. Control characters are escaped; other characters stand as they are."""
    return json.dumps(text, ensure_ascii=False)


def _starred(utterance: str) -> list[str]:
    ends = spans.wildcards(utterance)
    if not ends:
        return []
    bare = [run for run in spans.runs(utterance, 2) if "*" not in run]
    forms = [("", "*")] * ("end" in ends) + [("*", "")] * ("start" in ends) + [("*", "*")] * (len(ends) == 2)
    return [before + run + after for before, after in forms for run in bare]
