"""Which local ports there are, and which sockets stand behind them, from proc_net(5)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_TABLES = ("tcp", "tcp6", "udp", "udp6")


@dataclass(frozen=True, kw_only=True, slots=True)
class Socket:
    """A TCP or UDP socket of this network namespace: its inode, local port and owner."""

    inode: int
    port: int
    uid: int


def sockets(root: str = "/proc") -> tuple[Socket, ...]:
    """All TCP and UDP sockets that a process holds; those without one (TIME_WAIT) are left out."""
    found = []
    for table in _TABLES:
        try:
            lines = Path(root, "net", table).read_text(encoding="ascii", errors="replace").splitlines()[1:]
        except OSError:
            continue
        found += [_socket(line.split()) for line in lines]
    return tuple(socket for socket in found if socket is not None and socket.inode)


def _socket(columns: list[str]) -> Socket | None:
    if len(columns) < 10:
        return None
    port = int(columns[1].rpartition(":")[2], 16)
    return Socket(inode=int(columns[9]), port=port, uid=int(columns[7]))


def inode_of(link: str) -> int | None:
    """The inode in `socket:[123]`, what a descriptor of a socket links to; None for anything else."""
    if link.startswith("socket:[") and link.endswith("]"):
        return int(link[8:-1])
    return None
