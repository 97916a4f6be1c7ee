"""Verbs that look at processes."""

from __future__ import annotations

from typing import Literal

from nlsh.argument import Seconds, Text
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.result import Result
from nlsh.verb import Selects, verb


@verb(
    "process.list",
    effect=Effect.READ,
    selects=Selects.OPTIONAL,
    needs="proc.read",
    examples={
        "show all running processes": {},
        "top ten processes by cpu": {"sort": "cpu", "limit": 10},
        "is nginx running?": {"name": "nginx"},
        "which of my processes take more than 2 GB": {"user": "me", "min_rss": 2147483648},
        "list zombies": {"status": "zombie"},
        "what is eating my memory": {"sort": "memory", "limit": 1},
        "processes of postgres started in the last 10 minutes": {"user": "postgres", "newer_than": 600},
        "everything with manage.py in its command line": {"command": "manage.py"},
    },
)
def list_(call: Call) -> Result:
    """List processes: pid, owner, CPU, memory, age, state and command line."""
    from nlsh.executor.processes.listing import listed

    return listed(call)


@verb(
    "process.count",
    effect=Effect.READ,
    selects=Selects.OPTIONAL,
    needs="proc.read",
    examples={
        "how many processes are there": {},
        "how many python processes does alice have": {"name": "python", "user": "alice"},
        "count processes per user": {"by": "user"},
        "how many of each program are running": {"by": "name"},
        "number of sleeping processes": {"status": "sleeping"},
    },
)
def count(call: Call, *, by: Literal["user", "name", "status"] | None = None) -> Result:
    """Count processes, all together or by owner, name or state."""
    from nlsh.executor.processes.listing import counted

    return counted(call, by)


@verb(
    "process.show",
    effect=Effect.READ,
    selects=Selects.REQUIRED,
    needs="proc.read",
    examples={
        "tell me about process 4321": {"pid": 4321},
        "how much memory does firefox use": {"name": "firefox"},
        "when was sshd started": {"name": "sshd"},
        "what is the working directory of pid 88": {"pid": 88},
        "details of the second one": {"ref": 2},
    },
)
def show(call: Call) -> Result:
    """Show everything about processes: command line, folder, parents, threads, memory, limits, start."""
    from nlsh.executor.processes.detail import shown

    return shown(call)


@verb(
    "process.tree",
    effect=Effect.READ,
    selects=Selects.OPTIONAL,
    needs="proc.read",
    examples={
        "show the process tree": {},
        "what did systemd start, as a tree": {"name": "systemd"},
        "tree of pid 700": {"pid": 700},
        "family tree of bob's processes": {"user": "bob"},
    },
)
def tree(call: Call) -> Result:
    """Show processes below their parents; with a selector, those processes and what they started."""
    from nlsh.executor.processes.listing import as_tree

    return as_tree(call)


@verb(
    "process.files",
    effect=Effect.READ,
    selects=Selects.OPTIONAL,
    needs="proc.read",
    examples={
        "which files does mysqld have open": {"name": "mysqld"},
        "open files of process 512": {"pid": 512},
        "who is using /mnt/backup": {"path": "/mnt/backup"},
        "what has /var/log/syslog open": {"path": "/var/log/syslog"},
        "what keeps /dev/snd busy": {"path": "/dev/snd"},
    },
)
def files(call: Call, *, path: Text | None = None) -> Result:
    """List open files of processes, or who has a file, folder, mount or device open."""
    from nlsh.executor.processes.files import open_files, users_of

    return open_files(call) if path is None else users_of(call, path)


@verb(
    "process.environment",
    effect=Effect.READ,
    selects=Selects.REQUIRED,
    needs="proc.read",
    examples={
        "environment variables of gunicorn": {"name": "gunicorn"},
        "what environment does pid 2048 have": {"pid": 2048},
        "show me its environment": {"ref": "last"},
        "env of whatever listens on 8000": {"port": 8000},
    },
)
def environment(call: Call) -> Result:
    """Show the environment that processes were started with."""
    from nlsh.executor.processes.detail import environments

    return environments(call)


@verb(
    "process.wait",
    effect=Effect.READ,
    selects=Selects.REQUIRED,
    needs="proc.read",
    examples={
        "wait until make is finished": {"name": "make"},
        "wait for process 999 to end": {"pid": 999},
        "wait up to 5 minutes for rsync": {"name": "rsync", "timeout": 300},
        "wait till they are all done": {"ref": "last"},
    },
)
def wait(call: Call, *, timeout: Seconds | None = None) -> Result:
    """Wait in the background until processes end, and tell when they do."""
    from nlsh.executor.processes.waiting import wait_for

    return wait_for(call, timeout)
