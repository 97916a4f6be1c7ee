"""Write the corpus as JSON lines: ``python -m training.corpus --seed 0 --size 28000 > corpus.jsonl``."""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nlsh.executor.core import core_registry
from nlsh.plugin.host import bundled_verbs
from training.corpus.contexts import follow_up, previous
from training.corpus.declared import declarations, declared_line, load
from training.corpus.frames import Bank, Group, fill, load_bank, pick
from training.corpus.law import breach
from training.corpus.noise import add_noise, shout
from training.corpus.wire import compact, encode

PHRASES = Path(__file__).parent / "phrases"
DECLARED_VERBS = Path(__file__).parent / "declared"
EVALUATION = Path(__file__).parents[1] / "eval"
COMMON_WORDS = 3
SHARES = {"en": 0.62, "zh": 0.07, "es": 0.075, "de": 0.075, "fr": 0.085, "ja": 0.075} | dict.fromkeys(
    ("ca", "da", "eu", "gl", "it", "nb", "nl", "pl", "pt", "sv"), 0.006
)
FOLLOW_UPS = 0.06
DECLARED = 0.17
"""Share of the lines whose prompt declares further verbs; every third of them means none of those."""
CONTRASTS = 0.2
"""Share of what means a declared verb that is there again without the declaration, as what nothing can do."""
SHOUTED = 0.03
"""Share of the sentences that are all capitals, names too."""
ASIDE = 0.04
"""Share of the lines with a turn before that does not matter."""
_TRIES = 40


def registry_examples() -> Iterator[tuple[str, str]]:
    """Yield the examples of the verbs themselves as (utterance, wire text)."""
    for verb in (*core_registry(), *bundled_verbs()):
        for example in verb.examples:
            step = {"verb": verb.name, **example.args}
            yield example.utterance, json.dumps(step, separators=(",", ":"), ensure_ascii=False)


def _forms(utterance: str) -> tuple[str, ...]:
    """An example as it may be typed: with and without a capital, a full stop, politeness."""
    capital = utterance[0].upper() + utterance[1:]
    return (utterance, capital, f"{capital}.", f"please {utterance}", f"{utterance} please", f"could you {utterance}")


def sentence(bank: Bank, group: Group, rng: random.Random) -> tuple[str, Any]:
    """Return one utterance of a group and its answer."""
    more = {key: value for key, value in group.args.items() if key != "verb"}
    filled = fill(bank, pick(group.frames, rng), rng, more)
    answer = filled.args
    if group.args["verb"] == "+":
        answer = answer["steps"]
    else:
        answer = {"verb": group.args["verb"]} | ({} if group.args["verb"] == "unknown" else answer)
    pieces = filled.pieces
    if rng.random() < SHOUTED and not {"command", "path"} & _keys(answer):  # capitals make another file of a path
        pieces, answer = shout(pieces, answer)
    return add_noise(pieces, bank.language, rng), answer


def _keys(answer: Any) -> set[str]:
    if isinstance(answer, list):
        return set().union(*map(_keys, answer))
    return set(answer).union(*map(_keys, answer.values())) if isinstance(answer, dict) else set()


def bare(utterance: str) -> str:
    """The utterance without case and punctuation: how it is told whether two are the same."""
    return " ".join("".join(c if c.isalnum() else " " for c in utterance.lower()).split())


def held_out() -> frozenset[str]:
    """What the evaluation asks, bare, but for what is so short that everybody says it."""
    texts = [path.read_text(encoding="utf-8") for path in EVALUATION.glob("*.jsonl")]
    found = {bare(json.loads(line)["utterance"]) for text in texts for line in text.splitlines()}
    return frozenset(each for each in found if len(each.split()) > COMMON_WORDS or not each.isascii())


