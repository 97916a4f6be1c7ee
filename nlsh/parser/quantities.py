"""Which numbers an utterance says: in digits or in words, alone or with a unit."""

from __future__ import annotations

import enum
import itertools
import re
from dataclasses import dataclass, replace
from typing import Literal

from nlsh.parser import number_words as words


class Unit(enum.Enum):
    """What a number was said with."""

    NONE = "none"
    TIME = "time"
    SIZE = "size"
    PERCENT = "percent"
    DEGREES = "degrees"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number that was said: its value (in seconds or bytes where it has such a unit) and its place in the text."""

    value: float
    unit: Unit = Unit.NONE
    start: int
    end: int
    negative: bool = False


_LETTER = re.compile(r"[^\W\d_\u3000-\u9fff]")
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_LIST = re.compile(r"\d{1,4}(?:,\d{1,2})+")
_NAME_CHARACTER = re.compile(r"[A-Za-z0-9_]")
_WORD_BEFORE = re.compile(r"[^\W\d_\u3000-\u9fff]+$")
_WORDS = re.compile(r"[^\W\d_\u3000-\u9fff]+")
_GAP = re.compile(r"[\s-]+")
_CJK = re.compile("[〇零一二两兩三四五六七八九十百千万半]+")


def quantities(utterance: str) -> tuple[Quantity, ...]:
    """All numbers that the utterance says, in every reading that it allows, in order of their place."""
    text = utterance.lower()
    bare = [*_digits(text), *_in_words(text), *_in_cjk(text), *_articles(text)]
    read = [reading for quantity in bare for reading in _with_units(text, quantity)]
    # An article counts only with the unit behind it: "an hour" is 3600, "a process" is nothing.
    told = [q for q in read if q.unit is not Unit.NONE or not _is_article(text, q)]
    return tuple(sorted([*told, *_compounds(text, told)], key=lambda q: (q.start, q.end)))


def _digits(text: str) -> list[Quantity]:
    return [quantity for match in _DIGITS.finditer(text) for quantity in _digit_run(text, match)]


def _digit_run(text: str, match: re.Match[str]) -> list[Quantity]:
    before = text[: match.start()]
    if _is_within_name(before):
        return []
    value = _value(match.group())
    if value is None:
        return []
    minus = before[-1:] in ("-", "−") and not _NAME_CHARACTER.match(before[-2:-1])
    negative = minus or before.rstrip().rpartition(" ")[2] in words.MINUS
    whole = Quantity(value=-value if negative else value, start=match.start(), end=match.end(), negative=negative)
    listed = _LIST.fullmatch(match.group()) and all(q.unit is Unit.NONE for q in _with_units(text, whole))
    return [whole, *_enumerated(match)] if listed else [whole]


def _is_within_name(before: str) -> bool:
    """Whether digits behind this text belong to a name, as in python3, sha-256, libc.6 and x_1."""
    letters = _WORD_BEFORE.search(before)
    if letters and letters.group() not in words.NUMBERED:
        continues = letters.group() in words.SECONDS and before[: letters.start()][-1:].isdigit()  # 1h30m
        return not continues
    return before[-1:] in ("_", ".") or (before[-1:] == "-" and bool(_LETTER.match(before[-2:-1])))


def _enumerated(match: re.Match[str]) -> list[Quantity]:
    """The numbers of a list without blanks: "cores 6,9" may be six and nine."""
    parts = re.finditer(r"\d+", match.group())
    place = match.start()
    return [Quantity(value=float(m.group()), start=place + m.start(), end=place + m.end()) for m in parts]


def _value(digits: str) -> float | None:
    """`1,000` is a thousand, `2.5` and `2,5` are two and a half, `127.0.0.1` is no number."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", digits):
        return float(digits.replace(",", ""))
    if len(re.findall(r"[.,]", digits)) > 1:
        return None
    return float(digits.replace(",", "."))


