"""Whether a host answers, and where packets go."""

from __future__ import annotations

import ipaddress
import re
import struct
from collections.abc import Iterator
from typing import Any

from nlsh.plugin import Call, Column, Count, Effect, Name, OperationFailed, Result, Unit, UsageError, verb

_MOST_PINGS = 20
_SENT = re.compile(r"(\d+) packets transmitted, (\d+) (?:packets )?received")
_TIMES = re.compile(r"= ([\d.]+)/([\d.]+)/([\d.]+)")
_TO = re.compile(r"^PING \S+ \(([0-9a-fA-F.:]+)\)", re.MULTILINE)
_UP, _REJECT = 0x0001, 0x0200


@verb(
    "net.ping",
    effect=Effect.READ,
    needs="exec:ping",
    target="host",
    examples={
        "ping example.org": {"host": "example.org"},
        "ping example.org 3 times": {"host": "example.org", "count": 3},
        "is 192.168.1.1 reachable": {"host": "192.168.1.1"},
        "send 10 pings to gateway": {"host": "gateway", "count": 10},
    },
)
def ping(call: Call, *, host: Name | None = None, count: Count | None = None) -> Result:
    """Tell whether a host answers pings, and how fast; four of them unless told otherwise."""
    if count is not None and count > _MOST_PINGS:
        raise UsageError(f"{count} pings are too many at once", hint=f"up to {_MOST_PINGS}")
    output = call.run("ping")
    counted = _SENT.search(output.text)
    if not counted:
        raise OperationFailed(_why(output.text, host or ""))
    sent, received = int(counted[1]), int(counted[2])
    times = _TIMES.search(output.text)
    address = _TO.search(output.text)
    row = {
        "host": host,
        "address": address[1] if address and address[1] != host else None,
        "answers": received > 0,
        "sent": sent,
        "received": received,
        "lost": 100.0 * (sent - received) / sent if sent else None,
        **dict(
            zip(("fastest", "average", "slowest"), map(_milliseconds, times.groups() if times else ()), strict=False)
        ),
    }
    columns = (
        Column(key="host", title="Host"),
        Column(key="address", title="Address"),
        Column(key="answers", title="Answers", unit=Unit.FLAG),
        Column(key="sent", title="Sent", unit=Unit.COUNT),
        Column(key="received", title="Received", unit=Unit.COUNT),
        Column(key="lost", title="Lost", unit=Unit.PERCENT),
        *(Column(key=key, title=key.capitalize()) for key in ("fastest", "average", "slowest")),
    )
    kept = tuple(column for column in columns if row.get(column.key) is not None)
    return Result(verb="net.ping", shape="record", columns=kept, rows=(row,))


@verb(
    "net.routes",
    effect=Effect.READ,
    needs="fs.read:/proc/net",
    examples={
        "show the routing table": {},
        "what is my default gateway": {},
        "list network routes": {},
        "which gateway am I using": {},
    },
)
def routes(call: Call) -> Result:
    """List where packets go: the routing table, default routes first."""
    rows = sorted([*_routes4(), *_routes6()], key=lambda row: (row["to"] != "default", row["metric"], row["to"]))
    if not rows:
        return Result(verb="net.routes", message="There are no routes: packets go nowhere.")
    columns = (
        Column(key="to", title="To"),
        Column(key="gateway", title="Gateway"),
        Column(key="interface", title="Interface"),
        Column(key="metric", title="Metric", unit=Unit.COUNT),
    )
    return Result(verb="net.routes", shape="table", columns=columns, rows=tuple(rows))


def _why(text: str, host: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = lines[0].partition(": ")[2] or lines[0] if lines else ""
    return f"cannot ping {host}: {said.removeprefix(f'{host}: ') or 'ping does not say why'}"


def _milliseconds(text: str) -> str:
    return f"{float(text):g} ms"


def _lines(path: str) -> list[str]:
    """The lines of a file; none where the kernel has no such file, because it has no IPv6."""
    try:
        with open(path, encoding="ascii") as file:
            return file.read().splitlines()
    except FileNotFoundError:
        return []


def _routes4() -> Iterator[dict[str, Any]]:
    """IPv4 routes, from /proc/net/route: addresses are hexadecimal numbers in the byte order of the machine."""
    for line in _lines("/proc/net/route")[1:]:
        parts = line.split()
        if len(parts) < 8 or not int(parts[3], 16) & _UP or int(parts[3], 16) & _REJECT:
            continue
        target, gateway, mask = (ipaddress.IPv4Address(struct.pack("=L", int(parts[n], 16))) for n in (1, 2, 7))
        network = ipaddress.IPv4Network(f"{target}/{mask}", strict=False)
        yield _route(network, gateway, parts[0], int(parts[6]))


def _routes6() -> Iterator[dict[str, Any]]:
    """IPv6 routes, from /proc/net/ipv6_route; those of the loopback and to single local addresses are left out."""
    for line in _lines("/proc/net/ipv6_route"):
        parts = line.split()
        if len(parts) < 10 or parts[9] == "lo" or not int(parts[8], 16) & _UP or int(parts[8], 16) & _REJECT:
            continue
        network = ipaddress.IPv6Network((int(parts[0], 16), int(parts[1], 16)), strict=False)
        if network.prefixlen < 128 and not network.is_multicast:
            yield _route(network, ipaddress.IPv6Address(int(parts[4], 16)), parts[9], int(parts[5], 16))


def _route(network: Any, gateway: Any, interface: str, metric: int) -> dict[str, Any]:
    to = "default" if network.prefixlen == 0 else str(network)
    via = None if int(gateway) == 0 else str(gateway)
    return {"to": to, "gateway": via, "interface": interface, "metric": metric}
