"""llama.cpp on a busy machine: with threads that sleep at its barriers, and with threads that spin there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nlsh.models.store import ModelFile
from tests.bench.raw import Raw
from tests.bench.samples import Samples

POLICIES = {"passive": "passive", "spinning": ""}
PROMPT = [
    ["<|im_start|>user\n", True],
    ["how much memory is free", False],
    ["<|im_end|>\n<|im_start|>assistant\n", True],
]
ANSWER = '{"verb":"memory.usage"}'
_BUSY = """
import os, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0))).start()
while True:
    pass
"""
LONGEST = 60.0
"""Seconds; a policy that needs more is cut short."""


def measure(model: ModelFile, *, runs: int) -> dict[str, Any]:
    """A short prompt and answer with each policy: alone, and beside one busy process for each core."""
    idle = {name: _times(model, policy, runs) for name, policy in POLICIES.items()}
    with _busy(len(os.sched_getaffinity(0))):
        busy = {name: _times(model, policy, runs) for name, policy in POLICIES.items()}
    return {"idle": idle, "busy": busy}


def _times(model: ModelFile, policy: str, runs: int) -> dict[str, float | int]:
    raw = Raw(str(model.path), policy)
    samples = Samples()
    try:
        end = time.monotonic() + LONGEST
        while len(samples.seconds) < runs and time.monotonic() < end:
            measured = raw.run(PROMPT, ANSWER)
            samples.seconds.append(measured["prompt_seconds"] + measured["answer_seconds"])
    finally:
        raw.close()
    return samples.report()


@contextmanager
def _busy(count: int) -> Iterator[None]:
    """That many processes that use all of a core each, and end with this one."""
    code = (
        "import os, threading\nthreading.Thread(target=lambda: (os.read(0, 1), os._exit(0))).start()\nwhile True: pass"
    )
    loads = [subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) for _ in range(count)]
    try:
        yield
    finally:
        for each in loads:
            each.communicate()
