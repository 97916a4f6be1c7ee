"""The law of the answers: strings are runs of tokens of the utterance, numbers are said or derived."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nlsh.parser.quantities import quantities
from training.corpus.slots import NUMBER_WORDS

_CJK = "\u3040-\u30ff\u3400-\u9fff"
_TOKEN = re.compile(rf"[{_CJK}]|[^\s\"'`“”„«»‘’「」『』{_CJK}]+(?:['’](?=\w)[^\s\"'`“”„«»‘’「」『』{_CJK}]+)*")
_OUTER = ".,;:!?()[]{}<>$%…。、，！？：；（）《》"
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
FREE = frozenset({"name", "command", "user", "path", "host", "interface", "service", "topic", "exclude"})
NUMBERS = frozenset({
    "pid", "port", "parent", "min_cpu", "min_memory", "min_rss", "older_than", "newer_than", "limit", "ref", "nice",
    "level", "cpus", "cpu", "memory", "open_files", "timeout", "every", "for", "value", "id", "delay", "count",
    "larger_than", "smaller_than", "since", "exclude",
})  # fmt: skip
_SCALES = (1, 60, 3600, 86400, 1024, 1024**2, 1024**3, 1024**4)


def _trims(text: str) -> Iterator[str]:
    """Yield the text with any of its outer punctuation, possessive or plural taken off."""
    while text:
        yield text
        for tail in ("'s", "’s", "'S", "’S", "s", "'"):
            if text.endswith(tail):
                yield text[: -len(tail)]
        if text[-1] in _OUTER:
            text = text[:-1]
        elif text[0] in _OUTER:
            text = text[1:]
        else:
            return


def said_strings(utterance: str) -> set[str]:
    """Return every string that an answer may copy from the utterance."""
    spans = [match.span() for match in _TOKEN.finditer(utterance)]
    found: set[str] = set()
    for start in range(len(spans)):
        for end in range(start, min(start + 10, len(spans))):
            found.update(_trims(utterance[spans[start][0] : spans[end][1]]))
    return found


def said_numbers(utterance: str) -> set[float]:
    """Return every number that an answer may hold for the utterance."""
    lowered = utterance.lower()
    base = {float(text.replace(",", ".")) for text in _NUMBER.findall(utterance)}
    base |= {value for word, value in NUMBER_WORDS.items() if re.search(_word(word), lowered)}
    base |= {abs(quantity.value) for quantity in quantities(utterance)} | {1.0}
    return {number * scale for number in base for scale in _SCALES} | {1.0, 10.0, -20.0, 19.0} | {-n for n in base}


def _word(word: str) -> str:
    return re.escape(word) if re.match(f"[{_CJK}]", word) else rf"(?<!\w){re.escape(word)}(?!\w)"


def _leaves(answer: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(answer, dict):
        for name, value in answer.items():
            yield from _leaves(value, name)
    elif isinstance(answer, list):
        for value in answer:
            yield from _leaves(value, key)
    else:
        yield key, answer


def breach(utterance: str, answer: Any) -> str | None:
    """Return what in the answer the utterance does not say, or None."""
    strings, numbers = said_strings(utterance), said_numbers(utterance)
    for key, value in _leaves(answer):
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            counted = key == "cpus" and any(0 <= value <= number for number in numbers)
            if key in NUMBERS and not counted and float(value) not in numbers and not (key == "ref" and value <= 10):
                return f"{key}={value}"
        elif key in FREE and value != "me" and not {value, value.strip("*")} & strings:
            return f"{key}={value}"
    return None
