"""The far side of a worker that reads the kernel's counters. What it needs is imported before it is confined."""

from __future__ import annotations

import codecs
import json
from typing import Final

import psutil  # noqa: F401 - the reports import it where they use it, which is too late here

from nlsh.executor.reports import disk_report, machine_report, network_report  # noqa: F401 - likewise
from nlsh.executor.reports.counters import report
from nlsh.sandbox import reply
from nlsh.sandbox.post import Post

codecs.lookup("ascii")
_MOST_BYTES: Final = 1 << 12


def serve(post: Post) -> None:
    """Make each report that is asked for, until nobody asks any more. One that fails ends the worker."""
    while request := post.connection.recv(_MOST_BYTES):
        verb, arguments = json.loads(request)
        for words in reply.told(report(verb, arguments)):
            post.connection.send(json.dumps(words).encode())
