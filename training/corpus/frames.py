"""Phrase banks: text files of frames with their answers, and how a frame becomes an utterance.

A bank holds groups. ``= VERB key=value w=N`` opens a group of sentences with that answer and weight, ``@ NAME`` opens a
named phrase that others use as ``{NAME}``. A line is ``[N*] text [:: key=value]``; its text may hold ``(a|b)``,
``[optional]`` and ``{slot}``; a value may hold ``<slot>``. Arguments of a named phrase join those of its sentence, unless a
value takes them as ``<NAME>``. ``% FACTOR`` at the top of a file multiplies the weights of its groups.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.corpus.slots import make_slot

_CHOICE = re.compile(r"\[([^\[\]()]*)\]|\(([^\[\]()]*)\)")
_SLOT = re.compile(r"(\{\w+\})")
_REF = re.compile(r"<(\w+)>")
_WEIGHT = re.compile(r"^(\d+)\* ")


@dataclass(frozen=True)
class Frame:
    """One line of a bank: its text with slots, its arguments, its weight."""

    text: str
    args: dict[str, str]
    weight: int = 1


@dataclass
class Group:
    """Sentences with one answer."""

    args: dict[str, str]
    weight: float
    frames: list[Frame] = field(default_factory=list)


@dataclass
class Bank:
    """All groups and named phrases of one language."""

    language: str
    groups: list[Group] = field(default_factory=list)
    named: dict[str, list[Frame]] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """A stretch of an utterance; noise never touches a kept one."""

    text: str
    kept: bool


@dataclass
class Filled:
    """A frame with its slots filled: its pieces, the values of its slots, the arguments."""

    pieces: list[Piece]
    args: dict[str, Any]


def _arguments(text: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in text.split())


def parse_frame(line: str) -> Frame:
    """One line of a bank as a frame."""
    weight = 1
    if match := _WEIGHT.match(line):
        weight, line = int(match[1]), line[match.end() :]
    text, _, args = line.partition(" :: ")
    return Frame(text.strip(), _arguments(args), weight)


def _read_into(bank: Bank, path: Path) -> None:
    frames: list[Frame] = []
    factor = 1.0
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("# "):
            continue
        if line.startswith("% "):
            factor = float(line[2:])
        elif line.startswith("= "):
            verb, _, rest = line[2:].partition(" ")
            args = _arguments(rest)
            group = Group({"verb": verb} | args, factor * float(args.pop("w", "1")))
            group.args.pop("w", None)
            bank.groups.append(group)
            frames = group.frames
        elif line.startswith("@ "):
            frames = bank.named.setdefault(line[2:].strip(), [])
        else:
            frames.append(parse_frame(line))


def load_bank(root: Path, language: str) -> Bank:
    """Return the bank of a language, read from all its files in the order of their names."""
    bank = Bank(language)
    for path in sorted((root / language).glob("*.txt")):
        _read_into(bank, path)
        if empty := next((group for group in bank.groups if not group.frames), None):
            raise ValueError(f"{path.name}: a group without sentences: {empty.args}")
    return bank


def choose_words(text: str, rng: random.Random) -> str:
    """Return the text with its alternatives and optional parts decided."""

    def decide(match: re.Match[str]) -> str:
        if match[1] is not None:
            return rng.choice(match[1].split("|")) if rng.random() < 0.5 else ""
        return rng.choice(match[2].split("|"))

    while _CHOICE.search(text):
        text = _CHOICE.sub(decide, text)
    return re.sub(r" {2,}", " ", text).strip()


def _value(template: str, bound: dict[str, Any]) -> Any:
    if match := re.fullmatch(r"(\*?)<(\w+)>(\*?)", template):
        value = bound[match[2]]
        return match[1] + value + match[3] if match[1] or match[3] else value
    if template[0] in "[{":
        return json.loads(_REF.sub(lambda match: json.dumps(bound[match[1]]), template))
    if template in ("true", "false"):
        return template == "true"
    return int(template) if re.fullmatch(r"-?\d+", template) else template


def pick(frames: list[Frame], rng: random.Random) -> Frame:
    """Return one frame by weight."""
    return rng.choices(frames, [frame.weight for frame in frames])[0]


def fill(bank: Bank, frame: Frame, rng: random.Random, more: dict[str, str] | None = None) -> Filled:
    """Return the frame with words and slots chosen; ``more`` are argument templates of its group."""
    pieces: list[Piece] = []
    bound: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    texts: dict[str, str] = {}
    parts = _SLOT.split(choose_words(frame.text, rng))
    for place, part in enumerate(parts):
        if not _SLOT.fullmatch(part):
            pieces.append(Piece(part, False))
            continue
        slot = part[1:-1]
        kind = slot.rstrip("0123456789")
        if kind in bank.named:
            filled = fill(bank, pick(bank.named[kind], rng), rng)
            pieces += filled.pieces
            bound[slot] = inner[slot] = filled.args
        else:
            if slot not in texts:
                loose = (parts[place + 1][:1] or " ") in " ,.?" and (parts[place - 1][-1:] or " ") == " "
                texts[slot], bound[slot] = make_slot(kind, bank.language, rng, set(map(str, bound.values())), loose)
            pieces.append(Piece(texts[slot], True))
    templates = (more or {}) | frame.args
    taken = {name for template in templates.values() for name in _REF.findall(template)}
    args: dict[str, Any] = {}
    for slot, values in inner.items():
        args |= {} if slot in taken else values
    args |= {key: _value(template, bound) for key, template in templates.items()}
    return Filled(_joined(pieces), args)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The pieces that hold something, with no blank before a comma that a named phrase begins with."""
    follows = [*(piece.text for piece in pieces[1:]), ""]
    close = [
        Piece(piece.text.rstrip(" ") if after.startswith(", ") and not piece.kept else piece.text, piece.kept)
        for piece, after in zip(pieces, follows, strict=True)
    ]
    return [piece for piece in close if piece.text]
