"""llama.cpp by itself: evaluates given tokens and nothing else. Run as `python -m tests.bench.raw MODEL`.

It reads JSON lines `{"prompt": [[text, special], ...], "answer": text}` and answers each with the token counts and the
seconds for the prompt, evaluated as one batch, and for the answer, evaluated token by token. No grammar, no sampling.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import Any

CONTEXT = 1024
_SETTINGS = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


class Raw:
    """The near side: a process with llama.cpp in it.

    `spins` says how long its threads spin at a barrier before they sleep (GOMP_SPINCOUNT); "" leaves that to libgomp.
    """

    def __init__(self, model: str, spins: str = "") -> None:
        environment = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
        if spins:
            environment["GOMP_SPINCOUNT"] = spins
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.raw", model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(self, prompt: list[list[Any]], answer: str) -> dict[str, Any]:
        """Evaluate a prompt and an answer; `prompt_tokens`, `prompt_seconds`, `answer_tokens`, `answer_seconds`."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"prompt": prompt, "answer": answer}) + "\n")
        self._process.stdin.flush()
        measured: dict[str, Any] = json.loads(self._process.stdout.readline())
        return measured

    def close(self) -> None:
        """End it."""
        self._process.communicate()


class _Model:
    """The far side: a model, its context and its vocabulary, through the C functions."""

    def __init__(self, path: str) -> None:
        import llama_cpp.llama_cpp as api

        from tests.bench.machine import facts

        self._api = api
        self._log = api.llama_log_callback(lambda level, text, data: None)
        api.llama_log_set(self._log, None)
        api.llama_backend_init()
        params = api.llama_model_default_params()
        params.use_extra_bufts = not facts()["amx"]  # its AMX kernels crash, see docs/performance.md
        self._model = api.llama_model_load_from_file(path.encode(), params)
        settings = api.llama_context_default_params()
        settings.n_ctx = CONTEXT
        settings.n_threads = settings.n_threads_batch = len(os.sched_getaffinity(0))
        self._context = api.llama_init_from_model(self._model, settings)
        self._vocabulary = api.llama_model_get_vocab(self._model)

    def tokens(self, text: str, special: bool) -> list[int]:
        raw = text.encode()
        room = (self._api.llama_token * (len(raw) + 8))()
        count = self._api.llama_tokenize(self._vocabulary, raw, len(raw), room, len(room), False, special)
        return list(room[:count])

    def clear(self) -> None:
        self._api.llama_memory_clear(self._api.llama_get_memory(self._context), True)

    def evaluate(self, tokens: list[int]) -> float:
        """Seconds until the logits after these tokens are there."""
        room = (self._api.llama_token * len(tokens))(*tokens)
        began = time.perf_counter()
        assert self._api.llama_decode(self._context, self._api.llama_batch_get_one(room, len(tokens))) == 0
        self._api.llama_synchronize(self._context)
        return time.perf_counter() - began


def main() -> None:
    """Answer the lines of standard input."""
    model = _Model(sys.argv[1])
    for line in sys.stdin:
        wanted = json.loads(line)
        prompt = [token for text, special in wanted["prompt"] for token in model.tokens(text, special)]
        answer = model.tokens(wanted["answer"], False)
        model.clear()
        measured = {
            "prompt_tokens": len(prompt),
            "prompt_seconds": model.evaluate(prompt),
            "answer_tokens": len(answer),
            "answer_seconds": sum(model.evaluate([token]) for token in answer),
        }
        print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
