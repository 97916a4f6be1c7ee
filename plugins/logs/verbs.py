"""The log of the system: from the journal, or from the files in /var/log where there is none."""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Iterator

from nlsh.plugin import Call, Column, Count, Effect, Name, OperationFailed, Result, Seconds, Unit, UsageError, verb

_FOLDER = "/var/log"
_FILES = ("syslog", "messages")
_DEFAULT = 50
_MOST = 1000
_UNIX = re.compile(r"^(\d+\.\d+) \S+ (.*)$")
_ISO = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\S* \S+ (.*)$")
_OLD = re.compile(r"^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) \S+ (.*)$")
_SOURCE = re.compile(r"^([^\s:\[]+)(?:\[\d+\])?: ?(.*)$")
_COLUMNS = (
    Column(key="time", title="Time", unit=Unit.TIME),
    Column(key="source", title="From"),
    Column(key="text", title="Message"),
)


@verb(
    "log.show",
    effect=Effect.READ,
    needs="exec:journalctl fs.read:/var/log",
    examples={
        "show the system log": {},
        "logs of the nginx service": {"service": "nginx"},
        "show the logs of the last 2 hours": {"since": 7200},
        "show the last 20 log lines": {"limit": 20},
        "show the logs of ssh from the last 10 minutes": {"service": "ssh", "since": 600},
    },
)
def show(
    call: Call, *, service: Name | None = None, since: Seconds | None = None, limit: Count | None = None
) -> Result:
    """Show the newest lines of the system's log, fifty unless told otherwise, the newest last."""
    if limit is not None and limit > _MOST:
        raise UsageError(f"{limit} lines are too many at once", hint=f"up to {_MOST}")
    rows = _journal(call, service, since)
    where = "the journal"
    if rows is None:
        rows, where = _from_file(service, since, limit or _DEFAULT)
    if not rows:
        about = f" of {service}" if service else ""
        return Result(verb="log.show", message=f"There is nothing{about} in {where} from that time.")
    return Result(verb="log.show", shape="table", columns=_COLUMNS, rows=tuple(rows))


def _journal(call: Call, service: str | None, since: int | None) -> list[dict[str, object]] | None:
    """The rows of the journal; None where there is no journal, or no right to read it."""
    program = ("service_since" if since else "service") if service else ("since" if since else "all")
    try:
        output = call.run(program)
    except OperationFailed:
        return None
    rows = [row for line in output.text.splitlines() if (row := _row(line))]
    if output.code or (not rows and not _keeps_journal()):
        return None
    return rows


def _keeps_journal() -> bool:
    return any(os.path.isdir(f"{place}/log/journal") and os.listdir(f"{place}/log/journal") for place in ("/var",))


def _from_file(service: str | None, since: int | None, limit: int) -> tuple[list[dict[str, object]], str]:
    """The last rows of the text log that fit, and its path."""
    path = next((f"{_FOLDER}/{name}" for name in _FILES if os.path.exists(f"{_FOLDER}/{name}")), "")
    if not path:
        raise OperationFailed(f"there is no log here: no journal, and no {' or '.join(_FILES)} in {_FOLDER}")
    earliest = time.time() - since if since else 0.0
    kept: deque[dict[str, object]] = deque(maxlen=limit)
    try:
        for row in _rows(path):
            about = str(row["source"]).casefold()
            moment = row["time"]
            fits = service is None or service.casefold().removesuffix(".service") in about
            if fits and (not isinstance(moment, float) or moment >= earliest):
                kept.append(row)
    except PermissionError:
        raise OperationFailed(f"{path} cannot be read", hint="root and the group adm may read it") from None
    return list(kept), path


def _rows(path: str) -> Iterator[dict[str, object]]:
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            row = _row(line.rstrip("\n"))
            if row:
                yield row


def _row(line: str) -> dict[str, object] | None:
    """Time, source and text of a line, in the form of the journal or of one of the two of syslog."""
    for pattern, moment in ((_UNIX, float), (_ISO, _iso), (_OLD, _old)):
        found = pattern.match(line)
        if found:
            source = _SOURCE.match(found[2])
            when = moment(found[1])
            if source:
                return {"time": when, "source": source[1], "text": source[2]}
            return {"time": when, "source": None, "text": found[2]}
    return None


def _iso(text: str) -> float:
    return time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%S"))


def _old(text: str) -> float:
    """A time without its year: this year's, or last year's where that is not over yet."""
    year = time.localtime().tm_year
    when = time.mktime(time.strptime(f"{year} {text}", "%Y %b %d %H:%M:%S"))
    return when if when < time.time() + 86400 else time.mktime(time.strptime(f"{year - 1} {text}", "%Y %b %d %H:%M:%S"))
