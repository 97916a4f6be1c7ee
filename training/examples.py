"""The corpus as token ids, in batches of about one length."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

import torch

from nlsh.parser.prompt import END_MARK, Segment, trained
from training.network import Batch

#: Examples longer than this many tokens are left out; an utterance is one line.
LONGEST = 512

#: This many batches are sorted by length together: enough for little padding, few enough to stay shuffled.
_SORTED_TOGETHER = 64


class Tokeniser(Protocol):
    """The one method of `llama_cpp.Llama` that is needed here."""

    def tokenize(self, text: bytes, add_bos: bool = ..., special: bool = ...) -> list[int]:
        """Token ids of `text`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One line of the corpus: the token ids of prompt and answer; the answer's begin at `start`."""

    tokens: tuple[int, ...]
    start: int


def load(corpus: Path, tokeniser: Tokeniser) -> list[Example]:
    """The examples of a JSONL corpus in its order, without those longer than `LONGEST`."""
    with corpus.open(encoding="utf-8") as lines:
        examples = [example(json.loads(line), tokeniser) for line in lines if line.strip()]
    return [each for each in examples if len(each.tokens) <= LONGEST]


def example(line: dict[str, object], tokeniser: Tokeniser) -> Example:
    """The example of one corpus line: `utterance`, `answer`, and `context` and `system` where they are not null."""
    utterance, answer, context, system = (line.get(key) for key in ("utterance", "answer", "context", "system"))
    before = (str(context[0]), str(context[1])) if isinstance(context, list) else None
    prompt = trained(str(utterance), context=before, system=str(system) if system else None)
    asked = encode(prompt, tokeniser)
    answered = encode((Segment(text=str(answer), special=False), END_MARK), tokeniser)
    return Example(tokens=(*asked, *answered), start=len(asked))


def encode(segments: Sequence[Segment], tokeniser: Tokeniser) -> list[int]:
    """Token ids of `segments`, each tokenised by itself."""
    return [
        token
        for segment in segments
        for token in tokeniser.tokenize(segment.text.encode(), add_bos=False, special=segment.special)
    ]


def batches(examples: Sequence[Example], rows: int, seed: int) -> Iterator[list[Example]]:
    """Endless batches of `rows` examples, each pass over the corpus in another order that `seed` fixes."""
    for epoch in count():
        order = random.Random(f"{seed} {epoch}")
        shuffled = order.sample(examples, len(examples))
        sorted_ones = [
            each
            for part in _parts(shuffled, rows * _SORTED_TOGETHER)
            for each in sorted(part, key=lambda one: len(one.tokens))
        ]
        together = list(_parts(sorted_ones, rows))
        order.shuffle(together)
        yield from together


def _parts(items: list[Example], size: int) -> Iterator[list[Example]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def batch(examples: Sequence[Example]) -> Batch:
    """`examples` as tensors: padded at the end, with the positions that predict an answer token."""
    # The last token, the end mark, is only ever predicted.
    length = max(len(each.tokens) for each in examples) - 1
    tokens = torch.zeros(len(examples), length, dtype=torch.long)
    for row, each in enumerate(examples):
        tokens[row, : len(each.tokens) - 1] = torch.tensor(each.tokens[:-1])
    where = [
        row * length + at for row, each in enumerate(examples) for at in range(each.start - 1, len(each.tokens) - 1)
    ]
    answers = [token for each in examples for token in each.tokens[each.start :]]
    return Batch(tokens=tokens, where=torch.tensor(where), answers=torch.tensor(answers))
