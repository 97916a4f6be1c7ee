"""Noise of real speakers: typos, case, politeness, punctuation. Kept pieces, the copied values, stay as they are."""

from __future__ import annotations

import random
import re
import unicodedata
from typing import Any

from training.corpus.frames import Piece
from training.corpus.law import FREE

IMPERATIVES = frozenset(
    "kill stop end terminate close quit suspend pause freeze resume continue unfreeze show list display print get find give "
    "tell check set change raise lower limit cap pin wait run start launch execute watch monitor notify alert restart "
    "reboot move trash ping count remove delete renice boost put send force cancel open shut turn let warn inspect".split()
)
_LOOKS = frozenset("show list display print get find give tell check watch monitor count inspect".split())
_QUESTIONS = frozenset("what which who how is are does do where when why what's who's".split())
_ASKS = ("please", "can you", "could you", "could you please", "would you", "I want you to", "I need you to", "hey,", "ok,",
         "ok now", "now", "just", "quick,", "hey nlsh,", "can u", "pls", "go ahead and", "i'd like you to", "alright,",
         "computer,", "would you kindly", "um,", "so,")  # fmt: skip
_TAILS = ("please", "thanks", "for me", "for me please", "right now", "now", "pls", "thank you", "asap", "quickly", "ok?",
          "if you can", "immediately")  # fmt: skip
