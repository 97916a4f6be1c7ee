"""CPU limits by control group (cgroup v2), where a process has a group to itself.

A process is never moved to another group: service managers lose track of those that are.
"""

from __future__ import annotations

import os
from pathlib import Path

_PERIOD = 100_000
"""Microseconds: the kernel's default."""


def own_group(pid: int, proc: Path = Path("/proc"), mount: Path = Path("/sys/fs/cgroup")) -> Path | None:
    """The `cpu.max` file of the group that holds this process alone, if it can be written; else None."""
    try:
        lines = (proc / str(pid) / "cgroup").read_text(encoding="utf-8").splitlines()
        path = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
        group = mount / path
        if not path or not group.resolve().is_relative_to(mount.resolve()) or not _alone(group, pid):
            return None
    except OSError:
        return None
    return group / "cpu.max" if os.access(group / "cpu.max", os.W_OK) else None


def _alone(group: Path, pid: int) -> bool:
    members = (group / "cgroup.procs").read_text(encoding="ascii").split()
    return members == [str(pid)] and not any(child.is_dir() for child in group.iterdir())


def quota(percent: float) -> str:
    """What to write into `cpu.max` for percent of one core; at least 1 percent, as the kernel wants."""
    return f"{max(1000, round(percent * _PERIOD / 100))} {_PERIOD}"


def set_quota(file: Path, text: str) -> str:
    """Write `cpu.max` and return what stood there before."""
    before = file.read_text(encoding="ascii").strip()
    file.write_text(text, encoding="ascii")
    return before
