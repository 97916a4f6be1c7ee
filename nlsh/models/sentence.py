"""Whether a text is a sentence of a grammar: what a worker answers is held against the grammar that it was given.

The worker applies the grammar while it writes, but it may be what a hostile file made of it. So the near side runs the
same grammar over the answer again, without the model. It knows the part of Lark that `nlsh.parser.grammar` writes, a
rule a line: texts, names, groups, alternatives and repetitions; and patterns in Python's own dialect. There are no
rules in it that come back to themselves.
"""

from __future__ import annotations

import json
import re
from typing import Final

_TOKEN: Final = re.compile(r'/(?:[^/\\]|\\.)+/|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|\{\d+,\d+\}|[|()?*+]|\S')
_MOST: Final = 1 << 14
"""Characters of an answer; the longest one has a few hundred tokens."""
_ENDLESS: Final = _MOST
_COUNTS: Final = {"?": (0, 1), "*": (0, _ENDLESS), "+": (1, _ENDLESS)}

Places = set[int]
"""Where in the text one may be."""


def is_sentence(grammar: str, text: str) -> bool:
    """Whether the grammar allows exactly this text; ValueError where the grammar is one that is not known here."""
    return len(text) <= _MOST and len(text) in _Reader(grammar, text).rule("start", {0})


class _Reader:
    """Follows all ways through a grammar at once, so that no text takes more than its length in steps."""

    def __init__(self, grammar: str, text: str) -> None:
        self._rules = dict(line.split(": ", 1) for line in grammar.splitlines())
        self._tokens: dict[str, list[str]] = {}
        self._words: dict[str, list[str]] = {}
        self._text = text

    def rule(self, name: str, places: Places) -> Places:
        """Where one is after this rule, from each of the places."""
        if name not in self._tokens:
            self._read(name)
        if name in self._words:
            return {place + len(word) for word in self._words[name] for place in places if self._has(word, place)}
        return self._either(self._tokens[name], places)

    def _read(self, name: str) -> None:
        if name not in self._rules:
            raise ValueError(f"the grammar has no rule {name}")
        tokens = self._tokens[name] = _TOKEN.findall(self._rules[name])
        if all(each[0] == '"' for each in tokens[::2]) and all(each == "|" for each in tokens[1::2]):
            self._words[name] = json.loads(f"[{','.join(tokens[::2])}]")

    def _has(self, word: str, place: int) -> bool:
        return self._text.startswith(word, place)

    def _either(self, tokens: list[str], places: Places) -> Places:
        """After alternatives, each of them items one after another."""
        found: Places = set()
        reached, at = places, 0
        while at < len(tokens):
            if tokens[at] == "|":
                found, reached, at = found | reached, places, at + 1
                continue
            end = _end(tokens, at)
            least, most, after = _count(tokens, end)
            if reached:
                reached = self._times(tokens[at:end], reached, least, most)
            at = after
        return found | reached

    def _times(self, item: list[str], places: Places, least: int, most: int) -> Places:
        found = set() if least else set(places)
        for count in range(1, most + 1):
            places = self._item(item, places)
            if not places:
                break
            if count >= least:
                found |= places
        return found

    def _item(self, item: list[str], places: Places) -> Places:
        first = item[0]
        if first == "(":
            return self._either(item[1:-1], places)
        if first[0] == '"':
            word: str = json.loads(first)
            return {place + len(word) for place in places if self._has(word, place)}
        if len(first) > 1 and first[0] == "/":
            pattern = re.compile(first[1:-1])
            ends = range(len(self._text) + 1)
            return {end for place in places for end in ends if pattern.fullmatch(self._text, place, end)}
        if not first[0].isalpha() and first[0] != "_":
            raise ValueError(f"the grammar has a {first} that is not known here")
        return self.rule(first, places)


def _end(tokens: list[str], at: int) -> int:
    """Where the item that begins here ends."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += (tokens[place] == "(") - (tokens[place] == ")")
        if depth == 0:
            return place + 1
    raise ValueError("the grammar has a group without an end")


def _count(tokens: list[str], at: int) -> tuple[int, int, int]:
    """How often the item before may stand there, least and most, and where what follows begins."""
    sign = tokens[at] if at < len(tokens) else ""
    if sign in _COUNTS:
        return *_COUNTS[sign], at + 1
    if sign.startswith("{"):
        least, most = sign[1:-1].split(",")
        return int(least), int(most), at + 1
    return 1, 1, at