_REASONS_TO_ACT = (
    "it hangs",
    "it's frozen",
    "it is stuck again",
    "it's been running for hours",
    "I need the memory",
    "I don't need it any more",
    "nobody uses it",
    "it drives me mad",
    "I have a meeting in a minute",
    "I'm about to present",
    "my laptop gets hot",
    "the fan is roaring",
    "it should not be there",
    "we're done with it",
    "it's only in the way",
    "it has to wait",
    "I'm on battery",
    "the update is through",
    "it was a mistake",
    "it's late",
    "I want to go home",
    "someone else needs the machine",
    "before it gets worse",
    "it slows everything down",
    "the config changed",
    "there's a new version",
    "the tests are over",
    "I can't work like this",
    "that's enough for today",
    "I'll look at it later",
    "it won't answer",
    "the maintenance begins",
)
_REASONS_TO_ASK = (
    "something is slow",
    "I wonder why it's so slow",
    "it smells odd in here",
    "the fan is loud",
    "I just got here",
    "I want to see what's going on",
    "before I go home",
    "builds keep failing",
    "apt refuses to run",
    "it was fine yesterday",
    "I need it for the report",
    "my boss asks",
    "I forgot",
    "I can't remember",
    "users complain",
    "the site is down",
    "I'm curious",
    "it feels sluggish",
    "pages keep reloading",
    "I'm debugging something",
    "the customer is waiting",
    "the alarm went off",
    "that can't be right",
    "I'm new on this box",
    "I only want to check",
    "it's for a ticket",
    "the deploy just finished",
)
_STORIES = (
    "my laptop is crawling",
    "the fan is roaring again",
    "this box is so slow today",
    "everything stutters",
    "the build takes forever",
    "I'm back from lunch",
    "I just logged in",
    "ok, new day",
    "something is off here",
    "I've no idea what is going on",
    "the call starts in a minute",
    "I'm on the train with little battery",
    "the server was upgraded last night",
    "typing lags",
    "we have guests on this machine",
    "it's getting hot in here",
    "I did something stupid",
    "before I forget",
    "right then",
    "the mouse jumps around",
    "I'm leaving in five",
    "support says to check this",
    "nothing works today",
    "well",
)
_JOINTS = (", ", ", ", ", ", " - ", "; ", ". ")
_NEAR = {
    "a": "sqe", "b": "vn", "c": "xv", "d": "sf", "e": "wra", "f": "dg", "g": "fh", "h": "gj", "i": "uoe", "j": "hk", "k": "jl",
    "l": "ko", "m": "n", "n": "mb", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip
"""A letter and those beside it on the keyboard."""
_FRAGILE = frozenset(
    "not all but and the two six ten one any off don't never except second seconds minute minutes hours running stopped sleeping zombie service daemon force memory "
    "first third other least above below under unless shutdown without every".split()
)


_MISTYPED = {"en": 0.18, "es": 0.07, "de": 0.07, "fr": 0.07}
"""Share of the sentences of a language with typing errors."""


def _unaccented(text: str) -> str:
    """The text as typed on a keyboard without accents, or in a hurry."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _typo(word: str, rng: random.Random) -> str:
    place = rng.randrange(min(1, len(word) - 3), len(word) - 1)
    kind = rng.choice((0, 0, 1, 2, 3))
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 1:
        near = _NEAR.get(word[place].lower(), word[place])
        return word[:place] + rng.choice(near) + word[place + 1 :]
    return word[:place] + word[place + 1 :] if kind == 2 else word[:place] + word[place] + word[place:]


def _misspell(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """Mistype one to three words of the phrase itself; a word that turns the meaning stays whole."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        pieces = _misspell_one(pieces, rng)
    return pieces


def _misspell_one(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    spots = [
        (index, match.span())
        for index, piece in enumerate(pieces)
        if not piece.kept
        for match in re.finditer(r"(?<![\w'$/.-])[^\W\d_]{3,}(?![\w'/.-])", piece.text)
        if match[0].lower() not in _FRAGILE
    ]
    if not spots:
        return pieces
    index, (start, end) = rng.choice(spots)
    text = pieces[index].text
    changed = text[:start] + _typo(text[start:end], rng) + text[end:]
    return [*pieces[:index], Piece(changed, False), *pieces[index + 1 :]]


def _recase(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    dice = rng.random()
    if dice < 0.16 and not pieces[0].kept:
        head = pieces[0].text
        return [Piece(head[:1].upper() + head[1:], False), *pieces[1:]]
    if dice < 0.30:
        return [piece if piece.kept else Piece(piece.text.lower(), False) for piece in pieces]
    if dice < 0.31 and not any(piece.text.startswith(("s", "'s")) for piece in pieces):
        return [piece if piece.kept else Piece(piece.text.upper(), False) for piece in pieces]
    return pieces


def shout(pieces: list[Piece], answer: Any) -> tuple[list[Piece], Any]:
    """All of it in capitals, and with it what the answer copies."""
    return [Piece(piece.text.upper(), piece.kept) for piece in pieces], _raised(answer)


def _raised(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _raised(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_raised(each, key) for each in value]
    return value.upper() if isinstance(value, str) and key in FREE and value != "me" else value


def _explain(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    """With a reason behind it or a story before it, which change nothing."""
    first = pieces[0].text.split(" ")[0].lower() if not pieces[0].kept else ""
    if len(pieces[-1].text) < 2 or pieces[-1].text.endswith((".", "?", "!", "*")):
        return pieces
    if first in IMPERATIVES and rng.random() < 0.07:
        reasons = _REASONS_TO_ASK if first in _LOOKS else _REASONS_TO_ACT
        return [*pieces, Piece(rng.choice(_JOINTS) + rng.choice(reasons), False)]
    if first in _QUESTIONS and rng.random() < 0.05:
        return [*pieces, Piece(rng.choice(_JOINTS) + rng.choice(_REASONS_TO_ASK), False)]
    if (first in IMPERATIVES or first in _QUESTIONS) and rng.random() < 0.05:
        return [Piece(rng.choice(_STORIES) + rng.choice(_JOINTS), False), *pieces]
    return pieces


def _address(pieces: list[Piece], rng: random.Random) -> list[Piece]:
    first = pieces[0].text.split(" ")[0].lower() if not pieces[0].kept else ""
    if first not in IMPERATIVES:
        return pieces
    if rng.random() < 0.16:
        return [Piece(f"{rng.choice(_ASKS)} ", False), *pieces]
    if rng.random() < 0.09 and not pieces[-1].text.endswith((".", "?", "!")):
        return [*pieces, Piece(f" {rng.choice(_TAILS)}", False)]
    return pieces


def _finish(pieces: list[Piece], lang: str, rng: random.Random) -> list[Piece]:
    last = pieces[-1].text
    if last.endswith((".", "?", "!", "。", "？")):
        return pieces
    start = pieces[0].text.lower()
    asks = start.startswith(("how ", "what", "who", "which", "is ", "are ", "why", "can ", "could ", "do ", "does "))
    dice = rng.random()
    if asks and dice < 0.45:
        mark = rng.choice(("?", "?", "?", "?", "??", " ?", "?!"))
    elif dice < 0.12 and not last.endswith("*"):
        mark = "。" if lang in ("zh", "ja") else "."
    elif dice < 0.15:
        mark = rng.choice(("!", "!", "!!", "!!!", "...", " !", ";", ","))
    else:
        return pieces
    return [*pieces, Piece(mark, False)]


def add_noise(pieces: list[Piece], lang: str, rng: random.Random) -> str:
    """Return the text of the pieces as a hurried, polite or careless person would write it."""
    if lang == "en":
        pieces = _explain(_address(pieces, rng), rng)
    if rng.random() < _MISTYPED.get(lang, 0.0):
        pieces = _misspell(pieces, rng)
    if lang in ("es", "fr") and rng.random() < 0.1:
        pieces = [piece if piece.kept else Piece(_unaccented(piece.text), False) for piece in pieces]
    if lang not in ("zh", "ja"):
        pieces = _recase(pieces, rng)
    return "".join(piece.text for piece in _finish(pieces, lang, rng))
