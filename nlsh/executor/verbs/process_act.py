"""Verbs that end, suspend, reprioritise and limit processes."""

from __future__ import annotations

from typing import Literal

from nlsh.argument import Bytes, Cpu, Nice, Number, Percent
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.result import Result
from nlsh.verb import Selects, verb

Signal = Literal["TERM", "KILL", "INT", "HUP", "QUIT", "USR1", "USR2", "ABRT", "ALRM", "PIPE", "WINCH"]


@verb(
    "process.kill",
    effect=Effect.DESTROY,
    selects=Selects.REQUIRED,
    needs="proc.signal",
    examples={
        "kill chrome": {"name": "chrome"},
        "force quit process 3120": {"pid": 3120, "signal": "KILL"},
        "stop whatever is on port 8080": {"port": 8080},
        "kill everything of bob's except sshd": {"user": "bob", "exclude": "sshd"},
        "kill the two processes using the most memory": {"sort": "memory", "limit": 2},
        "send a hangup to nginx": {"name": "nginx", "signal": "HUP"},
        "end make and all its children": {"name": "make", "tree": True},
        "kill those": {"ref": "last"},
    },
)
def kill(call: Call, *, signal: Signal = "TERM", tree: bool = False) -> Result:
    """End processes, or send them another signal; with `tree`, what they started too."""
    from nlsh.executor.processes.ending import end

    return end(call, signal)


@verb(
    "process.suspend",
    effect=Effect.CHANGE,
    selects=Selects.REQUIRED,
    needs="proc.signal",
    undoable=True,
    examples={
        "pause firefox": {"name": "firefox"},
        "freeze pid 77": {"pid": 77},
        "temporarily stop the biggest CPU hog": {"sort": "cpu", "limit": 1},
        "suspend it": {"ref": "last"},
    },
)
def suspend(call: Call) -> Result:
    """Suspend processes until they are resumed."""
    from nlsh.executor.processes.acting import suspended

    return suspended(call)


@verb(
    "process.resume",
    effect=Effect.CHANGE,
    selects=Selects.REQUIRED,
    needs="proc.signal",
    undoable=True,
    examples={
        "resume firefox": {"name": "firefox"},
        "let process 77 go on": {"pid": 77},
        "continue all stopped processes of mine": {"user": "me", "status": "stopped"},
        "unpause the first one": {"ref": 1},
    },
)
def resume(call: Call) -> Result:
    """Let suspended processes go on."""
    from nlsh.executor.processes.acting import resumed

    return resumed(call)


@verb(
    "process.priority",
    effect=Effect.CHANGE,
    selects=Selects.REQUIRED,
    needs="proc.priority",
    undoable=True,
    examples={
        "renice ffmpeg to 15": {"name": "ffmpeg", "nice": 15},
        "set the niceness of 640 to -5": {"pid": 640, "nice": -5},
        "lower the priority of the backup.sh script": {"command": "backup.sh", "change": "lower"},
        "give blender the lowest priority": {"name": "blender", "nice": 19},
        "raise its priority": {"ref": "last", "change": "raise"},
    },
)
def priority(call: Call, *, nice: Nice | None = None, change: Literal["raise", "lower"] | None = None) -> Result:
    """Set the niceness of processes (-20 goes first, 19 last), or move their priority up or down by 5."""
    from nlsh.executor.processes.acting import reprioritised

    return reprioritised(call, nice, change)


@verb(
    "process.io_priority",
    effect=Effect.CHANGE,
    selects=Selects.REQUIRED,
    needs="proc.priority",
    undoable=True,
    examples={
        "let rsync use the disk only when it is idle": {"name": "rsync", "class": "idle"},
        "set io priority of pid 300 to best-effort 7": {"pid": 300, "class": "best-effort", "level": 7},
        "give postgres realtime io": {"name": "postgres", "class": "realtime"},
        "io level 2 for tar": {"name": "tar", "level": 2},
    },
)
def io_priority(
    call: Call,
    *,
    class_: Literal["realtime", "best-effort", "idle"] | None = None,
    level: Literal[0, 1, 2, 3, 4, 5, 6, 7] | None = None,
) -> Result:
    """Set how processes share the disks: a class, and within it a level (0 goes first, 7 last)."""
    from nlsh.executor.processes.acting import io_reprioritised

    return io_reprioritised(call, class_, level)


@verb(
    "process.affinity",
    effect=Effect.CHANGE,
    selects=Selects.REQUIRED,
    needs="proc.priority",
    undoable=True,
    examples={
        "pin x264 to cpu 3": {"name": "x264", "cpus": [3]},
        "run process 610 only on cores 0 and 1": {"pid": 610, "cpus": [0, 1]},
        "let java use all cpus again": {"name": "java", "cpus": []},
        "keep them on core 2": {"ref": "last", "cpus": [2]},
    },
)
def affinity(call: Call, *, cpus: tuple[Cpu, ...] = ()) -> Result:
    """Choose the CPUs, counted from 0, that processes may run on; none given means all of them."""
    from nlsh.executor.processes.acting import pinned

    return pinned(call, cpus)


@verb(
    "process.limit",
    effect=Effect.CHANGE,
    selects=Selects.REQUIRED,
    needs="proc.limit",
    undoable=True,
    examples={
        "limit handbrake to 40% cpu": {"name": "handbrake", "cpu": 40},
        "keep pid 930 below 2 GB of memory": {"pid": 930, "memory": 2147483648},
        "cap node at 512 open files": {"name": "node", "open_files": 512},
        "take the limits off handbrake": {"name": "handbrake", "off": True},
        "at most half a gig for worker.py": {"command": "worker.py", "memory": 536870912},
    },
)
def limit(
    call: Call,
    *,
    cpu: Percent | None = None,
    memory: Bytes | None = None,
    open_files: Number | None = None,
    off: bool = False,
) -> Result:
    """Limit the CPU (percent of one core, each process by itself), address space and open files of processes."""
    from nlsh.executor.processes.limits import limited

    return limited(call, cpu=cpu, memory=memory, open_files=open_files, off=off)
