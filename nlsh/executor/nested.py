"""Checking a step that stands within another one."""

from __future__ import annotations

from nlsh.errors import UsageError
from nlsh.intent import Intent
from nlsh.verb import Registry

NOTIFY = "notify"
"""What a standing rule does that only tells; it is no verb of its own."""
NESTING = ("watch", "rule.add")


def check_nested(registry: Registry, do: Intent, within: str) -> None:
    """UsageError unless `do` is a step that is known, complete, and does not hold another step itself."""
    if do.verb in NESTING:
        raise UsageError(f"{within} cannot do {do.verb}", hint="give it the step itself")
    try:
        registry.check(do)
    except ValueError as error:
        raise UsageError(f"{within} cannot do this: {error}") from error
