"""Sockets as rows: one for each process that holds one, named so that the next sentence can mean it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from nlsh.executor.call import Call
from nlsh.executor.report import columns
from nlsh.executor.reports.connections import Connection, Kind, connections, end, holders
from nlsh.executor.table import Need, ProcessTable, user_name
from nlsh.process import Process
from nlsh.result import Result, Unit
from nlsh.selector import Selector

_ORDER = ("established", "syn-sent", "syn-recv", "close-wait", "fin-wait", "last-ack", "closing", "time-wait", "listen")
Row = tuple[Connection, Process | None]


def connection_report(call: Call, kind: Kind | None, state: str | None) -> Result:
    """The connections of the processes that the selector means, or all; Unix sockets only where they are asked for.

    A port in the selector is a port at either end here: a connection to port 443 is one on it.
    """
    wanted = Selector.of(call.intent.args)
    found = [each for each in connections((kind,) if kind else ("tcp", "udp")) if not state or each.state == state]
    if wanted.port is not None:
        found = [each for each in found if wanted.port in (each.port, each.remote_port)]
    rows = list(_held(call.table, found))
    pids = _pids(call, wanted)
    if pids is not None:
        rows = [row for row in rows if row[1] and row[1].pid in pids]
    rows.sort(key=lambda row: (_place(row[0]), row[0].kind, row[0].port, row[0].remote))
    if pids is None and wanted.limit is not None:
        rows = rows[: wanted.limit]
    shown = columns(kind=Unit.TEXT, local=Unit.TEXT, remote=Unit.TEXT, state=Unit.TEXT, **_OWNER)
    return _report("net.connections", shown, rows, "No connections match.")


def port_report(call: Call, port: int | None) -> Result:
    """The sockets that wait for others, by port; with `port` whoever has or reaches that one, its owner first."""
    found = connections()
    if port is None:
        chosen = [each for each in found if each.waits]
    else:
        chosen = [each for each in found if port in (each.port, each.remote_port)]
        chosen = [each for each in chosen if each.inode] or chosen
    rows = list(_held(call.table, chosen))
    rows.sort(key=lambda row: (not row[0].waits, row[0].port, row[0].kind, row[1].pid if row[1] else 0))
    shown = columns(port=(Unit.COUNT, "Port"), kind=Unit.TEXT, local=Unit.TEXT)
    if port is not None:
        shown = (*shown, *columns(remote=Unit.TEXT, state=Unit.TEXT))
    nobody = "Nothing listens." if port is None else f"Nothing uses port {port}."
    return _report("net.ports", (*shown, *columns(**_OWNER)), rows, nobody)


_OWNER: dict[str, Unit | tuple[Unit, str]] = {
    "pid": (Unit.COUNT, "PID"),
    "program": Unit.TEXT,
    "user": Unit.TEXT,
}


def _pids(call: Call, wanted: Selector) -> frozenset[int] | None:
    """The processes that are meant; None where all are. A port names sockets here, and a limit alone counts them."""
    if not replace(wanted, port=None).names_someone and wanted.exclude is None:
        return None
    return frozenset(target.id.pid for target in call.selection.targets)


def _held(table: ProcessTable, found: Iterable[Connection]) -> Iterator[Row]:
    """Each socket with each process that holds it, with None where none can be seen."""
    needs: tuple[Need, ...] = ("user",)
    everyone = {process.pid: process for process in table.snapshot(needs)}
    held = holders(table, everyone)
    for each in found:
        owners = held.get(each.inode, ()) if each.inode else ()
        yield from ((each, everyone[pid]) for pid in owners)
        if not owners:
            yield each, None


def _report(verb: str, shown: tuple[Any, ...], rows: list[Row], nothing: str) -> Result:
    if not rows:
        return Result(verb=verb, message=nothing)
    return Result(
        verb=verb,
        shape="table",
        columns=shown,
        rows=tuple(_row(each, process, {column.key for column in shown}) for each, process in rows),
        processes=tuple(process.id if process else None for _, process in rows),
        notes=_notes(rows),
    )


def _row(each: Connection, process: Process | None, keys: set[str]) -> dict[str, Any]:
    row = {
        "port": each.port,
        "kind": each.kind,
        "local": end(each.local, each.port),
        "remote": end(each.remote, each.remote_port),
        "state": each.state,
        "pid": process.pid if process else None,
        "program": process.name if process else None,
        "user": process.user if process else user_name(each.uid) if each.uid >= 0 else None,
    }
    return {key: value for key, value in row.items() if key in keys}


def _notes(rows: list[Row]) -> tuple[str, ...]:
    hidden = sum(1 for each, process in rows if process is None and each.inode)
    if not hidden or os.geteuid() == 0:
        return ()
    return (f"The programs of {hidden} of these are hidden from you; root sees them.",)


def _place(each: Connection) -> int:
    return _ORDER.index(each.state) if each.state in _ORDER else len(_ORDER)
