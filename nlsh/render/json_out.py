"""What a request came to, as one JSON object: a versioned envelope whose keys do not change within a version."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from nlsh.errors import Denied, NlshError
from nlsh.render import safe
from nlsh.result import Failure, Result
from nlsh.target import ProcessId, Target

VERSION = 1


def envelope(
    reading: Mapping[str, Any], results: Iterable[Result], *, error: NlshError | None, exit_code: int
) -> dict[str, Any]:
    """The envelope of one request.

    `reading` is the public form of what was understood, or only its `utterance` where nothing was.
    """
    return {
        "version": VERSION,
        "utterance": reading["utterance"],
        "route": reading.get("route"),
        "confidence": reading.get("confidence"),
        "asks": reading.get("asks", False),
        "plan": reading.get("plan", []),
        "command": reading.get("command"),
        "results": [of_result(result) for result in results],
        "error": of_error(error) if error else None,
        "exit_code": exit_code,
    }


def later(result: Result) -> dict[str, Any]:
    """What a background job reports, on a line of its own before the envelope."""
    return {"version": VERSION, "job": result.job, "result": of_result(result)}


def of_result(result: Result) -> dict[str, Any]:
    """One Result: its rows with the plain numbers, in the units that `columns` names."""
    keys = [column.key for column in result.columns]
    return {
        "verb": result.verb,
        "ok": result.ok,
        "message": result.message,
        "shape": result.shape,
        "columns": [{"key": c.key, "title": c.title, "unit": c.unit.value} for c in result.columns],
        "rows": [{key: row.get(key) for key in dict.fromkeys((*keys, *row))} for row in result.rows],
        "processes": [_process(each) for each in result.processes],
        "notes": list(result.notes),
        "failures": [_failure(failed) for failed in result.failures],
        "job": result.job,
    }


def of_error(error: NlshError) -> dict[str, Any]:
    """An error: its name in the error tree, its words, and the policy rule where one decided."""
    rule = error.rule if isinstance(error, Denied) else ""
    return {"type": type(error).__name__, "message": error.message, "hint": error.hint, "rule": rule or None}


def text(value: Any) -> str:
    """`value` as one line of JSON, without a line end: no control or format character, no NaN, no infinity."""
    return safe.json(json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False))


def _failure(failed: Failure) -> dict[str, Any]:
    return {
        "subject": failed.subject or _name(failed.target),
        "pid": failed.target.id.pid if failed.target else None,
        "reason": failed.reason,
        "remedy": failed.remedy,
    }


def _process(process: ProcessId | None) -> dict[str, int] | None:
    return {"pid": process.pid, "start": process.start} if process else None


def _name(target: Target | None) -> str:
    return target.name if target else ""


def _plain(value: Any) -> Any:
    """`value` in the types of JSON."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)
