"""Reading an utterance with the model loaded, beside what llama.cpp alone takes for the same tokens."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from nlsh.completion import Completion
from nlsh.executor.core import core_registry
from nlsh.models.store import CONTEXT, ModelFile
from nlsh.models.worker import Load, ModelWorker
from nlsh.parser.parse import Parser
from tests.bench.raw import Raw
from tests.bench.samples import Samples

UTTERANCES = Path(__file__).with_name("utterances.txt")
WARMING = 5


class _Listener:
    """The worker, with a note of what it was asked last, what it said, and how long that took."""

    def __init__(self, worker: ModelWorker) -> None:
        self._worker = worker
        self.prompt: list[list[Any]] = []
        self.seconds = 0.0
        self.said: Completion

    def complete(self, prompt: Any, grammar: str) -> Completion:
        self.prompt = [list(segment) for segment in prompt]
        began = time.perf_counter()
        self.said = self._worker.complete(prompt, grammar)
        self.seconds = time.perf_counter() - began
        return self.said


def measure(model: ModelFile, *, count: int, rounds: int, seed: int) -> dict[str, Any]:
    """Read `count` of the utterances `rounds` times in a shuffled order, each followed by llama.cpp alone."""
    utterances = UTTERANCES.read_text(encoding="utf-8").splitlines()
    random.Random(seed).shuffle(utterances)
    chosen = utterances[:count]
    worker = ModelWorker(Load(path=model.path, context_length=CONTEXT[model.style]))
    same, own = Raw(str(model.path), "passive"), Raw(str(model.path))
    try:
        heard = _Listener(worker)
        tally = _Tally(Parser(core_registry(), heard, style=model.style), heard, same, own)
        for utterance in chosen[:WARMING]:
            tally.once(utterance)
        tally.forget()
        for _ in range(rounds):
            for utterance in chosen:
                tally.once(utterance)
        return {"utterances": len(chosen), "rounds": rounds, **tally.report()}
    finally:
        worker.close()
        same.close()
        own.close()


class _Tally:
    """Times of the parser and of llama.cpp, taken in turns."""

    def __init__(self, parser: Parser, heard: _Listener, same: Raw, own: Raw) -> None:
        self._parser, self._heard, self._same, self._own = parser, heard, same, own
        self.forget()

    def forget(self) -> None:
        self._parse, self._around = Samples(), Samples()
        self._raw: dict[str, list[dict[str, Any]]] = {"same": [], "own": []}
        self._sampled = 0

    def once(self, utterance: str) -> None:
        began = time.perf_counter()
        self._parser.parse(utterance)
        took = time.perf_counter() - began
        self._parse.seconds.append(took)
        self._around.seconds.append(took - self._heard.seconds)
        self._sampled += len(self._heard.said.choices)
        for name, raw in (("same", self._same), ("own", self._own)):
            self._raw[name].append(raw.run(self._heard.prompt, self._heard.said.text))

    def report(self) -> dict[str, Any]:
        prompt, answer = (sum(each[f"{part}_tokens"] for each in self._raw["same"]) for part in ("prompt", "answer"))
        same, own = (_total(self._raw[name]) for name in ("same", "own"))
        return {
            "parse": self._parse.report(),
            "parse_outside_the_worker": self._around.report(),
            "raw": same.report(),
            "raw_spinning_threads": own.report(),
            "ratio_of_medians": round(self._parse.median / same.median, 3),
            "ratio_of_sums": round(sum(self._parse.seconds) / sum(same.seconds), 3),
            "ratio_of_sums_to_spinning": round(sum(self._parse.seconds) / sum(own.seconds), 3),
            "prompt_tokens": prompt,
            "answer_tokens": answer,
            "answer_tokens_sampled": self._sampled,
            "tokens_per_second": {
                "parse": round((prompt + answer) / sum(self._parse.seconds)),
                "raw": round((prompt + answer) / sum(same.seconds)),
                "raw_prompt": round(prompt / sum(each["prompt_seconds"] for each in self._raw["same"])),
                "raw_answer": round(answer / sum(each["answer_seconds"] for each in self._raw["same"])),
            },
        }


def _total(measured: list[dict[str, Any]]) -> Samples:
    return Samples([each["prompt_seconds"] + each["answer_seconds"] for each in measured])
