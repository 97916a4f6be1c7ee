"""Numbers as a person reads them."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.render import units
from nlsh.result import Unit


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0, Unit.BYTES, "0 B"),
        (1023, Unit.BYTES, "1023 B"),
        (1024, Unit.BYTES, "1.0 KiB"),
        (1288490188, Unit.BYTES, "1.2 GiB"),
        (512 << 20, Unit.BYTES, "512 MiB"),
        (-2048, Unit.BYTES, "-2.0 KiB"),
        (1536, Unit.RATE, "1.5 KiB/s"),
        (12.34, Unit.PERCENT, "12.3%"),
        (0.25, Unit.SECONDS, "0.2 s"),
        (59.6, Unit.SECONDS, "1 min"),
        (192 * 60, Unit.SECONDS, "3 h 12 min"),
        (90000, Unit.SECONDS, "1 d 1 h"),
        (45.04, Unit.CELSIUS, "45.0 °C"),
        (3, Unit.COUNT, "3"),
        (0.531, Unit.COUNT, "0.53"),
        (True, Unit.FLAG, "yes"),
        (None, Unit.BYTES, "-"),
        ("", Unit.TEXT, "-"),
        (math.nan, Unit.PERCENT, "-"),
        ("unlimited", Unit.BYTES, "unlimited"),
        ((1, 2), Unit.COUNT, "1, 2"),
        ({"one": 1024}, Unit.BYTES, "one=1.0 KiB"),
    ],
)
def test_what_is_shown(value: object, unit: Unit, shown: str) -> None:
    """Each unit has its form, and what is no number of that unit is shown as it stands."""
    assert units.shown(value, unit) == shown


def test_a_time_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unix time is shown as date and time; one beyond the calendar as its number."""
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", units.shown(1_700_000_000, Unit.TIME))
    assert units.shown(1e20, Unit.TIME) == "1e+20"


@given(st.integers(0, 2**70))
def test_sizes_stay_short_and_near(size: int) -> None:
    """A size has at most four digits and is within a twentieth of what it stands for."""
    number, unit = units.size(size).split()
    factor = 1024 ** (0 if unit == "B" else 1 + "KMGTPE".index(unit[0]))
    assert abs(float(number) * factor - size) <= max(size, 1) / 20
    assert len(number) <= 4 or unit == "EiB"


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers() | st.none() | st.booleans() | st.text())
def test_every_value_has_a_text(value: object) -> None:
    """No value of any unit is without a text."""
    for unit in Unit:
        assert units.shown(value, unit)
