"""Processes, named so that a reused pid is never taken for the one that was meant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ProcessId:
    """One process for good: its pid and its start time in clock ticks since boot (proc_pid_stat(5), field 22)."""

    pid: int
    start: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A process as it was seen when a selector was resolved.

    `cpu` is percent of one core over the sampling interval, `memory` percent of physical memory, `rss` bytes, `age`
    seconds; `cpu` is None where it was not measured. `command` is the command line, its arguments joined by blanks.
    """

    id: ProcessId
    name: str
    user: str
    uid: int
    parent: int = 0
    status: str = ""
    cpu: float | None = None
    memory: float | None = None
    rss: int = 0
    age: float = 0.0
    command: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """What a selector came to: the processes, in order, and those left out because nothing may touch them.

    `protected` pairs a process with the reason. `everything` says that no restriction named anyone. `missing` says in
    words what was asked for and is not there: rows that have ended, pids and names that no process has.
    """

    targets: tuple[Target, ...] = ()
    protected: tuple[tuple[Target, str], ...] = ()
    everything: bool = False
    missing: tuple[str, ...] = ()
