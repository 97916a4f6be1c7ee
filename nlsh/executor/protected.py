"""What nothing may touch, whatever anyone says: the machine's first process, the kernel's, and what carries nlsh."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nlsh.executor.table import ProcessTable
from nlsh.process import Process

_CLIENTS = ("tmux: client", "tmux", "screen", "zellij")


@dataclass(frozen=True, kw_only=True, slots=True)
class Me:
    """nlsh itself: its pid, the user it acts for, its session, and the processes that help it.

    `helpers` are pids of its workers and of the inner shell; `multiplexer` is the pid of the server of the terminal
    multiplexer that it runs in, `inside` whether there is one (not every multiplexer tells its pid).
    """

    pid: int
    uid: int
    session: int = 0
    helpers: frozenset[int] = frozenset()
    multiplexer: int = 0
    inside: bool = False

    @classmethod
    def now(cls, helpers: Iterable[int] = (), environment: Mapping[str, str] | None = None) -> Me:
        """What this process is."""
        given = os.environ if environment is None else environment
        return cls(
            pid=os.getpid(),
            uid=os.geteuid(),
            session=os.getsid(0),
            helpers=frozenset(helpers),
            multiplexer=_server(given),
            inside=any(given.get(name) for name in ("TMUX", "STY", "ZELLIJ")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Protected:
    """The protected pids of one moment, each with the reason."""

    reasons: Mapping[int, str] = field(default_factory=dict)

    def reason(self, process: Process) -> str:
        """Why nothing may touch the process; empty where it may be touched."""
        if process.pid == 1:
            return "it is the first process of the system"
        if process.kernel:
            return "it is a thread of the kernel"
        return self.reasons.get(process.pid, "")


def protected(table: ProcessTable, me: Me) -> Protected:
    """Find what nothing may touch now. The first reason that fits a process stands."""
    reasons = {me.pid: "it is nlsh itself"}
    for pid in sorted(me.helpers):
        reasons.setdefault(pid, "it works for nlsh")
    for pid in _ancestors(table, me.pid):
        reasons.setdefault(pid, "nlsh runs below it")
    if me.session:
        reasons.setdefault(me.session, "it leads the session of nlsh")
    for pid in _multiplexers(table, me):
        reasons.setdefault(pid, "it carries the terminal of nlsh")
    return Protected(reasons=reasons)


def _ancestors(table: ProcessTable, pid: int) -> list[int]:
    """The parent, its parent and so on, as far as they can be seen."""
    found: list[int] = []
    rows = table.snapshot((), (pid,))
    while rows and rows[0].parent > 0 and rows[0].parent not in found:
        found.append(rows[0].parent)
        rows = table.snapshot((), (rows[0].parent,))
    return found


def _multiplexers(table: ProcessTable, me: Me) -> list[int]:
    """The multiplexer's server, this user's clients of it, and all that carries those, down to an sshd."""
    if not (me.inside or me.multiplexer):
        return []
    found = [me.multiplexer, *_ancestors(table, me.multiplexer)] if me.multiplexer else []
    for process in table.snapshot({"user"}):
        if process.comm in _CLIENTS and process.uid == me.uid and process.terminal:
            found += [process.pid, *_ancestors(table, process.pid)]
    return found


def _server(environment: Mapping[str, str]) -> int:
    """The pid that tmux (`socket,pid,session`) or screen (`pid.terminal.host`) leaves in the environment, or 0."""
    tmux = environment.get("TMUX", "").split(",")
    said = tmux[-2] if len(tmux) >= 3 else environment.get("STY", "").partition(".")[0]
    return int(said) if said.isascii() and said.isdigit() else 0
