"""Network interfaces as results."""

from __future__ import annotations

from nlsh.executor.report import columns, table
from nlsh.executor.reports.interfaces import interfaces as all_interfaces
from nlsh.executor.reports.interfaces import only
from nlsh.executor.reports.rates import network_rates
from nlsh.result import Result, Unit


def usage(interface: str | None = None) -> Result:
    """The result of `net.usage`."""
    rows = only(network_rates(), interface)
    speeds = columns(received=(Unit.RATE, "Receives"), sent=(Unit.RATE, "Sends"))
    totals = columns(total_received=Unit.BYTES, total_sent=Unit.BYTES, dropped=(Unit.COUNT, "Packets lost"))
    return table("net.usage", (*columns(interface=Unit.TEXT), *speeds, *totals), rows)


def interfaces(interface: str | None = None) -> Result:
    """The result of `net.interfaces`."""
    rows = only(all_interfaces(), interface)
    addresses = columns(ipv4=(Unit.TEXT, "IPv4"), ipv6=(Unit.TEXT, "IPv6"), mac=(Unit.TEXT, "MAC"))
    link = columns(carrier=Unit.FLAG, mbits=(Unit.COUNT, "Mbit/s"), mtu=(Unit.COUNT, "MTU"))
    return table("net.interfaces", (*columns(interface=Unit.TEXT, up=Unit.FLAG), *addresses, *link), rows)
