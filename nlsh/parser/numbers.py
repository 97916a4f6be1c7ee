"""What the numbers of an utterance may stand for, kind by kind of argument.

With a unit of time or size a number stands for seconds or bytes and for nothing else: "older than 2 days" must never
become two seconds.
"""

from __future__ import annotations

from nlsh.argument import Kind
from nlsh.parser.quantities import Quantity, Unit

MOST_CPUS = 256


def allowed(kind: Kind, said: tuple[Quantity, ...]) -> tuple[float, ...]:
    """The values that an argument of this kind may have, ascending, each once."""
    values = _VALUES[kind](said) if kind in _VALUES else set()
    return tuple(sorted(values))


def literal(value: float) -> str:
    """The number as JSON has it, a whole one without a fraction."""
    return str(int(value)) if float(value).is_integer() else repr(round(float(value), 6))


def _plain(said: tuple[Quantity, ...]) -> set[float]:
    return {q.value for q in said if q.unit is Unit.NONE and not q.negative and float(q.value).is_integer()}


def _counts(said: tuple[Quantity, ...]) -> set[float]:
    return {value for value in _plain(said) if value >= 1} | {1, 10}


def _rows(said: tuple[Quantity, ...]) -> set[float]:
    ordinals = {q.value for q in said if q.unit is Unit.ORDINAL}
    return {value for value in _plain(said) | ordinals if value >= 1}


def _united(said: tuple[Quantity, ...], unit: Unit) -> set[float]:
    return {q.value for q in said if q.unit is unit and float(q.value).is_integer()} | _plain(said)


def _percents(said: tuple[Quantity, ...]) -> set[float]:
    return {q.value for q in said if q.unit in (Unit.NONE, Unit.PERCENT) and not q.negative}


def _any(said: tuple[Quantity, ...]) -> set[float]:
    return {q.value for q in said if q.unit is not Unit.ORDINAL and not q.negative}


def _nices(said: tuple[Quantity, ...]) -> set[float]:
    whole = {q.value for q in said if q.unit is Unit.NONE and float(q.value).is_integer()}
    return {value for value in whole if -20 <= value <= 19} | {-20, 19}


def _cpus(said: tuple[Quantity, ...]) -> set[float]:
    ordinals = {q.value for q in said if q.unit is Unit.ORDINAL}
    most = max((v for v in _plain(said) | ordinals if v < MOST_CPUS), default=-1)
    return {float(n) for n in range(int(most) + 1)}


_VALUES = {
    Kind.PID: lambda said: {value for value in _plain(said) if value >= 1},
    Kind.PORT: lambda said: {value for value in _plain(said) if 0 <= value <= 65535},
    Kind.COUNT: _counts,
    Kind.ROW: _rows,
    Kind.ID: _rows,
    Kind.SECONDS: lambda said: _united(said, Unit.TIME),
    Kind.BYTES: lambda said: _united(said, Unit.SIZE),
    Kind.PERCENT: _percents,
    Kind.NUMBER: _any,
    Kind.NICE: _nices,
    Kind.CPU: _cpus,
}
