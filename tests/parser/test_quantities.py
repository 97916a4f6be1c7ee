"""Which numbers an utterance says, and what they may stand for."""

from __future__ import annotations

import pytest

from nlsh.argument import Kind
from nlsh.parser.numbers import allowed, literal
from nlsh.parser.quantities import quantities


def values(kind: Kind, utterance: str) -> set[float]:
    """What an argument of this kind may be."""
    return set(allowed(kind, quantities(utterance)))


@pytest.mark.parametrize(
    ("kind", "utterance", "expected"),
    [
        (Kind.PID, "kill 4711", {4711}),
        (Kind.PID, "kill pid4711 and #12", {4711, 12}),
        (Kind.PID, "kill python3 and sha-256 and libc.6", set()),
        (Kind.PID, "kill -9 4711", {4711}),
        (Kind.PID, "ping 127.0.0.1", set()),
        (Kind.PID, "the 3rd of 5 seconds", set()),
        (Kind.PORT, "on :8080 or 70000", {8080}),
        (Kind.COUNT, "the top twenty five", {1, 10, 25}),
        (Kind.COUNT, "a dozen processes", {1, 10, 12}),
        (Kind.COUNT, "half a dozen processes", {1, 6, 10}),
        (Kind.PID, "two dozen", {24}),
        (Kind.PID, "a dozen dozen", {12}),
        (Kind.PID, "three and four", {3, 4}),
        (Kind.PID, "rows two three and seven", {2, 3, 7}),
        (Kind.PID, "twenty and five", {20, 5}),
        (Kind.PID, "kill forty, one and two", {40, 1, 2}),
        (Kind.PID, "kill two hundred. five is mine", {200, 5}),
        (Kind.PID, "two hundred and five", {205}),
        (Kind.PID, "two hundred twelve", {212}),
        (Kind.PID, "twenty twelve", {20, 12}),
        (Kind.PID, "two hundred thousand three hundred and one", {200301}),
        (Kind.PID, "treinta y cinco", {35}),
        (Kind.PID, "tres y cinco", {3, 5}),
        (Kind.PID, "vingt et un", {20}),
        (Kind.PID, "vingt deux", {22}),
        (Kind.COUNT, "内存最多的五个进程", {1, 5, 10}),
        (Kind.SECONDS, "older than 2 days", {172800}),
        (Kind.SECONDS, "for half an hour", {1800}),
        (Kind.SECONDS, "an hour and a half", {3600, 5400}),
        (Kind.SECONDS, "in 90", {90}),
        (Kind.SECONDS, "alle zehn minuten", {600}),
        (Kind.SECONDS, "ces 10 dernières minutes", {600}),
        (Kind.SECONDS, "每5秒", {5}),
        (Kind.SECONDS, "over 2 uur", {7200}),
        (Kind.SECONDS, "de senaste 20 minuterna", {1200}),
        (Kind.SECONDS, "5 GB", set()),
        (Kind.BYTES, "half a gig", {2**29}),
        (Kind.BYTES, "2.5 GB", {5 * 2**29}),
        (Kind.BYTES, "1,5 go", {3 * 2**29}),
        (Kind.BYTES, "2 days", set()),
        (Kind.PERCENT, "over 90 %", {90}),
        (Kind.PERCENT, "two percent", {2}),
        (Kind.PERCENT, "più del 90 per cento", {90}),
        (Kind.PERCENT, "2 GB", set()),
        (Kind.NUMBER, "hotter than 80 degrees", {80}),
        (Kind.NICE, "to -5", {-20, -5, 19}),
        (Kind.NICE, "to minus five", {-20, -5, 19}),
        (Kind.NICE, "to 400", {-20, 19}),
        (Kind.CPU, "core 2", {0, 1, 2}),
        (Kind.CPU, "cores 6,7", {0, 1, 2, 3, 4, 5, 6, 7}),
        (Kind.CPU, "all cores", set()),
        (Kind.ROW, "the second one", {2}),
        (Kind.ROW, "第二个", {2}),
        (Kind.ID, "rule number 4", {4}),
    ],
)
def test_allowed(kind: Kind, utterance: str, expected: set[float]) -> None:
    """A number may be what was said, with its unit, for the kind of argument that it fits."""
    assert values(kind, utterance) == expected


def test_article_counts_only_with_a_unit() -> None:
    """An hour is 3600 seconds, a process is no number."""
    assert values(Kind.PID, "kill a process an hour old") == set()


@pytest.mark.parametrize(("value", "text"), [(5.0, "5"), (2.5, "2.5"), (-5.0, "-5"), (0.1 + 0.2, "0.3")])
def test_literal(value: float, text: str) -> None:
    """A whole number is written without a fraction."""
    assert literal(value) == text
