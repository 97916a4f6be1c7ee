"""Which strings an utterance says: the runs of whole tokens that a plan may copy from it.

A token is a stretch between white space or quotes; each character of a script that is written without blanks (Chinese,
Japanese) is a token of its own. A run is handed out without its outer punctuation and, beside that, without a
possessive 's or a plural s. It is never empty and never a part of a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

NAME_TOKENS = 8
TEXT_TOKENS = 32
"""The longest run, in tokens, of a name and of free text (a command line)."""

_QUOTES = '"`“”„«»‘「」『』'
_UNSPACED = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WITHIN_WORD = rf"(?<=\w)(?<![{_UNSPACED}])['’](?=\w)(?![{_UNSPACED}])"
_TOKEN = re.compile(rf"[{_UNSPACED}]|(?:{_WITHIN_WORD}|[^\s'’{_QUOTES}{_UNSPACED}，。、！？；：（）])+")
_LEADING = "([{<,;:=!¡¿（"
_TRAILING = ".,;:!?)]}>…，。！？；：、）"
_PATHS = (".", "..", "./", "../")
_MARKS = "$@#"
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_ELISION = re.compile(r"^[dlDL]['’](?=\w)")
_PLURAL = re.compile(r"(?<=[^\W\d_]{2})(?<![sS])[sS]$")
_COMMON = re.compile(r"(?:^|\s)[^\W\d_]+(?:-[^\W\d_]+)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token's place in the utterance: `start` is its first character, `end` the one after its last."""

    start: int
    end: int


def tokens(utterance: str) -> tuple[Token, ...]:
    """The tokens of an utterance, in order."""
    return tuple(Token(start=m.start(), end=m.end()) for m in _TOKEN.finditer(utterance))


def runs(utterance: str, longest: int = NAME_TOKENS) -> tuple[str, ...]:
    """All strings that may be copied from the utterance in runs of at most `longest` tokens, each once, in order."""
    found: dict[str, None] = {}
    places, quotations = tokens(utterance), _quotations(utterance)
    for first in range(len(places)):
        for last in range(first, min(first + longest, len(places))):
            whole = _untorn(utterance, Token(start=places[first].start, end=places[last].end), quotations)
            if whole is not None:
                found.update(dict.fromkeys(_readings(utterance[whole.start : whole.end])))
    return tuple(found)


_OPENING = {"“": "”", "„": "“", "«": "»", "‘": "’", "「": "」", "『": "』", '"': '"', "`": "`", "'": "'"}
_APOSTROPHE = re.compile(_WITHIN_WORD)


def _quotations(utterance: str) -> tuple[Token, ...]:
    """The quotations, from the opening mark to behind the closing one; a mark without a partner is one by itself."""
    silent = {match.start() for match in _APOSTROPHE.finditer(utterance)}
    marks = [n for n, c in enumerate(utterance) if (c in _QUOTES or c in "'’") and n not in silent]
    found: list[Token] = []
    for place in marks:
        if not found or place >= found[-1].end:
            closing = _OPENING.get(utterance[place])
            end = next((n for n in marks if n > place and utterance[n] == closing), place)
            found.append(Token(start=place, end=end + 1))
    return tuple(found)


def _untorn(utterance: str, run: Token, quotations: tuple[Token, ...]) -> Token | None:
    """The run, widened by the marks of a quotation that it holds whole; None where it would tear one."""
    start, end = run.start, run.end
    if utterance[start:end] in (".", "..") and start and not utterance[start - 1].isspace():
        return None  # the full stop behind a quotation is no path
    for quoted in quotations:
        inside = quoted.start < run.start and run.end < quoted.end
        if inside or run.end <= quoted.start or quoted.end <= run.start:
            continue
        start, end = min(start, quoted.start), max(end, quoted.end)
    # Only the marks themselves may have come in; and a mark without its partner is in no run.
    added = utterance[start : run.start] + utterance[run.end : end]
    lone = any(quoted.end - quoted.start == 1 and start <= quoted.start < end for quoted in quotations)
    return None if lone or not set(added) <= set(_QUOTES + "'’ ") else Token(start=start, end=end)


def _readings(stretch: str) -> Iterator[str]:
    """The stretch as it may stand in a plan: bare, and without a mark such as `$`, an 's, a plural s or a French d'."""
    bare = _bare(stretch)
    if bare:
        yield bare
        if bare[0] in _MARKS and bare[1:]:
            yield bare[1:]
        plural = (_PLURAL,) if _COMMON.search(bare) else ()  # a path or a version has none
        for ending in (_POSSESSIVE, _ELISION, *plural):
            shorter = ending.sub("", bare)
            if shorter and shorter != bare:
                yield shorter


def _bare(stretch: str) -> str:
    """Without outer punctuation; the dots of a folder stay."""
    inner = stretch.lstrip(_LEADING)
    return inner if inner in _PATHS else inner.rstrip(_TRAILING).rstrip()


_WITH_START = re.compile(
    r"\b(?:start|begin)\w*\s+(?:with|by|in)\b|\bprefix|\bempie[cz]\w* (?:con|por)\b|\bcomien[cz]\w* (?:con|por)\b"
    r"|\bcommen[cç]\w* (?:par|avec)\b|\b(?:beginn|anfang)\w* mit\b|\bmit \S+ (?:beginn|anfang)|开头|で始ま|から始ま",
    re.IGNORECASE,
)
_WITH_END = re.compile(
    r"\bend(?:s|ing)?\s+(?:with|in)\b|\bsuffix|\b(?:termin|acab)\w* (?:en|con|por)\b|\b(?:termin|finiss)\w* par\b"
    r"|\bend(?:en|et|end) (?:mit|auf)\b|\b(?:mit|auf) \S+ end(?:en|et)|结尾|で終わ",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\bcontain(?:s|ing|ed)?\b|\bmatch(?:es|ing)?\b|\binclud(?:es|ing)\b|\bin (?:the|their|its) names?\b"
    r"|\b(?:contien|conteni|contenga|contenant)\w*|\benth(?:a|ä)lt\w*|包含|含有|を含む|が含まれ",
    re.IGNORECASE,
)


def wildcards(utterance: str) -> frozenset[str]:
    """Where a `*` may be set at a name: `start` for *x, `end` for x*, as far as the utterance says so."""
    ends = set()
    if _WITH_START.search(utterance) or _WITHIN.search(utterance):
        ends.add("end")
    if _WITH_END.search(utterance) or _WITHIN.search(utterance):
        ends.add("start")
    return frozenset(ends)
