"""Conditions of standing rules, read from the wire form."""

import pytest

from nlsh.condition import METRICS, Condition, amount
from nlsh.errors import UsageError


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"metric": "memory", "op": ">", "value": 90}, "memory usage is above 90%"),
        ({"metric": "cpu", "op": ">", "value": 80, "for": 300}, "CPU usage is above 80% for 300 seconds"),
        (
            {"metric": "disk.free", "op": "<", "value": 10 * 1024**3, "path": "/data"},
            "free disk space of /data is below 10 GB",
        ),
        ({"metric": "temperature", "op": ">", "value": 85}, "the temperature is above 85 °C"),
        ({"metric": "load", "op": ">", "value": 4.5}, "the load average is above 4.5"),
        (
            {"metric": "process.rss", "op": ">", "value": 512 * 1024**2, "name": "chrome"},
            "memory of process with name chrome is above 512 MB",
        ),
        ({"event": "exits", "pid": 9120}, "no process with pid 9120 is left"),
        ({"event": "starts", "name": ("rsync", "scp")}, "a process with name rsync or scp starts"),
        (
            {"event": "starts", "name": "rsync", "for": 60},
            "a process with name rsync starts and has run for 60 seconds",
        ),
    ],
)
def test_a_condition_reads_as_words(when, words):
    """The sentence that the person gets back says exactly what was understood."""
    assert Condition.of(when).words == words


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ({}, "either a metric or an event"),
        ({"metric": "cpu", "event": "exits", "op": ">", "value": 1}, "either a metric or an event"),
        ({"metric": "entropy", "op": ">", "value": 1}, "no metric 'entropy'"),
        ({"metric": "cpu", "op": "=", "value": 1}, "needs > or <"),
        ({"metric": "cpu", "op": ">"}, "a value"),
        ({"metric": "cpu", "op": ">", "value": 1, "path": "/"}, "takes no path"),
        ({"metric": "cpu", "op": ">", "value": 1, "name": "make"}, "whole machine"),
        ({"metric": "process.cpu", "op": ">", "value": 1}, "which process"),
        ({"event": "explodes", "name": "make"}, "no event 'explodes'"),
        ({"event": "exits"}, "which process"),
        ({"event": "starts", "pid": 1}, "already there"),
        ({"event": "exits", "name": "make", "colour": "red"}, "no colour"),
    ],
)
def test_what_is_no_condition_is_refused(when, problem):
    """The error says what is wrong with it."""
    with pytest.raises(UsageError) as caught:
        Condition.of(when)
    assert problem in caught.value.message


def test_every_metric_can_be_said():
    """Each metric makes a condition, those of processes with a selector."""
    for metric in METRICS:
        who = {"name": "make"} if metric.startswith("process.") else {}
        assert Condition.of({"metric": metric, "op": "<", "value": 3, **who}).words


def test_amounts_are_written_as_people_say_them():
    """Bytes in powers of 1024, percent and degrees with their sign."""
    assert [amount(v, u) for v, u in ((1536, "bytes"), (100, "bytes"), (99.5, "percent"), (2, "load"))] == [
        "1.5 KB",
        "100 bytes",
        "99.5%",
        "2",
    ]
