"""What the conditions of standing rules measure."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nlsh.condition import Condition
from nlsh.errors import OperationFailed
from nlsh.process import Process

Reading = Callable[[], float | None]
"""Measures now, in the unit of its metric; None where there is nothing to measure, such as no process that fits."""


def reading(condition: Condition, processes: Callable[[], tuple[Process, ...]]) -> Reading:
    """How to measure the metric of a condition; `processes` are those that its selector means, as they are now.

    OperationFailed, now or at a later reading, where this machine has no such thing.
    """
    if condition.metric == "cpu":
        return _CpuUsage()
    if condition.metric in ("disk", "disk.free"):
        key = "percent" if condition.metric == "disk" else "free"
        return lambda: _disk(condition.path or "/", key)
    if condition.of_processes:
        return lambda: _most(condition.metric, processes())
    return _MACHINE[condition.metric]


class _CpuUsage:
    """Percent of all CPUs since the reading before."""

    def __init__(self) -> None:
        from nlsh.executor.reports.cpu_time import cpu_times

        self._before = cpu_times()["cpu"]

    def __call__(self) -> float:
        from nlsh.executor.reports.cpu_time import cpu_times, usage

        before, self._before = self._before, cpu_times()["cpu"]
        return usage(before, self._before)["usage"]


def _disk(path: str, key: str) -> float | None:
    from nlsh.executor.reports import mounts

    try:
        found = mounts.space(mounts.mount_of(str(Path(path).expanduser())))
    except (OSError, RuntimeError) as error:
        raise OperationFailed(f"cannot look at {path}: {getattr(error, 'strerror', None) or error}") from error
    return None if found is None else float(found[key])


def _most(metric: str, processes: tuple[Process, ...]) -> float | None:
    """Of the process that has most of it."""
    name = metric.removeprefix("process.")
    values = (getattr(process, name) for process in processes)
    return max((float(value) for value in values if value is not None), default=None)


def _memory(key: str) -> float:
    from nlsh.executor.reports import machine

    return float(machine.memory()[key])


def _swap() -> float:
    from nlsh.executor.reports import machine

    return float(machine.swap()["percent"])


def _temperature() -> float:
    from nlsh.executor.reports import sensors

    hottest = sensors.hottest()
    if hottest is None:
        raise OperationFailed("this machine shows no temperature", hint="virtual machines have no sensors")
    return hottest


def _battery() -> float:
    from nlsh.executor.reports import sensors

    found = sensors.battery()
    if found is None:
        raise OperationFailed("this machine has no battery")
    return float(found["percent"])


_MACHINE: dict[str, Reading] = {
    "memory": lambda: _memory("percent"),
    "memory.free": lambda: _memory("available"),
    "swap": _swap,
    "load": lambda: os.getloadavg()[0],
    "temperature": _temperature,
    "battery": _battery,
}
