"""Verbs about the shell itself: help, history, undo, explanation, and leaving."""

from __future__ import annotations

from nlsh.argument import Count, Row, Text
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.result import Result
from nlsh.verb import verb


@verb(
    "shell.help",
    effect=Effect.READ,
    examples={
        "help": {},
        "what can you do": {},
        "help with disks": {"topic": "disks"},
        "what can I say about ports": {"topic": "ports"},
        "show me what you understand": {},
        "help on rules": {"topic": "rules"},
    },
)
def help_(call: Call, *, topic: Text | None = None) -> Result:
    """Show what one can say."""
    from nlsh.executor import guide

    return guide.overview(call.registry) if topic is None else guide.about(call.registry, topic)


@verb(
    "shell.history",
    effect=Effect.READ,
    examples={
        "show my history": {},
        "what did I type before": {},
        "last 20 commands": {"limit": 20},
        "list the 5 previous requests": {"limit": 5},
    },
)
def history(call: Call, *, limit: Count | None = None) -> Result:
    """Show the lines typed in this shell, newest last."""
    from nlsh.executor.telling import told

    return told(call.history(), limit)


@verb(
    "shell.undo",
    effect=Effect.CHANGE,
    examples={
        "undo": {},
        "take that back": {},
        "undo the last change": {},
        "put it back as it was": {},
    },
)
def undo(call: Call) -> Result:
    """Take back the last change that can be taken back."""
    from nlsh.executor.undoing import undo_last

    return undo_last(call)


@verb(
    "shell.explain",
    effect=Effect.READ,
    examples={
        "explain what you just did": {},
        "how did you understand that": {},
        "why did you do that": {},
        "explain step 2": {"step": 2},
        "explain the second step of that": {"step": 2},
    },
)
def explain(call: Call, *, step: Row | None = None) -> Result:
    """Explain how the last request was understood and what it led to."""
    from nlsh.executor.telling import explained

    return explained(call.past(), call.registry, step)


@verb(
    "shell.exit",
    effect=Effect.READ,
    wary=Effect.CHANGE,
    examples={
        "goodbye": {},
        "leave the shell": {},
        "log me out": {},
        "quit nlsh": {},
        "I am done here": {},
    },
)
def exit_(call: Call) -> Result:
    """Leave the shell."""
    from nlsh.executor.telling import farewell

    return farewell(call.jobs.list(), call.rules.list())
