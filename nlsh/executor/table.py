"""The process table: what there is on this machine, read from /proc and only as far as a request needs it."""

# Paths are strings here: five thousand processes in one request, and a Path object costs more than the reading.
# ruff: noqa: PTH115, PTH116, PTH208

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from typing import Any, Literal, Protocol

from nlsh.executor import meter, sockets, stat
from nlsh.process import STATUSES, Process
from nlsh.target import ProcessId

Need = Literal["user", "argv", "exe", "cpu", "io", "files", "ports"]
NEED_FIELDS: dict[Need, tuple[str, ...]] = {
    "user": ("uid", "user"),
    "argv": ("argv",),
    "exe": ("exe",),
    "cpu": ("cpu",),
    "io": ("io",),
    "files": ("files",),
    "ports": ("ports",),
}
"""What costs more than the one line that is read of every process anyway, and the fields that it fills."""

_COMM_LENGTH = 15
_CHUNK = 1 << 16


class ProcessTable(Protocol):
    """Where processes are looked up. A process that vanishes while it is looked at is just not there."""

    def snapshot(self, needs: Collection[Need] = (), pids: Iterable[int] | None = None) -> tuple[Process, ...]:
        """The processes there are now, or those of `pids`, by pid, with the fields of `needs` filled."""
        ...

    def read(self, pid: int, name: str) -> bytes | None:
        """The file `name` of /proc/PID; None where the process is gone, PermissionError where it is not for us."""
        ...

    def link(self, pid: int, name: str) -> str | None:
        """Where the link `name` of /proc/PID leads; None and PermissionError as for `read`."""
        ...

    def entries(self, pid: int, name: str) -> tuple[str, ...] | None:
        """The names in the folder `name` of /proc/PID; None and PermissionError as for `read`."""
        ...


