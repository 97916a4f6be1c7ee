"""What the tests of rendering share: results with any strings in them."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

from nlsh.result import Column, Failure, Result, Unit
from nlsh.target import ProcessId

TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)
VALUES = st.none() | TEXT | st.integers(-(2**70), 2**70) | st.floats() | st.booleans() | st.lists(TEXT, max_size=3)
_COLUMNS = st.lists(
    st.builds(Column, key=st.sampled_from("abc"), title=TEXT, unit=st.sampled_from(Unit)), max_size=3
).map(tuple)
_ROWS = st.lists(
    st.fixed_dictionaries({"depth": st.integers(-3, 9)}, optional={"a": VALUES, "b": VALUES, "c": VALUES}), max_size=5
).map(tuple)
_FAILURES = st.builds(Failure, target=st.none(), subject=TEXT, reason=TEXT, remedy=TEXT)
RESULTS = st.builds(
    Result,
    verb=TEXT,
    shape=st.sampled_from(("table", "record", "tree", "message")),
    columns=_COLUMNS,
    rows=_ROWS,
    message=TEXT,
    notes=st.lists(TEXT, max_size=2).map(tuple),
    processes=st.sampled_from(((), (ProcessId(pid=1, start=1), None))),
    failures=st.lists(st.builds(Failure, target=st.none(), subject=TEXT, reason=TEXT, remedy=TEXT), max_size=2).map(
        tuple
    ),
)
"""Results of every shape, with hostile strings everywhere."""


def unsafe(text: str) -> set[str]:
    """The characters of the text that could steer a terminal."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return {char for char in text if unicodedata.category(char) in kinds and char not in "\u200c\u200d"}
