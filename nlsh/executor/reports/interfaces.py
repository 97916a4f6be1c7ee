"""The network interfaces and their addresses."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nlsh.errors import OperationFailed

NET = Path("/sys/class/net")


def interfaces() -> list[dict[str, Any]]:
    """Each interface: `up` (switched on), `carrier` (a cable or radio link is there; None where it is off), addresses
    with their prefix lengths, `mac`, `mbits` a second (None where it has no speed of its own) and `mtu` in bytes."""
    import psutil

    states = psutil.net_if_stats()
    return [_row(name, found, states.get(name)) for name, found in psutil.net_if_addrs().items()]


def only(rows: list[dict[str, Any]], name: str | None) -> list[dict[str, Any]]:
    """The rows of one interface, whose name may have wildcards, or all; OperationFailed where there is no such one."""
    found = [row for row in rows if name is None or fnmatchcase(row["interface"], name)]
    if name is not None and not found:
        there = ", ".join(row["interface"] for row in rows)
        raise OperationFailed(f"there is no network interface {name}", hint=f"there are {there}")
    return found


def _row(name: str, found: Iterable[Any], state: Any) -> dict[str, Any]:
    addresses = tuple(found)
    return {
        "interface": name,
        "up": bool(state and state.isup),
        "carrier": _carrier(name),
        "ipv4": _joined(addresses, socket.AF_INET),
        "ipv6": _joined(addresses, socket.AF_INET6),
        "mac": next((each.address for each in addresses if each.family == socket.AF_PACKET), None),
        "mbits": state.speed if state and state.speed else None,
        "mtu": state.mtu if state else None,
    }


def _joined(addresses: Iterable[Any], family: socket.AddressFamily) -> str:
    return ", ".join(_address(each.address, each.netmask) for each in addresses if each.family == family)


def _address(address: str, netmask: str | None) -> str:
    """With the prefix length, as ip(8) writes it; the zone of a link-local address is the interface's own name."""
    plain = address.partition("%")[0]
    if not netmask:
        return plain
    ones = int(ipaddress.ip_address(netmask)).bit_count()
    return f"{plain}/{ones}"


def _carrier(name: str) -> bool | None:
    """Reading it fails while the interface is switched off."""
    try:
        return (NET / name / "carrier").read_text(encoding="ascii").strip() == "1"
    except OSError:
        return None
