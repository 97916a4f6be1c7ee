"""The verb that starts a program."""

from __future__ import annotations

from nlsh.argument import Bytes, Nice, Percent, Seconds, Text
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.result import Result
from nlsh.verb import verb


@verb(
    "process.start",
    effect=Effect.CHANGE,
    needs="proc.spawn",
    examples={
        "start firefox in the background": {"command": "firefox", "background": True},
        "run make test at niceness 10": {"command": "make test", "nice": 10},
        "launch worker.py with at most 1 GB of memory": {"command": "worker.py", "memory": 1073741824},
        "run fetch.sh for no longer than 30 seconds": {"command": "fetch.sh", "timeout": 30},
        "start builder without network": {"command": "builder", "network": False},
        "run encode.sh with 50% cpu": {"command": "encode.sh", "cpu": 50},
    },
)
def start(
    call: Call,
    *,
    command: Text,
    background: bool = False,
    nice: Nice | None = None,
    cpu: Percent | None = None,
    memory: Bytes | None = None,
    timeout: Seconds | None = None,
    network: bool = True,
) -> Result:
    """Start a program, without a shell in between, with the limits given."""
    from nlsh.executor.processes.starting import Start, started

    wish = Start(
        command=command, background=background, nice=nice, cpu=cpu, memory=memory, timeout=timeout, network=network
    )
    return started(call, wish)
