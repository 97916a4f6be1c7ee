"""The far side of a worker that reads the kernel's counters. What it needs is imported before it is confined."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import psutil  # noqa: F401 - the reports import it where they use it, which is too late here

from nlsh.errors import NlshError
from nlsh.executor.reports import disk_report, machine_report, network_report  # noqa: F401 - likewise
from nlsh.executor.reports.counters import report
from nlsh.sandbox import reply
from nlsh.sandbox.post import Post

codecs.lookup("ascii")  # it is a module of its own, loaded where a text is first read with it
_MOST_BYTES: Final = 1 << 12


def serve(post: Post) -> None:
    """Make each report that is asked for, until nobody asks any more.

    Of one that cannot be made it says only that: nlsh then tries itself, and has the error to show.
    """
    while request := post.connection.recv(_MOST_BYTES):
        verb, arguments = json.loads(request)
        for words in _words(verb, arguments):
            post.connection.send(json.dumps(words).encode())


def _words(verb: str, arguments: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    try:
        return list(reply.told(report(verb, arguments)))
    except NlshError as error:
        return [{"op": "failed", "kind": type(error).__name__, "message": error.message, "hint": error.hint}]
