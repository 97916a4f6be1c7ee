"""Verbs that report on network interfaces, connections and ports."""

from __future__ import annotations

from typing import Literal

from nlsh.argument import Name, Port
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.result import Result
from nlsh.verb import Selects, verb

SocketState = Literal[
    "established", "listen", "time-wait", "close-wait", "syn-sent", "syn-recv", "fin-wait", "last-ack", "closing"
]


@verb(
    "net.usage",
    effect=Effect.READ,
    examples={
        "how much bandwidth am I using": {},
        "show network traffic": {},
        "traffic on wlan0": {"interface": "wlan0"},
        "how much has eth0 received so far": {"interface": "eth0"},
        "current download and upload speed": {},
    },
)
def usage(call: Call, *, interface: Name | None = None) -> Result:
    """Show how much each network interface sends and receives a second, and since boot."""
    return call.counters(interface=interface)


@verb(
    "net.interfaces",
    effect=Effect.READ,
    examples={
        "what is my ip address": {},
        "list the network interfaces": {},
        "which address does eth0 have": {"interface": "eth0"},
        "mac address of enp3s0": {"interface": "enp3s0"},
        "is the network cable plugged in": {},
        "is wlan0 up": {"interface": "wlan0"},
    },
)
def interfaces(call: Call, *, interface: Name | None = None) -> Result:
    """List the network interfaces with their addresses, speed and whether they are up."""
    from nlsh.executor.reports import network_report

    return network_report.interfaces(interface)


@verb(
    "net.connections",
    effect=Effect.READ,
    selects=Selects.OPTIONAL,
    needs="proc.read",
    examples={
        "show all network connections": {},
        "what is firefox connected to": {"name": "firefox"},
        "list udp sockets": {"kind": "udp"},
        "established tcp connections of sshd": {"name": "sshd", "kind": "tcp", "state": "established"},
        "which connections are in close-wait": {"state": "close-wait"},
        "network connections of process 4312": {"pid": 4312},
        "unix sockets opened by user postgres": {"user": "postgres", "kind": "unix"},
    },
)
def connections(
    call: Call, *, kind: Literal["tcp", "udp", "unix"] | None = None, state: SocketState | None = None
) -> Result:
    """List network connections and the programs that hold them."""
    from nlsh.executor.reports import sockets

    return sockets.connection_report(call, kind, state)


@verb(
    "net.ports",
    effect=Effect.READ,
    needs="proc.read",
    examples={
        "which ports are open": {},
        "what is listening on this machine": {},
        "who uses port 8080": {"port": 8080},
        "is something on port 5432?": {"port": 5432},
        "list listening sockets": {},
        "what program has port 22": {"port": 22},
    },
)
def ports(call: Call, *, port: Port | None = None) -> Result:
    """List listening ports and the programs behind them, or whoever uses one port."""
    from nlsh.executor.reports import sockets

    return sockets.port_report(call, port)
