"""nlsh on a busy machine, beside llama.cpp with threads that spin at its barriers and with threads that sleep there."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nlsh.executor.core import core_registry
from nlsh.models.store import CONTEXT, ModelFile
from nlsh.models.worker import Load, ModelWorker
from nlsh.parser import prompt
from nlsh.parser.parse import Parser
from tests.bench.raw import Raw
from tests.bench.samples import Samples

UTTERANCE = "show the 5 processes using the most memory"
PAUSE = 0.05
"""Seconds until the threads of the last one are asleep for certain."""
_BUSY = """
import os, threading
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0))).start()
while True:
    pass
"""
LONGEST = 60.0
"""Seconds for one load; what needs more is cut short."""


def measure(model: ModelFile, *, runs: int) -> dict[str, Any]:
    """Alone, beside one busy process, and beside one and two of them for each core: nlsh and llama.cpp in turns."""
    cores = len(os.sched_getaffinity(0))
    loads = {"idle": 0, "one_busy": 1, "one_busy_a_core": cores, "two_busy_a_core": 2 * cores}
    return {name: _beside(busy, model, runs) for name, busy in loads.items()}


def _beside(busy: int, model: ModelFile, runs: int) -> dict[str, Any]:
    """`nlsh` reads an utterance; `spinning` and `sleeping` are llama.cpp alone, that evaluates the same tokens."""
    os.environ.pop("GOMP_SPINCOUNT", None)
    with _busy(busy):
        worker = ModelWorker(Load(path=model.path, context_length=CONTEXT[model.style]))
        raws = {"spinning": Raw(str(model.path)), "sleeping": Raw(str(model.path), "0")}
        try:
            times = _times(Parser(core_registry(), worker, style=model.style), raws, runs)
        finally:
            for each in (worker, *raws.values()):
                each.close()
    return {name: samples.report() for name, samples in times.items()}


def _times(parser: Parser, raws: dict[str, Raw], runs: int) -> dict[str, Samples]:
    times = {"nlsh": Samples(), **{name: Samples() for name in raws}}
    segments = [[segment.text, segment.special] for segment in prompt.trained(UTTERANCE)]
    end = time.monotonic() + LONGEST
    while len(times["nlsh"].seconds) < runs and time.monotonic() < end:
        with times["nlsh"].timed():
            said = parser.parse(UTTERANCE)
        for name, raw in raws.items():
            measured = raw.run(segments, said.plan.to_wire())
            times[name].seconds.append(measured["prompt_seconds"] + measured["answer_seconds"])
            time.sleep(PAUSE)
    return times


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
