"""Reading an utterance with the model loaded, beside what llama.cpp alone takes for the same tokens."""

from __future__ import annotations

import os
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
SPINS = "10000"
"""For both sides: what nlsh takes on an idle machine. Threads that spin longer would disturb the other side."""


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
    os.environ["GOMP_SPINCOUNT"] = SPINS
    worker = ModelWorker(Load(path=model.path, context_length=CONTEXT[model.style]))
    raw = Raw(str(model.path), SPINS)
    try:
        heard = _Listener(worker)
        tally = _Tally(Parser(core_registry(), heard, style=model.style), heard, raw)
        for utterance in chosen[:WARMING]:
            tally.once(utterance)
        tally.forget()
        for _ in range(rounds):
            for utterance in chosen:
                tally.once(utterance)
        return {"utterances": len(chosen), "rounds": rounds, **tally.report()}
    finally:
        worker.close()
        raw.close()


class _Tally:
    """Times of the parser and of llama.cpp, taken in turns."""

    def __init__(self, parser: Parser, heard: _Listener, raw: Raw) -> None:
        self._parser, self._heard, self._raw = parser, heard, raw
        self.forget()

    def forget(self) -> None:
        """Begin anew: the first ones only warm up."""
        self._parse, self._around = Samples(), Samples()
        self._measured: list[dict[str, Any]] = []
        self._sampled = 0

    def once(self, utterance: str) -> None:
        """Read one utterance, then have llama.cpp evaluate the same tokens."""
        began = time.perf_counter()
        self._parser.parse(utterance)
        took = time.perf_counter() - began
        self._parse.seconds.append(took)
        self._around.seconds.append(took - self._heard.seconds)
        self._sampled += len(self._heard.said.choices)
        self._measured.append(self._raw.run(self._heard.prompt, self._heard.said.text))

    def report(self) -> dict[str, Any]:
        """Milliseconds, their ratio, and tokens a second."""
        raw = Samples([each["prompt_seconds"] + each["answer_seconds"] for each in self._measured])
        prompt, answer = self._sum("prompt_tokens"), self._sum("answer_tokens")
        return {
            "parse": self._parse.report(),
            "parse_outside_the_worker": self._around.report(),
            "raw": raw.report(),
            "ratio_of_medians": round(self._parse.median / raw.median, 3),
            "ratio_of_sums": round(sum(self._parse.seconds) / sum(raw.seconds), 3),
            "prompt_tokens": prompt,
            "answer_tokens": answer,
            "answer_tokens_sampled": self._sampled,
            "tokens_per_second": {
                "parse": round((prompt + answer) / sum(self._parse.seconds)),
                "raw": round((prompt + answer) / sum(raw.seconds)),
                "raw_prompt": round(prompt / self._sum("prompt_seconds")),
                "raw_answer": round(answer / self._sum("answer_seconds")),
            },
        }

    def _sum(self, key: str) -> Any:
        return sum(each[key] for each in self._measured)
