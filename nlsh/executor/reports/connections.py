"""All sockets of this network namespace, both ends and state, and the processes that hold them."""

from __future__ import annotations

import ipaddress
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nlsh.executor.sockets import inode_of
from nlsh.executor.table import ProcessTable

Kind = Literal["tcp", "udp", "unix"]
KINDS: tuple[Kind, ...] = ("tcp", "udp", "unix")
_TABLES: Mapping[Kind, tuple[str, ...]] = {"tcp": ("tcp", "tcp6"), "udp": ("udp", "udp6"), "unix": ("unix",)}
_STATES = {
    1: "established",
    2: "syn-sent",
    3: "syn-recv",
    4: "fin-wait",
    5: "fin-wait",
    6: "time-wait",
    8: "close-wait",
    9: "last-ack",
    10: "listen",
    11: "closing",
    12: "syn-recv",
}
"""The numbers of net/tcp_states.h. 7 is closed; an unconnected UDP socket has it too."""
_ACCEPTS = 0x10000
"""The flag in /proc/net/unix of a socket that waits for connections."""
_UNIX_CONNECTED = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """One socket. For TCP and UDP the ends are addresses with a port, 0 where there is none; for Unix sockets `local`
    is the path, if any. `uid` owns it (-1 where the kernel does not say), `inode` 0 means that no process holds it."""

    kind: Kind
    local: str
    port: int = 0
    remote: str = ""
    remote_port: int = 0
    state: str = ""
    uid: int = -1
    inode: int = 0

    @property
    def waits(self) -> bool:
        """Whether it takes what comes: a TCP socket that listens, a UDP socket without a partner."""
        return self.state == "listen" if self.kind != "udp" else not self.remote_port


def connections(kinds: Collection[Kind] = ("tcp", "udp"), root: str = "/proc") -> tuple[Connection, ...]:
    """The sockets of these kinds, in the kernel's order."""
    return tuple(
        found for kind in KINDS if kind in kinds for name in _TABLES[kind] for found in _read(kind, root, name)
    )


def _read(kind: Kind, root: str, name: str) -> Iterator[Connection]:
    """The lines of one table; a kernel without IPv6 lacks some of them."""
    try:
        lines = Path(root, "net", name).read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        yield _unix(line.split(None, 7)) if kind == "unix" else _internet(kind, line.split())


def _internet(kind: Kind, columns: list[str]) -> Connection:
    local, port = _end(columns[1])
    remote, remote_port = _end(columns[2])
    return Connection(
        kind=kind,
        local=local,
        port=port,
        remote=remote if remote_port else "",
        remote_port=remote_port,
        state=_STATES.get(int(columns[3], 16), ""),
        uid=int(columns[7]),
        inode=int(columns[9]),
    )


def _unix(columns: list[str]) -> Connection:
    state = "listen" if int(columns[3], 16) & _ACCEPTS else "established" if int(columns[5]) == _UNIX_CONNECTED else ""
    return Connection(kind="unix", local=columns[7] if len(columns) > 7 else "", state=state, inode=int(columns[6]))


def _end(text: str) -> tuple[str, int]:
    """The address is written as 32-bit words in the byte order of the machine, the port as it is read."""
    digits, _, port = text.partition(":")
    raw = bytes.fromhex(digits)
    if sys.byteorder == "little":
        raw = b"".join(raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    address = ipaddress.ip_address(raw)
    return str(getattr(address, "ipv4_mapped", None) or address), int(port, 16)


def end(address: str, port: int) -> str:
    """An end of a connection as one writes it: `127.0.0.1:80`, `[::1]:80`."""
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def holders(table: ProcessTable, pids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Each socket (by inode) that one of the processes holds, to the pids that do. Those of others are hidden."""
    found: dict[int, set[int]] = defaultdict(set)
    for pid in pids:
        for inode in _held(table, pid):
            found[inode].add(pid)
    return {inode: tuple(sorted(held)) for inode, held in found.items()}


def _held(table: ProcessTable, pid: int) -> Iterator[int]:
    try:
        for name in table.entries(pid, "fd") or ():
            inode = inode_of(table.link(pid, f"fd/{name}") or "")
            if inode is not None:
                yield inode
    except PermissionError:
        return
