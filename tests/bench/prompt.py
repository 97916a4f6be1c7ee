"""An interactive shell until its prompt is there, beside the interpreter that carries it and bash alone."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.samples import Samples

NLSH = str(Path(sys.executable).with_name("nlsh"))
PROGRAMS = {
    "interpreter": ([sys.executable, "-I", "-i"], b">>> "),
    "nlsh": ([NLSH], b" nlsh\x1b[0;1m"),
    "bash": (["bash", "-i"], b"\x1b[?2004h"),
}
"""What is started, and what it writes once a line can be typed."""
_PATIENCE = 60.0
_CLOCK_OF_A_PROCESS = 2
"""CPUCLOCK_SCHED of the kernel: the low bits of the clock that counts the processor time of one process."""


def measure(home: Path, *, runs: int) -> dict[str, Any]:
    """Milliseconds of each, `runs` times in turns: by the clock, and of processor time of the process itself.

    `home` is where nlsh has its things.
    """
    environment = {**os.environ, "NLSH_HOME": str(home), "TERM": "xterm-256color"}
    wall = {name: Samples() for name in PROGRAMS}
    processor = {name: Samples() for name in PROGRAMS}
    for _ in range(runs):
        for name, (command, prompt) in PROGRAMS.items():
            seconds, own = _until(prompt, command, environment)
            wall[name].seconds.append(seconds)
            processor[name].seconds.append(own)
    return {
        "wall": {name: samples.report() for name, samples in wall.items()},
        "processor": {name: samples.report() for name, samples in processor.items()},
    }


def _until(prompt: bytes, command: Sequence[str], environment: Mapping[str, str]) -> tuple[float, float]:
    """Seconds until a program in a terminal of its own has shown its prompt; TimeoutError where it does not."""
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        try:
            os.execvpe(command[0], command, environment)
        finally:
            os._exit(127)
    try:
        _read_to(prompt, terminal, began + _PATIENCE)
        return time.perf_counter() - began, time.clock_gettime(~pid << 3 | _CLOCK_OF_A_PROCESS)
    finally:
        os.close(terminal)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _read_to(prompt: bytes, terminal: int, deadline: float) -> None:
    shown = b""
    while prompt not in shown:
        if not select.select([terminal], [], [], max(0.0, deadline - time.perf_counter()))[0]:
            raise TimeoutError(f"no prompt after {shown!r}")
        shown += os.read(terminal, 1 << 16)
