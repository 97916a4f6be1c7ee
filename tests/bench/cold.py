"""One request from a cold start: the whole command, and its parts one by one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nlsh.executor.core import core_registry
from nlsh.models.store import CONTEXT, ModelFile
from nlsh.models.worker import Load, ModelWorker
from nlsh.parser.parse import Parser
from tests.bench.home import Home
from tests.bench.samples import Samples

REQUEST = "show the 5 processes using the most memory"
PROGRAMS = {
    "python": "",
    "import_cli": "import nlsh.cli",
    "import_session": "import nlsh.session",
    "import_llama_cpp": "import llama_cpp.llama_cpp",
    "import_llguidance": "import llguidance",
    "import_numpy": "import numpy",
}
"""Parts that are a Python process each, bare Python among them."""


def measure(home: Home, *, runs: int) -> dict[str, Any]:
    """`nlsh -c REQUEST` and its parts, `runs` times each, in turns. The files are in the page cache."""
    command = [str(Path(sys.executable).with_name("nlsh")), "-c", REQUEST]
    environment = {**os.environ, "NLSH_HOME": str(home.path)}
    whole = Samples()
    programs = {name: Samples() for name in PROGRAMS}
    codes = set()
    staged = []
    _run(command, environment)
    for _ in range(runs):
        with whole.timed():
            codes.add(_run(command, environment))
        staged.append(_staged(environment))
        for name, samples in programs.items():
            with samples.timed():
                _run([sys.executable, "-c", PROGRAMS[name]], environment)
    stages = {name: Samples([each["stages"][name] for each in staged]) for name in staged[0]["stages"]}
    return {
        "request": REQUEST,
        "exit_codes": sorted(codes),
        "one_shot": whole.report(),
        "stages": {name: samples.report() for name, samples in stages.items()},
        "programs": {name: samples.report() for name, samples in programs.items()},
        "worker": _worker(home.model, runs),
        "memory": staged[-1]["memory"],
    }


def _worker(model: ModelFile, runs: int) -> dict[str, Any]:
    """A fresh worker: until the model is loaded, then the first utterance and the second."""
    parts = {name: Samples() for name in ("ready", "first_parse", "second_parse")}
    for _ in range(runs):
        with parts["ready"].timed():
            worker = ModelWorker(Load(path=model.path, context_length=CONTEXT[model.style]))
            worker.wait()
        parser = Parser(core_registry(), worker, style=model.style)
        for name in ("first_parse", "second_parse"):
            with parts[name].timed():
                parser.parse(REQUEST)
        worker.close()
    return {name: samples.report() for name, samples in parts.items()}


def _staged(environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.stages", str(time.monotonic()), REQUEST]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    staged: dict[str, Any] = json.loads(done.stdout)
    return staged


def _run(command: Sequence[str], environment: dict[str, str]) -> int:
    quiet = subprocess.DEVNULL
    return subprocess.run(command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet, check=False).returncode
