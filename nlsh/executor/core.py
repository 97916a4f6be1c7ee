"""The verbs that come with nlsh itself."""

from __future__ import annotations

import importlib
import pkgutil

from nlsh.verb import Registry

ORDER = (
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
"""The modules of `nlsh.executor.verbs` in the order in which their verbs are listed; others follow by name."""


def core_registry() -> Registry:
    """All verbs that the modules of `nlsh.executor.verbs` declare, in a fixed order."""
    from nlsh.executor import verbs

    names = sorted((found.name for found in pkgutil.iter_modules(verbs.__path__)), key=_place)
    return Registry.of_modules(importlib.import_module(f"{verbs.__name__}.{name}") for name in names)


def _place(name: str) -> tuple[int, str]:
    return (ORDER.index(name) if name in ORDER else len(ORDER), name)
