"""The kinds of argument that a verb may declare, read from the annotations of its function.

A kind says what the grammar lets the model write there: a NAME is a run of the utterance's own words, SECONDS a
duration that was said. `Argument` is one declared argument; `declared` reads them from a function or a dataclass.
"""

from __future__ import annotations

import enum
import inspect
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal


class Kind(enum.Enum):
    """What may stand in an argument."""

    NAME = "name"
    """A run of whole tokens of the utterance; may carry a wildcard where the sentence says so."""
    TEXT = "text"
    """A run of whole tokens of the utterance, as it stands."""
    USER = "user"
    """A run of whole tokens of the utterance, or `me`."""
    PID = "pid"
    PORT = "port"
    COUNT = "count"
    """How many rows: a number that was said, or 1 or 10."""
    ROW = "row"
    """A row of the previous result, counted from 1."""
    LAST = "last"
    """The word `last`: the whole previous result."""
    ID = "id"
    """The number of a rule or a job: one that was said."""
    SECONDS = "seconds"
    BYTES = "bytes"
    PERCENT = "percent"
    NUMBER = "number"
    """A number as it was said; in a condition its unit may be bytes, percent, degrees or load."""
    NICE = "nice"
    CPU = "cpu"
    """A CPU, counted from 0."""
    FLAG = "flag"
    CHOICE = "choice"
    STEP = "step"
    """Another step, nested."""
    READ_STEP = "read_step"
    """Another step, nested, whose verb only reads."""
    CONDITION = "condition"

    @property
    def is_string(self) -> bool:
        """Whether a value of this kind is copied from the utterance."""
        return self in (Kind.NAME, Kind.TEXT, Kind.USER)


Name = Annotated[str, Kind.NAME]
Text = Annotated[str, Kind.TEXT]
User = Annotated[str, Kind.USER]
Pid = Annotated[int, Kind.PID]
Port = Annotated[int, Kind.PORT]
Count = Annotated[int, Kind.COUNT]
Row = Annotated[int, Kind.ROW]
Last = Annotated[str, Kind.LAST]
Id = Annotated[int, Kind.ID]
Seconds = Annotated[int, Kind.SECONDS]
Bytes = Annotated[int, Kind.BYTES]
Percent = Annotated[float, Kind.PERCENT]
Number = Annotated[float, Kind.NUMBER]
Nice = Annotated[int, Kind.NICE]
Cpu = Annotated[int, Kind.CPU]
Step = Annotated[Any, Kind.STEP]
ReadStep = Annotated[Any, Kind.READ_STEP]
When = Annotated[Any, Kind.CONDITION]


@dataclass(frozen=True, kw_only=True, slots=True)
class Argument:
    """One argument: its wire name, what may stand there, and its default.

    `kinds` are alternatives; `many` allows a JSON list of them beside a single value; `choices` are the words of a
    CHOICE (or, where `integer`, its digits). `only_list` is set where a single value may not stand alone.
    """

    name: str
    kinds: tuple[Kind, ...]
    many: bool = False
    only_list: bool = False
    choices: tuple[str, ...] = ()
    integer: bool = False
    default: Any = None
    required: bool = False

    @property
    def parameter(self) -> str:
        """The name in Python: `class` and `for` carry a trailing underscore there."""
        return self.name + "_" if self.name in ("class", "for") else self.name


def declared(owner: Callable[..., Any]) -> tuple[Argument, ...]:
    """Read the keyword-only parameters of `owner` (a function or a keyword-only dataclass) as arguments, in order."""
    hints = typing.get_type_hints(owner, include_extras=True)
    found = []
    for parameter in inspect.signature(owner).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY:
            found.append(_argument(parameter, hints[parameter.name]))
    return tuple(found)


def _argument(parameter: inspect.Parameter, hint: Any) -> Argument:
    parts = _parts(hint)
    single = [part for part in parts if typing.get_origin(part) not in (list, tuple)]
    listed = [typing.get_args(part)[0] for part in parts if typing.get_origin(part) in (list, tuple)]
    flat = single + [inner for part in listed for inner in _parts(part) if inner not in single]
    choices = tuple(str(word) for part in flat if typing.get_origin(part) is Literal for word in typing.get_args(part))
    integer = any(
        isinstance(w, int) for part in flat if typing.get_origin(part) is Literal for w in typing.get_args(part)
    )
    kinds = tuple(dict.fromkeys(_kind(part) for part in flat))
    required = parameter.default is parameter.empty
    return Argument(
        name=parameter.name.rstrip("_"),
        kinds=kinds,
        many=bool(listed),
        only_list=bool(listed) and not single,
        choices=choices,
        integer=integer,
        default=None if required else parameter.default,
        required=required,
    )


def _parts(hint: Any) -> list[Any]:
    """The alternatives of a union, without None."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [part for arg in typing.get_args(hint) for part in _parts(arg)]
    return [] if hint is type(None) else [hint]


def _kind(part: Any) -> Kind:
    if part is bool:
        return Kind.FLAG
    origin = typing.get_origin(part)
    if origin is Literal:
        return Kind.CHOICE
    if origin is Annotated:
        for mark in typing.get_args(part)[1:]:
            if isinstance(mark, Kind):
                return mark
    raise TypeError(f"an argument cannot have the type {part!r}; use the names of nlsh.argument, bool or Literal")
