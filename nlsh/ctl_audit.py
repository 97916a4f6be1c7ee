"""`nlshctl audit`: show the audit log, and check that it is whole."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from nlsh.config import Folders
from nlsh.ctl_report import AsJson, print_json, reported
from nlsh.errors import AuditError
from nlsh.result import Column, Result, Unit

app = typer.Typer(help="The audit log: what was decided, and what came of it.", no_args_is_help=True)

_HOUR = 3600.0
_COLUMNS = (
    Column(key="seq", title="No.", unit=Unit.COUNT),
    Column(key="time", title="Time", unit=Unit.TIME),
    Column(key="event", title="Event"),
    Column(key="verb", title="Verb"),
    Column(key="what", title="What"),
    Column(key="rule", title="Rule"),
    Column(key="targets", title="Targets"),
    Column(key="utterance", title="Said"),
)


@app.command()
def show(
    limit: Annotated[int, typer.Option(min=0, help="The last so many records; 0 for all.")] = 20,
    hours: Annotated[float, typer.Option(min=0, help="Only the last so many hours; 0 for all.")] = 0.0,
    verb: Annotated[str, typer.Option(help="Only this verb, such as process.kill or process.*")] = "",
    effect: Annotated[str, typer.Option(help="Only this effect: read, change or destroy.")] = "",
    event: Annotated[str, typer.Option(help="Only this kind of record: start, decision or outcome.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the records, oldest first; with --json one record a line, as it stands in the log."""
    from nlsh.sandbox import audit

    with reported() as view:
        since = time.time() - hours * _HOUR if hours else 0.0
        records = audit.show(_path(), since=since, verb=verb, effect=effect, event=event, limit=limit)
        if as_json:
            for record in records:
                print_json(record)
            return
        rows = tuple(_row(record) for record in records)
        view.result(Result(verb="audit.show", shape="table", columns=_COLUMNS, rows=rows))


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Follow the hash chain of the log; exit code 1 where it is broken."""
    from nlsh.sandbox import audit

    with reported() as view:
        path = _path()
        found = audit.verify(path)
        if as_json:
            fault = {"line": found.fault.line, "reason": found.fault.reason} if found.fault else None
            print_json({"ok": found.ok, "records": found.records, "fault": fault, "notes": found.notes})
            raise typer.Exit(0 if found.ok else AuditError.exit_code)
        if found.fault:
            where = f"{path}:{found.fault.line}" if found.fault.line else str(path)
            raise AuditError(f"{where}: {found.fault.reason}", hint=f"the {found.records} records before it are whole")
        view.result(
            Result(verb="audit.verify", message=f"{found.records} records, all whole: {path}", notes=found.notes)
        )


def _path() -> Path:
    return Folders.of_user().audit


def _row(record: Mapping[str, Any]) -> dict[str, Any]:
    targets = [f"{target['name']} ({target['pid']})" for target in record.get("targets", ())]
    return {
        "seq": record["seq"],
        "time": record["time"],
        "event": record["event"],
        "verb": record.get("step", {}).get("verb"),
        "what": _what(record),
        "rule": record.get("rule"),
        "targets": ", ".join(targets),
        "utterance": record.get("utterance"),
    }


def _what(record: Mapping[str, Any]) -> str:
    """What was decided or came of it, in words."""
    if record["event"] == "outcome":
        result = record.get("result", {})
        return f"of {record.get('of')}: {'done' if result.get('ok') else 'failed'}"
    if record["event"] != "decision":
        return str(record.get("version", ""))
    answer = f", answered {record['answer']}" if record.get("answer") else ""
    return f"{record['decision']}{answer}{'' if record.get('permitted') else ', refused'}"
