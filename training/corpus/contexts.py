"""Follow-ups: a short utterance that is understood from the request and answer before it."""

from __future__ import annotations

import random
from typing import Any

from training.corpus.frames import Bank, fill, pick

Answer = dict[str, Any]


def previous(bank: Bank, rng: random.Random) -> tuple[str, Answer]:
    """Return a request that leaves rows behind, and its answer."""
    filled = fill(bank, pick(bank.named["before"], rng), rng)
    return "".join(piece.text for piece in filled.pieces), filled.args


def follow_up(bank: Bank, rng: random.Random) -> tuple[tuple[str, Answer], list[Any], Answer]:
    """Return the previous exchange, the pieces of the next utterance, and its complete answer."""
    while True:
        before, earlier = previous(bank, rng)
        filled = fill(bank, pick(bank.named["next"], rng), rng)
        args = dict(filled.args)
        how = args.pop("how", "new")
        if how == "new":
            return (before, earlier), filled.pieces, args
        if how == "again":
            return (before, earlier), filled.pieces, earlier
        if earlier["verb"] not in ("process.list", "process.count", "process.show"):
            continue
        if how == "verb":
            dropped = ("sort", "reverse", "limit") if args["verb"] == "process.count" else ()
            kept = {key: value for key, value in earlier.items() if key not in dropped}
            return (before, earlier), filled.pieces, kept | args
        if earlier["verb"] in ("process.list", "process.count"):
            return (before, earlier), filled.pieces, earlier | args
