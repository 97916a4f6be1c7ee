"""What a plan may say of an utterance, written a second time and another way, to judge the grammar by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nlsh.argument import Kind
from nlsh.intent import Intent
from nlsh.verb import Registry

_CJK = re.compile("[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_BREAKS = re.compile(r"[\s\"'`“”„«»‘’「」『』]")
_LOOSE = set(".,;:!?()[]{}<>…$@#=¡¿，。、！？；：（）")
_FACTORS = {
    Kind.SECONDS: (1, 60, 3600, 86400, 604800),
    Kind.BYTES: (1, 1024, 1024**2, 1024**3, 1024**4),
    Kind.NUMBER: (1, 60, 3600, 86400, 604800, 1024, 1024**2, 1024**3, 1024**4),
}
_COUNTED = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
- - - - - - - - - - - - - - - fifteen sixteen seventeen eighteen nineteen
cero uno dos tres cuatro cinco seis siete ocho nueve diez - doce - - quince
null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf - - fünfzehn
- - deux trois quatre cinq - sept huit neuf dix onze douze - - quinze
- first second third fourth fifth sixth seventh eighth ninth tenth
- primer segund tercer cuart quint
- erste zweite dritte viert fünft
- premi deuxième troisième quatrième cinquième
- - seconde
〇 一 二 三 四 五 六 七 八 九 十
零 - 两
- - 兩
"""
_TENS = """
twenty thirty forty fifty sixty seventy eighty ninety
veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa
zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig
vingt trente quarante cinquante soixante
- - fourty
"""
_WORDS: dict[str, float] = {
    **{word: n for line in _COUNTED.splitlines() for n, word in enumerate(line.split())},
    **{word: 10 * n for line in _TENS.splitlines() for n, word in enumerate(line.split(), 2)},
    **dict.fromkeys(("couple", "pair", "both"), 2),
    **dict.fromkeys(("half", "medio", "media", "halb", "demi", "半"), 0.5),
    **dict.fromkeys(("a", "per", "every", "each", "ein", "jede", "un", "cada", "每", "毎"), 1),
    "quarter": 0.25, "dozen": 12, "hundred": 100, "hundert": 100, "cien": 100, "cent": 100,
    "thousand": 1000, "tausend": 1000, "mil": 1000, "million": 1000000, "百": 100, "千": 1000, "万": 10000,
}  # fmt: skip
"""The words that stand for numbers; "-" fills a place. One within a longer word counts too: the law may be wide."""


def says(utterance: str, value: str) -> bool:
    """Whether a string stands in the utterance as whole tokens, but for outer punctuation, an 's or a plural s."""
    return any(_is_whole(utterance, match.start(), match.start() + len(value)) for match in _all(utterance, value))


def _all(utterance: str, value: str) -> Iterator[re.Match[str]]:
    return re.finditer(f"(?={re.escape(value)})", utterance)


def _is_whole(utterance: str, start: int, end: int) -> bool:
    before, after = _rest(utterance[: start + 1][::-1])[:0:-1], _rest(utterance[end - 1 :])[1:]
    if start and (_CJK.match(utterance[start]) or _BREAKS.match(utterance[start])):
        before = ""
    if end and (_CJK.match(utterance[end - 1]) or _BREAKS.match(utterance[end - 1])):
        after = ""
    elision = before.lower() in ("d", "l", "d'", "l'", "d’", "l’") or utterance[max(0, start - 2) : start].lower() in (
        "d'",
        "l'",
        "d’",
        "l’",
    )
    tail = re.sub(r"^(?:['’]?[sS])?", "", after)
    return (elision or set(before) <= _LOOSE) and set(tail) <= _LOOSE


def _rest(text: str) -> str:
    """What of a token follows up to its end."""
    for place, character in enumerate(text):
        ends = _BREAKS.match(character) or _CJK.match(character)
        if ends and not (
            character in "'’" and _is_letter(text[place - 1 : place]) and _is_letter(text[place + 1 : place + 2])
        ):
            return text[:place]
    return text


def _is_letter(character: str) -> bool:
    return bool(re.match(r"\w", character)) and not _CJK.match(character)


def numbers(utterance: str, kind: Kind) -> set[float]:
    """The numbers that the utterance has in digits or words, times the units of the kind."""
    digits = [part for run in re.findall(r"\d[\d.,]*", utterance) for part in (run, *re.split("[.,]", run))]
    bare = {
        float(text)
        for run in digits
        for text in (run.replace(",", "").rstrip("."), run.replace(",", ".").rstrip("."))
        if re.fullmatch(r"\d+(\.\d+)?", text)
    }
    words = {float(number) for word, number in _WORDS.items() if word in utterance.lower()}
    sums = {a + b for a in words for b in words} | {a * b for a in words for b in (10, 12, 100, 1000)}
    said = {n * f for n in bare | words | sums for f in _FACTORS.get(kind, (1,))}
    if kind in (Kind.SECONDS, Kind.BYTES, Kind.NUMBER):
        said |= {a + b for a in said for b in said}
    return said | {-n for n in said}


_DERIVED: dict[Kind, set[float]] = {Kind.COUNT: {1, 10}, Kind.NICE: {-20, 19}}


def breaches(utterance: str, step: Intent, registry: Registry) -> list[str]:
    """What in a step the utterance does not say."""
    declared = (
        {argument.name: argument for argument in registry[step.verb].all_arguments} if step.verb in registry else {}
    )
    found = []
    for name, value in step.args.items():
        if isinstance(value, Intent):
            found += breaches(utterance, value, registry)
        elif name == "when":
            found += _condition(utterance, dict(value), registry)
        elif not declared[name].choices:
            items = value if isinstance(value, tuple) else (value,)
            found += [f"{name}={item!r}" for item in items if not _is_said(utterance, item, declared[name].kinds)]
    return found


def _condition(utterance: str, when: dict[str, Any], registry: Registry) -> list[str]:
    free = {"value": Kind.NUMBER, "for": Kind.SECONDS, "path": Kind.TEXT}
    own = [
        f"{key}={when[key]!r}"
        for key, kind in free.items()
        if key in when and not _is_said(utterance, when[key], (kind,))
    ]
    selector = {key: value for key, value in when.items() if key not in ("metric", "event", "op", *free)}
    return own + breaches(utterance, Intent(verb="process.list", args=selector), registry)


def _is_said(utterance: str, item: Any, kinds: tuple[Kind, ...]) -> bool:
    if isinstance(item, bool):
        return True
    if isinstance(item, str):
        exact = (item == "last" and Kind.LAST in kinds) or (item == "me" and Kind.USER in kinds)
        bare = item[1:] if item.startswith("*") else item
        return exact or says(utterance, item) or (Kind.NAME in kinds and says(utterance, bare.removesuffix("*")))
    if Kind.CPU in kinds:
        return any(0 <= item <= number for number in numbers(utterance, Kind.CPU))
    return any(item in numbers(utterance, kind) | _DERIVED.get(kind, set()) for kind in kinds)
