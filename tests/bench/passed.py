"""A command that is only passed through, beside the interpreter that carries it and the shell that runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.bench.samples import Samples

NLSH = str(Path(sys.executable).with_name("nlsh"))
COMMANDS = {
    "interpreter": [sys.executable, "-I", "-c", "pass"],
    "nlsh_name": [NLSH, "-c", "true"],
    "nlsh_command": [NLSH, "-c", "test -d / | cat"],
    "nlsh_script": [NLSH, "-c", "true\ntrue"],
    "bash": ["bash", "-c", "true"],
}
"""What is timed: bare Python, nlsh on a name alone, on a line that takes the router and on several lines, bash."""


def measure(*, runs: int) -> dict[str, Any]:
    """Milliseconds of each, `runs` times in turns, and by how much the medians of nlsh exceed bare Python's."""
    found = {name: Samples() for name in COMMANDS}
    for _ in range(runs):
        for name, command in COMMANDS.items():
            with found[name].timed():
                subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    bare = found["interpreter"].median
    over = {
        f"{name}_over_interpreter_ms": round(1000 * (found[name].median - bare), 1) for name in found if "nlsh" in name
    }
    return {name: samples.report() for name, samples in found.items()} | over