class ProcTable:
    """The table of this machine, out of the proc file system at `root`.

    Rates (CPU, disk) are taken over `interval` seconds, once for all processes together; reading counts into it.
    """

    def __init__(self, root: str = "/proc", interval: float = 0.25) -> None:
        self._root = root
        self._interval = interval
        self._tick: int = os.sysconf("SC_CLK_TCK")
        self._page: int = os.sysconf("SC_PAGE_SIZE")
        self._memory: int = os.sysconf("SC_PHYS_PAGES")
        self._users: dict[int, str] = {}

    def snapshot(self, needs: Collection[Need] = (), pids: Iterable[int] | None = None) -> tuple[Process, ...]:
        chosen = self._pids() if pids is None else [pid for pid in sorted(set(pids)) if not self._is_thread(pid)]
        meters = [self._meter(need, chosen) for need in ("cpu", "io") if need in needs]
        sockets_of = self._ports() if "ports" in needs else {}
        now, uptime = time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)
        rows = []
        for pid in chosen:
            line = self._stat(pid)
            if line is not None:
                rows.append(self._base(line, now, uptime) | self._extra(line, needs, sockets_of))
        for each in meters:
            rows = each.finish(rows, self._interval)
        return tuple(Process(**row) for row in rows)

    def read(self, pid: int, name: str) -> bytes | None:
        try:
            return _contents(f"{self._root}/{pid}/{name}")
        except (FileNotFoundError, ProcessLookupError):
            return None

    def link(self, pid: int, name: str) -> str | None:
        try:
            return stat.text(os.readlink(os.fsencode(f"{self._root}/{pid}/{name}")))
        except (FileNotFoundError, ProcessLookupError):
            return None

    def entries(self, pid: int, name: str) -> tuple[str, ...] | None:
        try:
            return tuple(os.listdir(f"{self._root}/{pid}/{name}"))
        except (FileNotFoundError, ProcessLookupError):
            return None

    def _pids(self) -> list[int]:
        return sorted(int(name) for name in os.listdir(self._root) if name.isdigit())

    def _is_thread(self, pid: int) -> bool:
        """Whether the id is that of a thread: /proc has a folder for these too, though it does not list them."""
        try:
            status = self.read(pid, "status") or b""
        except OSError:
            return False
        return b"\nTgid:\t" in status and b"\nTgid:\t%d\n" % pid not in status

    def _stat(self, pid: int) -> stat.Stat | None:
        try:
            line = stat.parse(_contents(f"{self._root}/{pid}/stat"))
        except (OSError, ValueError):
            return None
        return line if line.state in STATUSES else None

    def _base(self, line: stat.Stat, now: float, uptime: float) -> dict[str, Any]:
        age = max(0.0, uptime - line.start / self._tick)
        comm = stat.text(line.comm)
        return {
            "id": ProcessId(pid=line.pid, start=line.start),
            "comm": comm,
            "name": self._full_name(line.pid, comm) if len(line.comm) == _COMM_LENGTH else comm,
            "status": STATUSES[line.state],
            "parent": line.parent,
            "group": line.group,
            "session": line.session,
            "terminal": line.terminal,
            "kernel": line.kernel,
            "nice": line.nice,
            "threads": line.threads,
            "rss": line.rss * self._page,
            "size": line.size,
            "memory": 100.0 * line.rss / self._memory,
            "cpu_time": line.ticks / self._tick,
            "started": now - age,
            "age": age,
        }

    def _extra(self, line: stat.Stat, needs: Collection[Need], ports: dict[int, int]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "user" in needs:
            found["uid"] = self._uid(line.pid)
            found["user"] = self._user(found["uid"])
        if "argv" in needs and not line.kernel:
            found["argv"] = self._argv(line.pid)
        if "exe" in needs and not line.kernel:
            found["exe"] = self._exe(line.pid)
        if "files" in needs:
            found["files"] = self._open_files(line.pid)
        if ports:
            found["ports"] = self._ports_of(line.pid, ports)
        return found

    def _full_name(self, pid: int, comm: str) -> str:
        """The whole of a name that the kernel cut off at 15 bytes, where the command line begins with it."""
        base = (self._argv(pid) or ("",))[0].rpartition("/")[2]
        return base if base.startswith(comm) else comm

    def _uid(self, pid: int) -> int:
        try:
            return os.stat(f"{self._root}/{pid}").st_uid
        except OSError:
            return -1

    def _user(self, uid: int) -> str:
        if uid not in self._users:
            self._users[uid] = user_name(uid)
        return self._users[uid]

    def _argv(self, pid: int) -> tuple[str, ...]:
        try:
            raw = self.read(pid, "cmdline")
        except OSError:
            return ()
        return tuple(stat.text(raw.rstrip(b"\0")).split("\0")) if raw else ()

    def _exe(self, pid: int) -> str:
        try:
            return self.link(pid, "exe") or ""
        except OSError:
            return ""

    def _open_files(self, pid: int) -> int | None:
        try:
            return len(self.entries(pid, "fd") or ())
        except OSError:
            return None

    def _ports(self) -> dict[int, int]:
        return {socket.inode: socket.port for socket in sockets.sockets(self._root)}

    def _ports_of(self, pid: int, ports: dict[int, int]) -> frozenset[int]:
        found = set()
        try:
            for name in self.entries(pid, "fd") or ():
                inode = sockets.inode_of(self.link(pid, f"fd/{name}") or "")
                if inode in ports:
                    found.add(ports[inode])
        except OSError:
            return frozenset()
        return frozenset(found)

    def _meter(self, need: str, pids: list[int]) -> meter.Meter:
        if need == "io":
            return meter.Meter("io", self._disk_bytes, pids)
        exact = self._root == "/proc" and meter.has_cpu_clock()
        return meter.Meter("cpu", meter.cpu_percent if exact else self._cpu_ticks, pids)

    def _cpu_ticks(self, pid: int) -> float | None:
        line = self._stat(pid)
        return None if line is None else 100.0 * line.ticks / self._tick

    def _disk_bytes(self, pid: int) -> float | None:
        try:
            raw = self.read(pid, "io") or b""
        except OSError:
            return None
        counts = dict(line.split(b": ") for line in raw.splitlines() if b": " in line)
        return float(counts.get(b"read_bytes", 0)) + float(counts.get(b"write_bytes", 0))


def user_name(uid: int) -> str:
    """The login name of a uid, or its digits where nobody has it."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _contents(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(descriptor, _CHUNK)
        while len(data) % _CHUNK == 0 and (more := os.read(descriptor, _CHUNK)):
            data += more
        return data
    finally:
        os.close(descriptor)
