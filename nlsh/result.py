"""What a verb returns. Executors never print: `nlsh.render` turns a Result into a table, text or JSON."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nlsh.target import ProcessId, Target


class Unit(enum.Enum):
    """What a column's numbers are, so that a person sees 1.2 GiB and a program 1288490188."""

    TEXT = "text"
    COUNT = "count"
    BYTES = "bytes"
    RATE = "bytes/s"
    PERCENT = "percent"
    SECONDS = "seconds"
    TIME = "unix time"
    CELSIUS = "celsius"
    FLAG = "flag"


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: the key of its values in the rows, its heading, and its unit."""

    key: str
    title: str
    unit: Unit = Unit.TEXT


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """One thing that could not be done: to whom, why, and the next step (an exact command line where there is one)."""

    target: Target | None = None
    subject: str = ""
    reason: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came of one step.

    `shape` says how it reads: a `table` of `rows`; a `record`, one row shown as key and value; a `tree`, rows with a
    `depth`; or only its `message`. `processes` names the process of each row, in order, where the rows are processes
    (None for a row whose process cannot be seen): that is what `ref` counts in the next utterance. `job` is the id of
    the background job that it started.
    """

    verb: str
    shape: Literal["table", "record", "tree", "message"] = "message"
    columns: tuple[Column, ...] = ()
    rows: tuple[Mapping[str, Any], ...] = ()
    message: str = ""
    notes: tuple[str, ...] = ()
    processes: tuple[ProcessId | None, ...] = ()
    failures: tuple[Failure, ...] = ()
    job: int | None = None

    @property
    def ok(self) -> bool:
        """Whether all of it was done."""
        return not self.failures
