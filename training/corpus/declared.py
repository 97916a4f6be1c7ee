"""Lines in which the prompt declares verbs that nlsh does not have, so that the model learns to read declarations.

A bank is a text file: ``= NAME | other names`` opens a verb, ``~ ARGUMENT | other names`` is one of its arguments in
order, ``> SUMMARY | other summaries`` says what it does, and the lines below are frames as in the other banks. Names and
summaries are drawn anew for each line, so that only the declaration in the prompt tells what is meant.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

from nlsh.parser.prompt import MOST_DECLARED
from training.corpus.frames import Bank, Frame, fill, parse_frame, pick
from training.corpus.noise import IMPERATIVES, add_noise
from training.corpus.slots import made_up

_INVENTED = 0.15
"""Share of the verbs whose name is a made-up word."""
_COMMON = frozenset(
    "again away back down from into just load more much next over please queue right some that their them then there these "
    "they this those time tree until what when where which with your".split()
)
"""Words of four letters and more that are said of anything, or of the machine itself."""
_ABSENT = 0.12
"""Share of the lines whose verb is not among those declared: nothing here can do it."""


@dataclass
class DeclaredVerb:
    """A verb of the bank: its names, those of each argument, its summaries, its frames."""

    names: list[str]
    arguments: list[list[str]] = field(default_factory=list)
    summaries: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)


@dataclass(frozen=True)
class Declared:
    """A verb as one prompt declares it; `arguments` is the name in the bank to the name here."""

    verb: DeclaredVerb
    name: str
    arguments: dict[str, str]
    summary: str

    def line(self) -> str:
        """The declaration, in the form of `nlsh.parser.prompt`."""
        return f"{self.name}({', '.join(self.arguments.values())}): {self.summary}"


def load(folder: Path) -> list[DeclaredVerb]:
    """The verbs of all banks of a folder, in the order of the files' names."""
    return [verb for path in sorted(folder.glob("*.txt")) for verb in _load(path.read_text(encoding="utf-8"))]


def _load(text: str) -> list[DeclaredVerb]:
    found: list[DeclaredVerb] = []
    for line in text.splitlines():
        mark, _, rest = line.partition(" ")
        words = [word.strip() for word in rest.split(" | ")]
        if not line.strip() or mark == "#":
            continue
        if mark == "=":
            found.append(DeclaredVerb(words))
        elif mark == "~":
            found[-1].arguments.append(words)
        elif mark == ">":
            found[-1].summaries += words
        else:
            found[-1].frames.append(parse_frame(line.strip()))
    return found


def declare(verb: DeclaredVerb, rng: random.Random) -> Declared:
    """The verb under one of its names."""
    name = rng.choice(verb.names)
    if rng.random() < _INVENTED:
        invented = "".join(c for c in made_up(rng).lower() if c.isalpha()) or "zorb"
        name = f"{invented}.{name.partition('.')[2]}"
    arguments = {names[0]: rng.choice(names) for names in verb.arguments}
    return Declared(verb, name, arguments, rng.choice(verb.summaries))


@dataclass(frozen=True)
class Line:
    """A system turn, an utterance and its answer.

    `telling` says that the utterance has a word of its own matter ("the lamp in NAME") and not just an order that may be
    meant for anything ("stop NAME").
    """

    system: str
    utterance: str
    answer: dict[str, Any]
    telling: bool


def declared_line(verbs: list[DeclaredVerb], rng: random.Random) -> Line:
    """A line for one of the verbs, mostly declared, among others."""
    meant = rng.choice(verbs)
    near = [verb for verb in verbs if _domain(verb) == _domain(meant) and verb is not meant]
    others = rng.sample(near, min(len(near), rng.randint(0, 2)))
    absent = rng.random() < _ABSENT
    far = [verb for verb in verbs if _domain(verb) != _domain(meant)]
    others += rng.sample(far, max(_how_many(rng), 1 if absent else 0))
    if absent:
        others = [verb for verb in others if _domain(verb) != _domain(meant)]
    shown = {id(verb): declare(verb, rng) for verb in ([] if absent else [meant]) + others}
    lines = _fitting([each.line() for each in shown.values()])
    rng.shuffle(lines)
    frame = pick(meant.frames, rng)
    filled = fill(Bank("en"), frame, rng)
    utterance = add_noise(filled.pieces, "en", rng)
    answer = {"verb": "unknown"} if absent else _answer(shown[id(meant)], filled.args)
    return Line("\n".join(lines), utterance, answer, _telling(frame))


def _telling(frame: Frame) -> bool:
    words = re.findall(r"[a-z]{4,}", re.sub(r"\{\w+\}", "", frame.text.lower()))
    return any(word not in IMPERATIVES and word not in _COMMON for word in words)


def _answer(here: Declared, args: dict[str, Any]) -> dict[str, Any]:
    return {"verb": here.name} | {here.arguments[name]: args[name] for name in here.arguments if name in args}


def _domain(verb: DeclaredVerb) -> str:
    return verb.names[0].partition(".")[0]


def declarations(verbs: list[DeclaredVerb], rng: random.Random) -> str:
    """A system turn that declares some verbs, for an utterance that means none of them."""
    return "\n".join(_fitting([declare(verb, rng).line() for verb in rng.sample(verbs, _how_many(rng) + 1)]))


def _how_many(rng: random.Random) -> int:
    """How many other verbs a prompt declares: few in most, and as many as a person with several plugins has in some."""
    most = rng.choices((3, 6, 10), (5, 3, 2))[0]
    return rng.randint(0 if most == 3 else most // 2, most)


def _fitting(lines: list[str]) -> list[str]:
    """The first of the lines, as many as `nlsh.parser.prompt` lets a prompt declare."""
    ends = accumulate(len(line) + 1 for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= MOST_DECLARED]
