"""Whether a process is one of those that a selector speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from nlsh.executor.table import Need
from nlsh.process import Process
from nlsh.selector import Selector

Test = Callable[[Process], bool]

_CHECKS: dict[str, tuple[tuple[Need, ...], Callable[[Any], Test]]] = {
    "pid": ((), lambda said: lambda p: p.pid in as_tuple(said)),
    "name": (("argv", "exe"), lambda said: lambda p: any(is_called(p, name) for name in as_tuple(said))),
    "command": (("argv",), lambda said: lambda p: said.casefold() in p.command.casefold()),
    "port": (("ports",), lambda said: lambda p: said in p.ports),
    "parent": ((), lambda said: lambda p: p.parent == said),
    "status": ((), lambda said: lambda p: p.status == said),
    "min_cpu": (("cpu",), lambda said: lambda p: p.cpu is not None and p.cpu >= said),
    "min_memory": ((), lambda said: lambda p: p.memory >= said),
    "min_rss": ((), lambda said: lambda p: p.rss >= said),
    "older_than": ((), lambda said: lambda p: p.age >= said),
    "newer_than": ((), lambda said: lambda p: p.age <= said),
}
"""Argument of the selector to what must be read for it, and the test that it makes. Users are looked up by uid."""

_SORT_NEEDS: dict[str, Need] = {"cpu": "cpu", "io": "io", "files": "files"}
_SORT_KEYS: dict[str, Callable[[Process], Any]] = {
    "cpu": lambda p: p.cpu,
    "memory": lambda p: p.rss,
    "io": lambda p: p.io,
    "age": lambda p: p.age,
    "name": lambda p: p.name.casefold(),
    "pid": lambda p: p.pid,
    "threads": lambda p: p.threads,
    "files": lambda p: p.files,
}
_VERSION = r"(?:-?[0-9]+(?:\.[0-9]+)*)?"
_ASCENDING = ("name", "pid")


def needs(selector: Selector) -> set[Need]:
    """What must be read of every process to resolve the selector."""
    wanted: set[Need] = {need for name, (each, _) in _CHECKS.items() if _given(selector, name) for need in each}
    if selector.user is not None:
        wanted.add("user")
    if _given(selector, "exclude"):
        wanted |= {"argv", "exe"}
    if selector.sort in _SORT_NEEDS:
        wanted.add(_SORT_NEEDS[selector.sort])
    return wanted


def tests(selector: Selector, uid: int | None) -> list[Test]:
    """The tests that a process must pass, all of them; `uid` is that of the selector's user."""
    found = [make(getattr(selector, name)) for name, (_, make) in _CHECKS.items() if _given(selector, name)]
    if uid is not None:
        found.append(lambda p: p.uid == uid)
    if _given(selector, "exclude"):
        found.append(lambda p: not _excluded(p, as_tuple(selector.exclude)))
    return found


def ordered(processes: Iterable[Process], sort: str | None, reverse: bool) -> list[Process]:
    """In the selector's order: most first, but names and pids ascending. What cannot be told comes last either way."""
    found = sorted(processes, key=lambda p: p.pid) if sort else list(processes)
    if sort is None:
        return found[::-1] if reverse else found
    key = _SORT_KEYS[sort]
    known = sorted((p for p in found if key(p) is not None), key=key, reverse=(sort in _ASCENDING) == reverse)
    return known + [p for p in found if key(p) is None]


def is_called(process: Process, name: str) -> bool:
    """Whether the name is that of the process or of its program, whole but for case and a version tail.

    `python` is python3.11, `python3` too, `python3.1` is not; `*` and `?` stand for any text and any character. A name
    with a slash is the path of the program.
    """
    pattern = _pattern(name)
    return any(pattern.fullmatch(each) for each in (paths_of(process) if "/" in name else names_of(process)))


def names_of(process: Process) -> set[str]:
    """What a process is called: by the kernel, in full where it cut that off, by its command line, by its file."""
    bases = {path.rpartition("/")[2].removeprefix("-") for path in paths_of(process)}
    return {process.name, *bases} - {""}


def paths_of(process: Process) -> set[str]:
    """The path of its program, as the command line has it and as the kernel has it."""
    title = process.argv[0].partition(": ")[0] if process.argv else ""
    if len(process.argv) == 1:  # a process that writes its own title makes one argument of it all
        title = title.partition(" ")[0]
    return {title, process.exe.removesuffix(" (deleted)")}


@lru_cache(maxsize=64)
def _pattern(name: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in re.sub(r"\*+", "*", name))
    digit = name[-1:].isdigit()
    tail = "" if {"*", "?"} & set(name) else r"(?:[-.][0-9]+(?:\.[0-9]+)*)?" if digit else _VERSION
    return re.compile("".join(parts) + tail, re.IGNORECASE | re.DOTALL)


def _excluded(process: Process, said: tuple[str | int, ...]) -> bool:
    return any(str(process.pid) == str(each) or (isinstance(each, str) and is_called(process, each)) for each in said)


def _given(selector: Selector, name: str) -> bool:
    return getattr(selector, name) not in (None, ())


def as_tuple(said: Any) -> tuple[Any, ...]:
    """A value or a list of them, as a list."""
    return said if isinstance(said, tuple) else (said,)
