"""Which file systems are mounted where, and how full they are."""

from __future__ import annotations

import os
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOUNTINFO = Path("/proc/self/mountinfo")
PSEUDO = frozenset({
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs",
    "fuse.gvfsd-fuse", "fuse.lxcfs", "fuse.portal", "fuse.snapfuse", "fusectl", "hugetlbfs", "mqueue", "nsfs",
    "overlay", "proc", "pstore", "ramfs", "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs", "tmpfs",
    "tracefs",
})  # fmt: skip
"""Kinds that store nothing of a person's, or that are full by nature. The root is shown whatever its kind."""
REMOTE = ("nfs", "cifs", "smb", "9p", "ceph", "fuse.", "glusterfs", "afs")
PATIENCE = 1.0
"""Seconds that a file system on another machine has to answer; a dead server would hold the prompt for minutes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """One mount: its source, mount point, kind (ext4, nfs4, …) and device number (`8:1`)."""

    source: str
    path: str
    kind: str
    number: str


def mounts() -> tuple[Mount, ...]:
    """All mounts that this process sees, oldest first."""
    return tuple(_mount(line) for line in MOUNTINFO.read_text(encoding="utf-8", errors="replace").splitlines())


def _mount(line: str) -> Mount:
    """Read a line as proc_pid_mountinfo(5) has it: a blank in a path is written as `\\040`."""
    left, _, right = line.partition(" - ")
    fields, (kind, source, *_) = left.split(" "), right.split(" ")
    return Mount(source=_plain(source), path=_plain(fields[4]), kind=kind, number=fields[2])


def _plain(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def real_mounts() -> tuple[Mount, ...]:
    """The file systems that hold data, each once, at its shortest mount point."""
    found: dict[str, Mount] = {}
    for mount in sorted(mounts(), key=lambda each: (len(each.path), each.path)):
        if mount.path == "/" or (mount.kind not in PSEUDO and _is_folder(mount)):
            found.setdefault(mount.source if mount.source.startswith("/") else mount.number, mount)
    return tuple(sorted(found.values(), key=lambda each: each.path))


def _is_folder(mount: Mount) -> bool:
    """Containers mount single files; a file system of another machine is not asked, for it may not answer."""
    return mount.kind.startswith(REMOTE) or Path(mount.path).is_dir()


def mount_of(path: str) -> Mount:
    """The mount that holds `path`, which must exist; OSError where it does not."""
    place = os.path.realpath(path, strict=True)
    holders = [each for each in mounts() if _within(place, each.path)]
    return max(enumerate(holders), key=lambda pair: (len(pair[1].path), pair[0]))[1]


def _within(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip("/") + "/")


def space(mount: Mount) -> dict[str, Any] | None:
    """`size`, `used`, `free` in bytes and `percent` used; None where the file system does not answer.

    `free` is what an ordinary user may still fill, and `percent` is of what one can fill, as df has it.
    """
    answer: list[os.statvfs_result] = []
    if not mount.kind.startswith(REMOTE):
        _ask(mount.path, answer)
    else:
        asking = threading.Thread(target=_ask, args=(mount.path, answer), daemon=True)
        asking.start()
        asking.join(PATIENCE)
    return _space(answer[0]) if answer else None


def _ask(path: str, answer: list[os.statvfs_result]) -> None:
    try:
        answer.append(os.statvfs(path))
    except OSError:
        return


def _space(state: os.statvfs_result) -> dict[str, Any]:
    used, free = (state.f_blocks - state.f_bfree) * state.f_frsize, state.f_bavail * state.f_frsize
    percent = round(100 * used / (used + free), 1) if used + free else 0.0
    return {"size": state.f_blocks * state.f_frsize, "used": used, "free": free, "percent": percent}
