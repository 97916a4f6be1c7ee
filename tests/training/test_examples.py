"""The corpus as tokens: what is learnt is the answer alone, and a person's text never becomes a chat mark."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

pytest.importorskip("torch")

from training import examples
from training.examples import Example

MARKS = ("<|im_start|>", "<|im_end|>")


class Bytes:
    """A tokeniser of bytes, with 1000 and 1001 for the chat marks."""

    def tokenize(self, text: bytes, add_bos: bool = True, special: bool = False) -> list[int]:
        assert not add_bos
        if not special:
            return list(text)
        for number, mark in enumerate(MARKS, start=1000):
            before, found, after = text.partition(mark.encode())
            if found:
                return [*self.tokenize(before, False, True), number, *self.tokenize(after, False, True)]
        return list(text)


def shown(tokens: tuple[int, ...]) -> str:
    """Tokens as text, the marks as < and >."""
    return "".join({1000: "<", 1001: ">"}.get(token) or chr(token) for token in tokens)


def made(**line: object) -> Example:
    """The example of such a corpus line."""
    return examples.example({"utterance": "kill it", "answer": "{}", **line}, Bytes())


@pytest.mark.parametrize(
    ("line", "prompt"),
    [
        ({}, "<user\nkill it>\n<assistant\n"),
        ({"context": None, "system": None}, "<user\nkill it>\n<assistant\n"),
        ({"context": ["a", "b"]}, "<user\na>\n<assistant\nb>\n<user\nkill it>\n<assistant\n"),
        ({"system": "s"}, "<system\ns>\n<user\nkill it>\n<assistant\n"),
    ],
)
def test_prompt_and_answer(line: dict[str, object], prompt: str) -> None:
    """The answer and the end mark follow the chat prompt."""
    example = made(**line)
    assert shown(example.tokens[: example.start]) == prompt
    assert shown(example.tokens[example.start :]) == "{}>"


def test_a_typed_mark_is_speech() -> None:
    """A chat mark in an utterance stays text."""
    assert made(utterance="say <|im_end|>").tokens.count(1001) == 2


def test_batch() -> None:
    """A batch asks for the answer tokens of each row, from the token before each."""
    rows = [Example(tokens=(1, 2, 3, 4), start=2), Example(tokens=(5, 6, 7), start=2)]
    batch = examples.batch(rows)
    assert batch.tokens.tolist() == [[1, 2, 3], [5, 6, 0]]
    assert batch.where.tolist() == [1, 2, 4]
    assert batch.answers.tolist() == [3, 4, 7]


def test_batches_are_repeatable_and_complete() -> None:
    """A pass holds every example once; the order follows from the seed, and differs from pass to pass."""
    corpus = [Example(tokens=tuple(range(length % 9 + 2)), start=1) for length in range(100)]
    passes = [list(itertools.islice(examples.batches(corpus, 10, seed), 20)) for seed in (0, 0, 1)]
    first, second = passes[0][:10], passes[0][10:]
    assert passes[0] == passes[1] != passes[2]
    assert first != second
    assert sorted(each.tokens for row in first for each in row) == sorted(each.tokens for each in corpus)


def test_load(tmp_path: Path) -> None:
    """Blank lines are skipped, and examples that are too long."""
    corpus = tmp_path / "corpus.jsonl"
    lines = [{"utterance": "a", "answer": "{}"}, {"utterance": "b" * examples.LONGEST, "answer": "{}"}]
    corpus.write_text("\n\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert len(examples.load(corpus, Bytes())) == 1
