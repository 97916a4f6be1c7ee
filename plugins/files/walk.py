"""Going through all files below a folder, for as long as there is time."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

BLOCK = 512
_MADE_UP = frozenset(("/proc", "/sys", "/dev", "/run"))
"""Folders of the kernel and of running programs: what is in them takes up no space on a disk."""


@dataclass
class Walk:
    """A walk below `root` that ends early when `left()` seconds come near to none.

    It counts what it saw; `unread` are folders that may not be read. A file with several names counts once, as du does.
    """

    root: str
    left: Callable[[], float]
    files: int = 0
    folders: int = 0
    unread: int = 0
    stopped: bool = False
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def entries(self) -> Iterator[tuple[str, os.stat_result]]:
        """Every file and folder below the root with what is known of it, links not followed; a file root is itself."""
        about = os.stat(self.root)
        if not stat.S_ISDIR(about.st_mode):
            self.files = 1
            yield self.root, about
            return
        waiting = [self.root]
        while waiting:
            if self.left() < 2.0:
                self.stopped = True
                return
            yield from self._within(waiting.pop(), waiting)

    def _within(self, folder: str, waiting: list[str]) -> Iterator[tuple[str, os.stat_result]]:
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    try:
                        about = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue
                    if stat.S_ISDIR(about.st_mode):
                        self.folders += 1
                        if entry.path not in _MADE_UP:
                            waiting.append(entry.path)
                    else:
                        self.files += 1
                        if about.st_nlink > 1 and not self._first(about):
                            continue
                    yield entry.path, about
        except OSError:
            self.unread += 1

    def _first(self, about: os.stat_result) -> bool:
        key = about.st_dev, about.st_ino
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def notes(self) -> tuple[str, ...]:
        """What a person should know about the walk."""
        found = []
        if self.stopped:
            found.append(f"There was no time for all of it: {self.files} files were looked at.")
        if self.unread:
            folders = "1 folder" if self.unread == 1 else f"{self.unread} folders"
            found.append(f"{folders} could not be read.")
        return tuple(found)


def used(about: os.stat_result) -> int:
    """Bytes that it takes up on the disk, as du counts."""
    return about.st_blocks * BLOCK
