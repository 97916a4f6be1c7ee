"""The JSON contract: its keys do not change within a version."""

from __future__ import annotations

import json

from hypothesis import given
from tests_render import RESULTS, unsafe

from nlsh.errors import Denied, NothingMatched
from nlsh.render import json_out
from nlsh.result import Column, Failure, Result, Unit
from nlsh.target import ProcessId, Target

READING = {"utterance": "kill chrome", "route": "intent", "confidence": 0.9, "asks": False, "plan": []}
TARGET = Target(id=ProcessId(pid=7, start=1), name="sleep", user="ada", uid=1)
RESULT = Result(
    verb="process.kill",
    shape="table",
    columns=(Column(key="rss", title="Memory", unit=Unit.BYTES),),
    rows=({"rss": 1024, "extra": float("nan")},),
    processes=(TARGET.id, None),
    failures=(Failure(target=TARGET, reason="no", remedy="sudo"),),
)


def test_the_envelope_has_these_keys() -> None:
    """Version 1 of the envelope has exactly these keys, in this order."""
    envelope = json_out.envelope(READING, [RESULT], error=NothingMatched("no", hint="do"), exit_code=4)
    assert list(envelope) == [
        "version",
        "utterance",
        "route",
        "confidence",
        "asks",
        "plan",
        "command",
        "results",
        "error",
        "exit_code",
    ]
    assert envelope["version"] == 1 and envelope["exit_code"] == 4


def test_a_result_has_these_keys() -> None:
    """A result has exactly these keys, and its numbers are plain numbers."""
    made = json_out.of_result(RESULT)
    assert list(made) == [
        "verb",
        "ok",
        "message",
        "shape",
        "columns",
        "rows",
        "processes",
        "notes",
        "failures",
        "job",
    ]
    assert made["rows"][0]["rss"] == 1024
    assert made["columns"] == [{"key": "rss", "title": "Memory", "unit": "bytes"}]
    assert made["processes"] == [{"pid": 7, "start": 1}, None]
    assert made["failures"] == [{"subject": "sleep", "pid": 7, "reason": "no", "remedy": "sudo"}]


def test_an_error_has_these_keys() -> None:
    """An error has its name in the error tree, its words, and the rule of a denial."""
    assert json_out.of_error(Denied("no", rule="r")) == {"type": "Denied", "message": "no", "hint": "", "rule": "r"}
    assert json_out.of_error(NothingMatched("no"))["rule"] is None


def test_a_request_that_was_not_read_has_the_keys_too() -> None:
    """Before anything is understood the envelope is complete: its keys are there, empty."""
    envelope = json_out.envelope({"utterance": "x"}, [], error=None, exit_code=0)
    assert (envelope["route"], envelope["plan"], envelope["error"]) == (None, [], None)


def test_what_json_has_no_number_for_is_null() -> None:
    """Not a number and infinity are null."""
    assert json.loads(json_out.text({"a": float("nan"), "b": [float("inf")]})) == {"a": None, "b": [None]}


def test_a_report_of_a_job_is_an_object_of_its_own() -> None:
    """A job's report has the version, the job and the result."""
    assert list(json_out.later(RESULT)) == ["version", "job", "result"]


@given(RESULTS)
def test_every_result_is_one_safe_line_of_json(any_result: Result) -> None:
    """Whatever a result holds, its JSON is one line without control characters that every reader takes."""
    line = json_out.text(json_out.of_result(any_result))
    assert unsafe(line) == set()
    assert list(json.loads(line)) == list(json_out.of_result(any_result))
