"""The verb that repeats a report."""

from __future__ import annotations

from nlsh.argument import ReadStep, Seconds
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.result import Result
from nlsh.verb import verb


@verb(
    "watch",
    effect=Effect.READ,
    examples={
        "watch memory usage": {"do": {"verb": "memory.usage"}},
        "show the load every 5 seconds": {"do": {"verb": "system.load"}, "every": 5},
        "keep an eye on disk activity for ten minutes": {"do": {"verb": "disk.io"}, "for": 600},
        "monitor the processes of alice every 10 seconds": {
            "do": {"verb": "process.list", "user": "alice"},
            "every": 10,
        },
        "refresh network traffic on eth0 every 2 seconds for 1 minute": {
            "do": {"verb": "net.usage", "interface": "eth0"},
            "every": 2,
            "for": 60,
        },
        "follow the top 3 processes by cpu": {"do": {"verb": "process.list", "sort": "cpu", "limit": 3}},
    },
)
def watch(call: Call, *, do: ReadStep, every: Seconds | None = None, for_: Seconds | None = None) -> Result:
    """Repeat a report until it is cancelled."""
    from nlsh.executor.repeat import repeat

    return repeat(call, do, every=every, lasting=for_)
