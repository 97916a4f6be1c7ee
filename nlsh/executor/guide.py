"""What one can say, told from the declarations of the verbs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from nlsh.argument import Argument, Kind
from nlsh.executor.report import columns, record, table
from nlsh.result import Result, Unit
from nlsh.verb import Registry, Verb

GROUPS = {
    "process": "Processes",
    "cpu": "Machine",
    "memory": "Machine",
    "system": "Machine",
    "disk": "Disks",
    "net": "Network",
    "watch": "Watching and rules",
    "rule": "Watching and rules",
    "job": "Background jobs",
    "shell": "This shell",
    "files": "Files",
    "service": "Services",
    "power": "Power",
    "log": "Logs",
}
"""The first part of a verb's name to the heading below which help lists it."""
_SAID = {
    Kind.NAME: "a name",
    Kind.TEXT: "words",
    Kind.USER: "a user or me",
    Kind.PID: "a process id",
    Kind.PORT: "a port",
    Kind.COUNT: "a count",
    Kind.ROW: "a row",
    Kind.LAST: "last",
    Kind.ID: "a number",
    Kind.SECONDS: "seconds",
    Kind.BYTES: "bytes",
    Kind.PERCENT: "percent",
    Kind.NUMBER: "a number",
    Kind.NICE: "-20 to 19",
    Kind.CPU: "a CPU",
    Kind.FLAG: "yes or no",
    Kind.STEP: "a step",
    Kind.READ_STEP: "a step that reads",
    Kind.CONDITION: "a condition",
}

SELECTOR = {
    "pid": "these process ids",
    "name": "its name or that of its program's file, whole, in any case; a version may follow; `*` and `?` match",
    "command": "this text somewhere in the command line",
    "user": "belongs to this user; `me` is the current one",
    "port": "has a socket on this local port",
    "parent": "was started by this process id",
    "status": "is in this state",
    "min_cpu": "uses at least this much of one core now",
    "min_memory": "uses at least this much of the memory now",
    "min_rss": "holds at least this much memory",
    "exclude": "but for these names or process ids",
    "older_than": "was started at least this long ago",
    "newer_than": "was started at most this long ago",
    "sort": "in this order: most first, names and pids ascending",
    "reverse": "the other way round",
    "limit": "the first of these",
    "ref": "the previous result, all of it or that row of it, counted from 1",
}
"""What each argument of the process selector means."""


def group(verb: str) -> str:
    """The heading that a verb belongs below."""
    first = verb.partition(".")[0]
    return GROUPS.get(first, first.capitalize())


def overview(registry: Registry) -> Result:
    """Every verb with what it does and one thing to say."""
    note = "Ask for more: help with disks. What is no sentence is a command of the shell."
    return _listed(sorted(registry, key=lambda verb: _place(verb.name)), note)


def about(registry: Registry, topic: str) -> Result:
    """One verb in full, or all verbs that have to do with the topic; a message where none has."""
    if topic in registry:
        return _page(registry[topic])
    word = _stem(topic)
    found = [verb for verb in registry if word in _stems(verb.name.split(".")) | {_stem(group(verb.name))}]
    found = found or [verb for verb in registry if word in _stems(_text(verb).split())]
    if len(found) == 1:
        return _page(found[0])
    if found:
        return _listed(found, f"Ask for one of them in full: help {found[0].name}.")
    headings = ", ".join(dict.fromkeys(group(verb.name).lower() for verb in registry))
    return Result(verb="shell.help", message=f"There is no help on {topic}. There is help on {headings}.")


def values(argument: Argument) -> str:
    """What may stand in an argument, in words."""
    if argument.choices:
        return ", ".join(argument.choices)
    return " or ".join(_SAID[kind] for kind in argument.kinds) + (", or several" if argument.many else "")


def _place(name: str) -> int:
    headings = list(dict.fromkeys(GROUPS.values()))
    return headings.index(group(name)) if group(name) in headings else len(headings)


def _listed(verbs: Iterable[Verb], note: str) -> Result:
    rows = [
        {
            "about": group(v.name),
            "say": v.examples[0].utterance if v.examples else "",
            "does": v.summary,
            "verb": v.name,
        }
        for v in verbs
    ]
    named = columns(about=Unit.TEXT, say=Unit.TEXT, does=Unit.TEXT, verb=Unit.TEXT)
    return table("shell.help", named, rows, note)


def _page(verb: Verb) -> Result:
    selecting = "" if verb.selects.value == "no" else "the processes (name, user, port, …); "
    own = "; ".join(f"{argument.name}: {values(argument)}" for argument in verb.arguments)
    row: dict[str, Any] = {
        "verb": verb.name,
        "does": verb.summary,
        "effect": verb.effect.value + (", can be undone" if verb.undoable else ""),
        "takes": (selecting + own).rstrip("; ") or None,
        "needs": ", ".join(verb.needs) or None,
        "say": "\n".join(f"{each.utterance}  {json.dumps(dict(each.args))}" for each in verb.examples),
    }
    return record("shell.help", columns(**dict.fromkeys(row, Unit.TEXT)), row)


def _text(verb: Verb) -> str:
    said = " ".join(example.utterance for example in verb.examples)
    return f"{verb.summary} {said}"


def _stems(words: Iterable[str]) -> set[str]:
    return {_stem(word) for word in words}


def _stem(word: str) -> str:
    """A word without case, punctuation and plural, so that `disks` finds `disk` and `processes` finds `process`."""
    plain = word.casefold().strip(".,;:!?'\"")
    for end, instead in (("sses", "ss"), ("ies", "y"), ("s", "")):
        if plain.endswith(end) and not plain.endswith("ss"):
            return plain[: -len(end)] + instead
    return plain
