"""A process table of made-up processes, for the tests of nlsh and of plugins."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from nlsh.process import Process
from nlsh.target import ProcessId


def process(pid: int, name: str, *, start: int = 1000, **fields: Any) -> Process:
    """A process with this pid and name, whose command line is its name; `fields` are those of `Process`."""
    given: dict[str, Any] = {"comm": name[:15], "name": name, "uid": 1000, "user": "alice", "argv": (name,)}
    return Process(id=ProcessId(pid=pid, start=start), **given | fields)


class FakeTable:
    """A process table that holds what it is given.

    `files` maps a pid and the name of a file of its /proc folder to the contents, `links` to where a link leads,
    `folders` to names. `end` takes a process away, as when it ends between two looks.
    """

    def __init__(
        self,
        *processes: Process,
        files: Mapping[tuple[int, str], bytes] | None = None,
        links: Mapping[tuple[int, str], str] | None = None,
        folders: Mapping[tuple[int, str], tuple[str, ...]] | None = None,
    ) -> None:
        self._processes = {each.pid: each for each in processes}
        self._files = dict(files or {})
        self._links = dict(links or {})
        self._folders = dict(folders or {})

    def end(self, pid: int) -> None:
        """Take the process away."""
        del self._processes[pid]

    def add(self, added: Process) -> None:
        """Put a process in; one that had its pid is replaced."""
        self._processes[added.pid] = added

    def snapshot(self, needs: Collection[str] = (), pids: Iterable[int] | None = None) -> tuple[Process, ...]:
        """All of them, or those of `pids`, by pid; every field is always there."""
        chosen = sorted(self._processes) if pids is None else sorted(set(pids) & set(self._processes))
        return tuple(self._processes[pid] for pid in chosen)

    def read(self, pid: int, name: str) -> bytes | None:
        """The contents that were given for it."""
        return self._files.get((pid, name))

    def link(self, pid: int, name: str) -> str | None:
        """Where it was said to lead."""
        return self._links.get((pid, name))

    def entries(self, pid: int, name: str) -> tuple[str, ...] | None:
        """The names that were given for it."""
        return self._folders.get((pid, name))
