"""The corpus: lines whose answers follow from their utterances."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from nlsh.executor.core import core_registry
from training.corpus import declared
from training.corpus.__main__ import DECLARED_VERBS, Writer, make_corpus, write_declared
from training.corpus.frames import Bank, Piece, fill, load_bank, parse_frame
from training.corpus.law import breach
from training.corpus.noise import add_noise
from training.corpus.slots import in_words


@pytest.fixture(scope="module")
def corpus() -> list[dict[str, object]]:
    """A small corpus."""
    return make_corpus(3, 6000)


def test_the_same_seed_gives_the_same_corpus(corpus: list[dict[str, object]]) -> None:
    """Training can be done again."""
    assert make_corpus(3, 6000) == corpus


def test_every_verb_and_kind_of_line_is_there(corpus: list[dict[str, object]]) -> None:
    """All verbs of the core, several steps, follow-ups, declarations, and what nothing can do."""
    answers = [json.loads(str(line["answer"])) for line in corpus if line["system"] is None]
    verbs = {answer["verb"] for answer in answers if isinstance(answer, dict)}
    assert {verb.name for verb in core_registry()} - {"notify"} <= verbs
    assert any(isinstance(answer, list) for answer in answers)
    assert any(line["context"] for line in corpus)
    assert any(line["system"] for line in corpus)
    assert 0.1 < sum(answer == {"verb": "unknown"} for answer in answers) / len(answers) < 0.35


def test_a_slot_that_comes_twice_is_one_thing() -> None:
    """What a sentence names twice has one value."""
    frame = parse_frame("if {name} ends start {name} again :: name=<name>")
    filled = fill(Bank("en"), frame, random.Random(1))
    text = "".join(piece.text for piece in filled.pieces)
    assert text == f"if {filled.args['name']} ends start {filled.args['name']} again"


def test_a_file_can_weigh_less(tmp_path: Path) -> None:
    """The factor at the top of a file goes for all its groups."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "a.txt").write_text("% 0.5\n= system.load w=8\nload\n= system.time\ntime\n")
    (tmp_path / "en" / "b.txt").write_text("= system.uptime w=3\nuptime\n")
    assert [group.weight for group in load_bank(tmp_path, "en").groups] == [4.0, 0.5, 3.0]


def test_a_group_without_sentences_is_named(tmp_path: Path) -> None:
    """It is a slip of whoever wrote the bank."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "a.txt").write_text("= system.load\n= system.time\ntime\n")
    with pytest.raises(ValueError, match=r"a\.txt: a group without sentences: .*system\.load"):
        load_bank(tmp_path, "en")


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "zero"), (17, "seventeen"), (300, "three hundred"), (12012, "twelve thousand twelve")],
)
def test_in_words(number: int, words: str) -> None:
    """A number is spoken as people do."""
    assert words in {in_words(number, random.Random(seed)).replace(" and ", " ").replace("-", " ") for seed in range(5)}


def test_a_declared_verb_is_answered_by_its_names_in_the_prompt() -> None:
    """Its name and arguments are those of this prompt; a verb that is not declared is unknown."""
    verbs = declared.load(DECLARED_VERBS)
    for seed in range(200):
        line = declared.declared_line(verbs, random.Random(seed))
        shown = dict(each.split("(", 1) for each in line.system.splitlines())
        if line.answer != {"verb": "unknown"}:
            arguments = shown[str(line.answer["verb"])].partition(")")[0].split(", ")
            assert set(line.answer) - {"verb"} <= set(arguments)
            assert breach(line.utterance, line.answer) is None


def test_what_a_declaration_makes_possible_is_nothing_without_it() -> None:
    """Some of the sentences for declared verbs are there again without a declaration, as unknown."""
    writer = Writer()
    write_declared(writer, 300, random.Random(3))
    meant = {line["utterance"] for line in writer.lines if line["system"]}
    bare = [line for line in writer.lines if not line["system"]]
    assert len(bare) > 10
    assert all(line["utterance"] in meant and json.loads(line["answer"]) == {"verb": "unknown"} for line in bare)


def test_typing_errors_spare_what_the_answer_copies() -> None:
    """Words of the phrase are mistyped, in any language with letters; the values stay as they are."""
    pieces = [Piece("fermez le programme ", False), Piece("firefox", True)]
    heard = {add_noise(pieces, "fr", random.Random(seed)) for seed in range(300)}
    assert all("firefox" in text for text in heard)
    assert any("fermez le programme" not in text.lower() for text in heard)
