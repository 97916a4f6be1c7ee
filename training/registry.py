"""The verbs that the default model is trained and judged on: the core's and the bundled plugins'."""

from __future__ import annotations

from nlsh.executor.core import core_registry
from nlsh.plugin.host import bundled_verbs
from nlsh.verb import Registry


def registry() -> Registry:
    """All of them."""
    return Registry([*core_registry(), *bundled_verbs()])