def _in_words(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    matches = list(_WORDS.finditer(text))
    index = 0
    while index < len(matches):
        run = _run(text, matches, index)
        taken, value, unit = (0, 0.0, Unit.NONE) if _is_pronoun(run, index) else _spoken(run[bool(index) :])
        if taken:
            start, end = matches[index].start(), matches[index + taken - 1].end()
            negative = index > 0 and matches[index - 1].group() in words.MINUS
            found.append(
                Quantity(value=-value if negative else value, unit=unit, start=start, end=end, negative=negative)
            )
        index += max(taken, 1)
    return found


def _run(text: str, matches: list[re.Match[str]], index: int) -> list[str]:
    """The word before this one, if there is one, and the words from it on that nothing but blanks or hyphens divide.

    A comma ends a number: "forty, one" are two.
    """
    end = index + 1
    while end < min(len(matches), index + 12) and _GAP.fullmatch(text, matches[end - 1].end(), matches[end].start()):
        end += 1
    return [match.group() for match in matches[max(0, index - 1) : end]]


def _is_pronoun(run: list[str], index: int) -> bool:
    """Whether a run begins, behind its first word, with the "one" of "the second one"."""
    counts = run[2:3] and (run[2] in words.SECONDS or run[2] in words.BYTES)
    return index > 0 and run[1] == "one" and not counts and (run[0] in words.ORDINALS or run[0] in words.POINTING)


def _spoken(run: list[str]) -> tuple[int, float, Unit]:
    """Read a number at the start of a run of words: how many words it takes (0 for none), its value and unit."""
    first = run[0]
    if first in words.ORDINALS:
        return 1, words.ORDINALS[first], Unit.ORDINAL
    if first in words.HALVES:
        return (3, 6.0, Unit.NONE) if run[1:3] == ["a", "dozen"] else (1, words.HALVES[first], Unit.NONE)
    number = _Numeral()
    taken = 0
    for position, word in enumerate(run):
        if number.takes(word):
            taken = position + 1
        elif not (number.joins(word) and run[position + 1 : position + 2] and number.follows(run[position + 1])):
            break
    return taken, number.value, Unit.NONE


class _Numeral:
    """A number in words, taken in word by word: "twenty five" is one, "two three" and "two and three" are two."""

    def __init__(self) -> None:
        self._total = 0.0
        self._group = 0.0
        self._last: Literal["", "ones", "tens", "scale"] = ""
        self._factor, self._smallest = 1, 10**9

    @property
    def value(self) -> float:
        return self._total + self._group

    def takes(self, word: str) -> bool:
        """Take in a word; False where it is none that goes on with this number."""
        if not self.follows(word):
            return False
        if word in words.ONES:
            self._group, self._last = self._group + words.ONES[word], "ones"
        elif word in words.TENS:
            self._group, self._last = self._group + words.TENS[word], "tens"
        else:
            self._scale(words.SCALES[word])
        return True

    def follows(self, word: str) -> bool:
        """Whether this word can stand here in a number."""
        if word in words.ONES:
            return self._last in ("", "scale") or (self._last == "tens" and 1 <= words.ONES[word] <= 9)
        if word in words.TENS:
            return self._last in ("", "scale")
        return word in words.SCALES and self._scales(words.SCALES[word])

    def joins(self, word: str) -> bool:
        """Whether this word joins two parts of a number: "a hundred and five", "treinta y cinco"."""
        return (word == "and" and self._last == "scale") or (word in ("y", "et") and self._last == "tens")

    def _scales(self, factor: int) -> bool:
        """Whether the number can go on with a scale: "two hundred thousand", but not "two thousand hundred"."""
        if self._last == "scale":
            return self._factor == 100 and 1000 <= factor < self._smallest
        return factor < self._smallest and (not self._last or self._group < factor)

    def _scale(self, factor: int) -> None:
        self._group, self._last, self._factor = (self._group or 1) * factor, "scale", factor
        if factor >= 1000:
            self._total, self._group, self._smallest = self._total + self._group, 0.0, factor


def _in_cjk(text: str) -> list[Quantity]:
    found = []
    for match in _CJK.finditer(text):
        ordinal = text[: match.start()].endswith("第")
        unit = Unit.ORDINAL if ordinal else Unit.NONE
        found.append(Quantity(value=_cjk_value(match.group()), unit=unit, start=match.start(), end=match.end()))
    return found


def _cjk_value(numeral: str) -> float:
    total, digit = 0.0, 0.0
    for sign in numeral:
        if sign in words.SCALES_CJK:
            total += (digit or 1) * words.SCALES_CJK[sign]
            digit = 0.0
        elif sign == "半":
            digit = 0.5
        else:
            digit = digit * 10 + words.DIGITS_CJK[sign]
    return total + digit


def _articles(text: str) -> list[Quantity]:
    latin = [m for m in _WORDS.finditer(text) if m.group() in words.ARTICLES and not _follows_number(text, m.start())]
    cjk = list(re.finditer("[每毎]", text))
    return [Quantity(value=1, start=m.start(), end=m.end()) for m in (*latin, *cjk)]


def _follows_number(text: str, start: int) -> bool:
    """Whether an article belongs to a fraction before it: "half a gig" is not one gig."""
    before = text[:start].split()[-2:]
    return any(word in words.HALVES for word in before)


def _is_article(text: str, quantity: Quantity) -> bool:
    return text[quantity.start : quantity.end] in words.ARTICLES


_BETWEEN = re.compile(r"[\s-]*(?:(?:(?:of|an?|une?|eine[rn]?|de|last|derni[eè]re?s?)\s+|d['’]))*")
_UNIT_CJK = re.compile("|".join(sorted(
    (re.escape(w) for table in (words.SECONDS, words.BYTES, words.PERCENT, words.DEGREES, words.ORDINAL_SUFFIXES)
     for w in table if not w.isascii() and re.search("[\u3000-\u9fff]", w)), key=len, reverse=True)))  # fmt: skip
_UNIT_LATIN = re.compile(r"per cent|por ciento|pour cent|%|％|°\s?c?|[^\W\d_\u3000-\u9fff]+")


def _with_units(text: str, quantity: Quantity) -> list[Quantity]:
    """The readings of a number with what follows it; none where it turns out to be a part of a word."""
    if quantity.unit is Unit.ORDINAL:
        return [quantity]
    if text[quantity.start - 1 : quantity.start] == "第":
        return [replace(quantity, unit=Unit.ORDINAL)]
    after = quantity.end
    attached = _UNIT_CJK.match(text, after) or _UNIT_LATIN.match(text, after)
    if attached:
        return _attached(quantity, attached)
    between = _BETWEEN.match(text, after)
    start = between.end() if between else after
    apart = _UNIT_CJK.match(text, start) or _UNIT_LATIN.match(text, start)
    united = _unite(quantity, apart) if apart else None
    if united is None or apart is None:
        return [quantity]
    plain = [quantity] if apart.group() in words.AMBIGUOUS else []
    return [*united, *plain]


def _attached(quantity: Quantity, match: re.Match[str]) -> list[Quantity]:
    word = match.group()
    if word in words.ORDINAL_SUFFIXES:
        ordinal = replace(quantity, unit=Unit.ORDINAL, end=match.end())
        return [ordinal, quantity] if not word.isascii() else [ordinal]
    united = _unite(quantity, match)
    if united is not None:
        return united
    return [quantity] if word == "x" else []


def _unite(quantity: Quantity, match: re.Match[str]) -> list[Quantity] | None:
    """The number with this unit, in each reading of it (5m is minutes or megabytes); None where it is no unit."""
    word, end = match.group(), match.end()
    found = []
    if word in words.SECONDS:
        found.append(replace(quantity, value=quantity.value * words.SECONDS[word], unit=Unit.TIME, end=end))
    if word in words.BYTES:
        found.append(replace(quantity, value=quantity.value * words.BYTES[word], unit=Unit.SIZE, end=end))
    if word in words.PERCENT:
        found.append(replace(quantity, unit=Unit.PERCENT, end=end))
    if word in words.DEGREES:
        found.append(replace(quantity, unit=Unit.DEGREES, end=end))
    return found or None


_JOINT = re.compile(r"\s*(?:,|and|y|et|und)?\s*")
_AND_A_HALF = re.compile(r"\s*(?:and a half|y media|et demie?|半)")


def _compounds(text: str, said: list[Quantity]) -> list[Quantity]:
    """Durations of several parts: "1 hour 30 minutes", "1h30m", "an hour and a half"."""
    found = []
    times = sorted((q for q in said if q.unit is Unit.TIME), key=lambda q: q.start)
    for first, second in itertools.pairwise(times):
        if first.value > second.value and first.end <= second.start and _JOINT.fullmatch(text, first.end, second.start):
            found.append(replace(first, value=first.value + second.value, end=second.end))
    for quantity in said:
        half = _AND_A_HALF.match(text, quantity.end)
        if half and quantity.unit in (Unit.TIME, Unit.SIZE):
            found.append(replace(quantity, value=quantity.value + _half_of(text, quantity), end=half.end()))
    return found


def _half_of(text: str, quantity: Quantity) -> float:
    """Half of the unit that a quantity ends with."""
    said = text[quantity.start : quantity.end]
    tables = (words.SECONDS, words.BYTES) if quantity.unit is Unit.TIME else (words.BYTES, words.SECONDS)
    endings = [(len(word), factor) for word, factor in tables[0].items() if said.endswith(word)]
    return max(endings)[1] / 2 if endings else 0.0
