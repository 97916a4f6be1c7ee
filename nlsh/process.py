"""A process as the process table shows it."""

from __future__ import annotations

from dataclasses import dataclass

from nlsh.target import ProcessId, Target

STATUSES = {
    "R": "running",
    "S": "sleeping",
    "D": "disk-sleep",
    "T": "stopped",
    "t": "stopped",
    "Z": "zombie",
    "I": "idle",
}
"""The state letters of proc_pid_stat(5), field 3, to the words of the selector. X and x are no process any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """One process at one moment. What was not asked for, or may not be seen, is None or empty.

    `comm` is the kernel's name for it, at most 15 bytes of it; `name` is that name in full where the command line has
    it. `group`, `session` and `terminal` are ids (0 for no terminal). `rss` and `size` (address space) are bytes,
    `memory` percent of physical memory, `cpu_time` and `age` seconds, `started` unix time, `cpu` percent of one core
    and `io` bytes a second to and from disks, both over the sampling interval. `ports` are its local ports.
    """

    id: ProcessId
    comm: str
    name: str
    status: str = "sleeping"
    parent: int = 0
    group: int = 0
    session: int = 0
    terminal: int = 0
    kernel: bool = False
    nice: int = 0
    threads: int = 1
    rss: int = 0
    size: int = 0
    memory: float = 0.0
    cpu_time: float = 0.0
    started: float = 0.0
    age: float = 0.0
    uid: int = -1
    user: str = ""
    argv: tuple[str, ...] = ()
    exe: str = ""
    cpu: float | None = None
    io: float | None = None
    files: int | None = None
    ports: frozenset[int] = frozenset()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.id.pid

    @property
    def command(self) -> str:
        """Its command line, arguments joined by blanks; the name in brackets where it has none."""
        return " ".join(self.argv) or f"[{self.name}]"

    def target(self) -> Target:
        """What is shown of it before it is acted on."""
        return Target(
            id=self.id,
            name=self.name,
            user=self.user,
            uid=self.uid,
            parent=self.parent,
            status=self.status,
            cpu=self.cpu,
            memory=self.memory,
            rss=self.rss,
            age=self.age,
            command=self.command,
        )


def printable(text: str) -> str:
    """The text, with whatever a terminal would not show as itself (newlines, escapes) written as `\\n`, `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def label(process: Process | Target) -> str:
    """How a process is called in a sentence: `chrome (123)`."""
    return f"{printable(process.name)} ({process.id.pid})"
