"""The reports that are made of the kernel's counters alone: they can be read where nothing else is to be reached."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from nlsh.result import Result

REPORTS: Final = {
    "cpu.usage": ("machine_report", "cpu_usage"),
    "memory.usage": ("machine_report", "memory_usage"),
    "system.load": ("machine_report", "load"),
    "system.uptime": ("machine_report", "uptime"),
    "disk.io": ("disk_report", "io"),
    "net.usage": ("network_report", "usage"),
}
"""A verb, and the function of `nlsh.executor.reports` that reports on it."""
SOURCES: Final = ("/proc", "/sys/block", "/sys/devices")
"""The folders that they read in. Not single files: the kernel may make one of /proc anew, and then it is another."""


def report(verb: str, arguments: Mapping[str, Any]) -> Result:
    """The report of one of these verbs, with the arguments that it takes."""
    module, function = REPORTS[verb]
    made: Callable[..., Result] = getattr(importlib.import_module(f"{__package__}.{module}"), function)
    return made(**arguments)
