"""Train the router's scorer and write its weights: ``python -m training.router``."""

from __future__ import annotations

import argparse
import random
from array import array
from pathlib import Path

import numpy as np

from nlsh.parser import scorer, shapes
from training.corpus.__main__ import PHRASES, SHARES, Writer, write_language
from training.corpus.frames import load_bank
from training.router.templates import FOLDER, lines, load_slots

Example = tuple["np.ndarray[tuple[int], np.dtype[np.int64]]", float]


def examples(seed: int, size: int) -> list[Example]:
    """`size` commands and about as many sentences, as the places of their features and 1 or 0."""
    rng = random.Random(seed)
    slots = load_slots()
    commands = lines(FOLDER / "commands.txt", size, slots, rng)
    sentences = lines(FOLDER / "sentences.txt", size * 3 // 4, slots, rng) + spoken(rng, size // 4)
    sentences += [text[:1].upper() + text[1:] + rng.choice(["", ".", "?"]) for text in sentences[::6]]
    labelled = [(text, 1.0) for text in commands] + [(text, 0.0) for text in sentences]
    rng.shuffle(labelled)
    return [(np.fromiter(scorer.features(shapes.read(text)), dtype=np.int64), label) for text, label in labelled]


def spoken(rng: random.Random, size: int) -> list[str]:
    """Sentences of the corpus, in all its languages."""
    writer = Writer()
    for language, share in SHARES.items():
        write_language(writer, load_bank(PHRASES, language), round(size * share), rng)
    return [line["utterance"] for line in writer.lines]


def fit(data: list[Example], rounds: int, rate: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Logistic regression by gradient descent, one example at a time, the scale as the scorer has it."""
    weights = np.zeros(scorer.SIZE)
    for step in range(rounds):
        for places, label in data:
            root = max(1.0, len(places) ** 0.5)
            odds = weights[places].sum() / root
            wrong = label - 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
            np.add.at(weights, places, rate / (1 + step) * wrong / root)
        weights *= 0.98
    return weights


def main() -> None:
    """Write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=9000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    weights = fit(examples(arguments.seed, arguments.size), arguments.rounds, 1.0)
    whole = np.clip(np.rint(weights * scorer.SCALE), -32768, 32767).astype("<i2")
    data = array("h", whole.tolist()).tobytes()
    Path(scorer.DATA).write_bytes(data)
    print(f"{scorer.DATA}: {np.count_nonzero(whole)} weights, {len(data)} bytes")


if __name__ == "__main__":
    main()
