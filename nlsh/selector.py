"""The process selector: which processes a step means. All parts are combined with AND."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from nlsh.argument import Bytes, Count, Last, Name, Percent, Pid, Port, Row, Seconds, Text, User, declared

Status = Literal["running", "sleeping", "stopped", "zombie", "disk-sleep", "idle"]
Sort = Literal["cpu", "memory", "io", "age", "name", "pid", "threads", "files"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Selector:
    """Which processes are meant.

    `name` matches the whole process name or executable base name, whatever its case, a version tail allowed;
    `command` is a substring of the whole command line. `min_cpu` is percent of one core, `min_memory` percent of
    physical memory, `min_rss` bytes, the ages seconds. `limit` counts after sorting. `ref` is `last` or a row of the
    previous result counted from 1. None everywhere means: no such restriction.
    """

    pid: Pid | tuple[Pid, ...] | None = None
    name: Name | tuple[Name, ...] | None = None
    command: Text | None = None
    user: User | None = None
    port: Port | None = None
    parent: Pid | None = None
    status: Status | None = None
    min_cpu: Percent | None = None
    min_memory: Percent | None = None
    min_rss: Bytes | None = None
    exclude: Name | Pid | tuple[Name | Pid, ...] | None = None
    older_than: Seconds | None = None
    newer_than: Seconds | None = None
    sort: Sort | None = None
    reverse: bool = False
    limit: Count | None = None
    ref: Last | Row | None = None

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> Selector:
        """The selector part of a step's arguments; arguments that are not the selector's are left alone."""
        return cls(**{name: args[name] for name in SELECTOR_NAMES if name in args})

    @property
    def names_someone(self) -> bool:
        """Whether anything but an order or an exception says who is meant."""
        free = ("exclude", "sort", "reverse", "limit")
        return any(getattr(self, f.name) is not None for f in fields(self) if f.name not in free)


SELECTOR_NAMES = tuple(f.name for f in fields(Selector))
SELECTOR_ARGUMENTS = declared(Selector)
