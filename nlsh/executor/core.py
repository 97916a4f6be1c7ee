"""The verbs that come with nlsh itself."""

from __future__ import annotations

import importlib

from nlsh.verb import Registry

MODULES = (
    "process_read",
    "process_act",
    "process_start",
    "system_report",
    "disk_report",
    "network_report",
    "watching",
    "rules",
    "jobs",
    "shell_verbs",
)
"""The modules of `nlsh.executor.verbs`, in the order in which their verbs are listed."""


def core_registry() -> Registry:
    """All verbs that these modules declare."""
    return Registry.of_modules(importlib.import_module(f"nlsh.executor.verbs.{name}") for name in MODULES)
