"""What the figures depend on: the machine, and the versions of what runs on it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from pathlib import Path
from typing import Any

LIBRARIES = ("nlsh", "llama-cpp-python", "llguidance", "numpy", "psutil")


def facts() -> dict[str, Any]:
    """The CPU, the cores that may be used, memory in bytes, the load at the start, the kernel and the versions."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name"),
        "amx": _has_amx(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "load_at_the_start": load(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
    }


def load() -> list[float]:
    """The load averages of the last 1, 5 and 15 minutes: where they are high, something else was measured too."""
    return [round(value, 2) for value in os.getloadavg()]


def available_memory() -> int:
    """Bytes that can be had without swapping."""
    return int(_field("/proc/meminfo", "MemAvailable").split()[0]) * 1024


def peak_memory(pid: int | str = "self") -> dict[str, int]:
    """Bytes of a process: the most it ever had resident, and what of it now is its own and what is of files."""
    path = f"/proc/{pid}/status"
    named = {"peak": "VmHWM", "anonymous": "RssAnon", "files": "RssFile"}
    return {name: int(_field(path, key).split()[0]) * 1024 for name, key in named.items()}


def processor(pid: int) -> float:
    """Seconds of processor time of this process, and of another one with those children of it that have ended.

    Other load makes things slower, and this hardly at all: on an idle machine it is about what the clock says too.
    """
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _has_amx() -> bool:
    return "amx_int8" in _field("/proc/cpuinfo", "flags").split()


def _field(path: str, name: str) -> str:
    """The value of the first line `name: value` of a file; empty where there is none."""
    for line in Path(path).read_text(errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