class Writer:
    """Collects distinct lines; refuses any that breaks the law of the answers or that the evaluation asks."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self._seen: dict[str, str] = {}
        self._held_out = held_out()

    def add(
        self, utterance: str, answer: Any, context: tuple[str, Any] | None = None, system: str | None = None
    ) -> bool:
        """Keep the line unless its utterance is already there; return whether it is kept.

        `context` is the turn before, `system` the verbs that the prompt declares.
        """
        wire = compact(answer) if system else encode(answer)
        key = f"{system or ''}\t{context[0] if context else ''}\t{utterance}".lower()
        if bare(utterance) in self._held_out or _repeats(answer):
            return False
        if key in self._seen:
            if self._seen[key] != wire:
                print(f"conflict: {utterance!r}: {self._seen[key]} or {wire}", file=sys.stderr)
            return False
        said = f"{context[0]} {utterance}" if context else utterance
        if fault := breach(said, answer):
            print(f"breach: {fault}: {utterance!r} -> {wire}", file=sys.stderr)
            return False
        self._seen[key] = wire
        earlier = [context[0], encode(context[1])] if context else None
        self.lines.append({"utterance": utterance, "answer": wire, "context": earlier, "system": system})
        return True


def _repeats(answer: Any) -> bool:
    """Whether a step comes twice, as nobody asks for it."""
    return isinstance(answer, list) and len({compact(step) for step in answer}) < len(answer)


def write_language(writer: Writer, bank: Bank, size: int, rng: random.Random) -> None:
    """Add about ``size`` sentences of one language, in the weights of its groups."""
    total = sum(group.weight for group in bank.groups)
    for group in bank.groups:
        wanted = max(1, round(size * group.weight / total))
        for _ in range(wanted * _TRIES):
            if wanted == 0:
                break
            wanted -= writer.add(*sentence(bank, group, rng))


def write_follow_ups(writer: Writer, bank: Bank, size: int, rng: random.Random) -> None:
    """Add about ``size`` follow-ups, each with its context."""
    for _ in range(size):
        context, pieces, answer = follow_up(bank, rng)
        writer.add(add_noise(pieces, bank.language, rng), answer, context)


def write_asides(writer: Writer, bank: Bank, size: int, rng: random.Random) -> None:
    """Add about ``size`` requests that mean by themselves what they mean, whatever was said before."""
    plain = [line for line in writer.lines if line["context"] is None and "ref" not in line["answer"]]
    for line in rng.sample(plain, min(len(plain), size)):
        writer.add(line["utterance"], json.loads(line["answer"]), previous(bank, rng))


def write_declared(writer: Writer, size: int, rng: random.Random) -> None:
    """Add about ``size`` lines with declarations in the prompt."""
    verbs = load(DECLARED_VERBS)
    plain = [line for line in writer.lines if line["context"] is None]
    for _ in range(size * 2 // 3):
        line = declared_line(verbs, rng)
        writer.add(line.utterance, line.answer, system=line.system)
        if line.telling and line.answer != {"verb": "unknown"} and rng.random() < CONTRASTS:
            writer.add(line.utterance, {"verb": "unknown"})
    for line in rng.sample(plain, min(len(plain), size // 3)):
        writer.add(line["utterance"], json.loads(line["answer"]), system=declarations(verbs, rng))


def make_corpus(seed: int, size: int) -> list[dict[str, Any]]:
    """Return the lines of a corpus in random order; the same seed gives the same lines."""
    rng = random.Random(seed)
    writer = Writer()
    for utterance, wire in registry_examples():
        for form in _forms(utterance):
            writer.add(form, json.loads(wire))
    for language, share in SHARES.items():
        bank = load_bank(PHRASES, language)
        if bank.groups:
            write_language(writer, bank, round(size * share), rng)
    write_follow_ups(writer, load_bank(PHRASES, "en"), round(size * FOLLOW_UPS), rng)
    write_asides(writer, load_bank(PHRASES, "en"), round(size * ASIDE), rng)
    write_declared(writer, round(size * DECLARED), rng)
    rng.shuffle(writer.lines)
    return writer.lines


def main() -> None:
    """Print the corpus."""
    parser = argparse.ArgumentParser(description="Write the training corpus as JSON lines.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=28000)
    arguments = parser.parse_args()
    for line in make_corpus(arguments.seed, arguments.size):
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
