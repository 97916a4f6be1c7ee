"""The largest files, the size of a folder, files by name and age, and the trash."""

from __future__ import annotations

import fnmatch
import heapq
import os
import stat
import time
from collections.abc import Callable
from typing import Literal

import walk

from nlsh.plugin import Bytes, Call, Column, Count, Effect, Name, Result, Seconds, Text, Unit, verb

MOST_FOUND = 500
"""Rows of files.find: more help nobody."""
_KINDS = {"file": stat.S_ISREG, "directory": stat.S_ISDIR, "link": stat.S_ISLNK}
_FILE = (
    Column(key="size", title="Size", unit=Unit.BYTES),
    Column(key="modified", title="Modified", unit=Unit.TIME),
    Column(key="path", title="Path"),
)


@verb(
    "files.largest",
    effect=Effect.READ,
    needs="fs.read:{path}",
    examples={
        "largest files in /var/log": {"path": "/var/log"},
        "show the 5 biggest files in ~/Downloads": {"path": "~/Downloads", "limit": 5},
        "what is filling up /var": {"path": "/var"},
        "which files take up the space here": {},
        "find the biggest file in /home": {"path": "/home", "limit": 1},
    },
)
def largest(call: Call, *, path: Text | None = None, limit: Count | None = None) -> Result:
    """List the files below a folder that take up most space on the disk, ten of them unless told otherwise."""
    root = path or call.folder
    seen = walk.Walk(root=root, left=lambda: call.left)
    sizes = ((walk.used(about), about.st_mtime, name) for name, about in seen.entries() if not _is_folder(about))
    rows = heapq.nlargest(limit or 10, sizes)
    if not rows:
        return Result(verb="files.largest", message=f"There are no files in {root}.", notes=seen.notes())
    return _listed("files.largest", rows, seen.notes())


@verb(
    "files.size",
    effect=Effect.READ,
    needs="fs.read:{path}",
    examples={
        "how big is ~/Downloads": {"path": "~/Downloads"},
        "size of /var/lib": {"path": "/var/lib"},
        "how much space does /opt take": {"path": "/opt"},
        "du -sh /srv": {"path": "/srv"},
        "how big is this folder": {},
    },
)
def size(call: Call, *, path: Text | None = None) -> Result:
    """Tell how much space a file, or a folder with everything in it, takes up on the disk."""
    root = path or call.folder
    seen = walk.Walk(root=root, left=lambda: call.left)
    own = os.stat(root)
    on_disk, content = 0, 0
    for _, about in seen.entries():
        on_disk += walk.used(about)
        content += 0 if _is_folder(about) else about.st_size
    row = {"path": root, "size": on_disk, "content": content}
    columns = [
        Column(key="path", title="Path"),
        Column(key="size", title="On the disk", unit=Unit.BYTES),
        Column(key="content", title="Content", unit=Unit.BYTES),
    ]
    if _is_folder(own):
        row |= {"size": on_disk + walk.used(own), "files": seen.files, "folders": seen.folders}
        columns += [Column(key=key, title=key.capitalize(), unit=Unit.COUNT) for key in ("files", "folders")]
    row["modified"] = own.st_mtime
    columns.append(Column(key="modified", title="Modified", unit=Unit.TIME))
    return Result(verb="files.size", shape="record", columns=tuple(columns), rows=(row,), notes=seen.notes())


@verb(
    "files.find",
    effect=Effect.READ,
    needs="fs.read:{path}",
    examples={
        "find the file report.pdf in ~/Documents": {"path": "~/Documents", "name": "report.pdf"},
        "where is the file notes.txt": {"name": "notes.txt"},
        "find files in /var larger than 100 MB": {"path": "/var", "larger_than": 104857600},
        "list files in /tmp older than 7 days": {"path": "/tmp", "older_than": 604800},
        "which files in ~/src changed in the last 2 hours": {"path": "~/src", "newer_than": 7200},
        "list all directories in /srv": {"path": "/srv", "type": "directory"},
    },
)
def find(
    call: Call,
    *,
    path: Text | None = None,
    name: Name | None = None,
    larger_than: Bytes | None = None,
    smaller_than: Bytes | None = None,
    newer_than: Seconds | None = None,
    older_than: Seconds | None = None,
    type: Literal["file", "directory", "link"] | None = None,
) -> Result:
    """Find files by name, size, age or kind, newest first."""
    root = path or call.folder
    now = time.time()
    tests: list[Callable[[str, os.stat_result], bool]] = []
    if name is not None:
        tests.append(_named(name))
    if larger_than is not None:
        tests.append(lambda _, about: about.st_size > larger_than and not _is_folder(about))
    if smaller_than is not None:
        tests.append(lambda _, about: about.st_size < smaller_than and not _is_folder(about))
    if newer_than is not None:
        tests.append(lambda _, about: now - about.st_mtime <= newer_than)
    if older_than is not None:
        tests.append(lambda _, about: now - about.st_mtime >= older_than)
    if type is not None:
        tests.append(lambda _, about: bool(_KINDS[type](about.st_mode)))
    seen = walk.Walk(root=root, left=lambda: call.left)
    fitting = (
        (about.st_mtime, about.st_size, place)
        for place, about in seen.entries()
        if all(test(place, about) for test in tests)
    )
    found = heapq.nlargest(MOST_FOUND + 1, fitting)
    notes = seen.notes()
    if len(found) > MOST_FOUND:
        notes = (*notes, f"There are more; these are the {MOST_FOUND} newest.")
    if not found:
        return Result(verb="files.find", message=f"Nothing in {root} fits.", notes=notes)
    return _listed("files.find", [(size, when, place) for when, size, place in found[:MOST_FOUND]], notes)


@verb(
    "files.trash",
    effect=Effect.CHANGE,
    needs="fs.write:{path}",
    undoable=True,
    target="path",
    examples={
        "move old.iso to the trash": {"path": "old.iso"},
        "trash the file notes.txt": {"path": "notes.txt"},
        "put ~/Downloads/setup.bin in the bin": {"path": "~/Downloads/setup.bin"},
        "send draft.odt to the trash": {"path": "draft.odt"},
    },
)
def trash(call: Call, *, path: Text | None = None) -> Result:
    """Move a file or folder to the trash."""
    moved = call.trash(path or "")
    return Result(verb="files.trash", message=f"Moved {moved.path} to the trash. To have it back: undo")


def _named(name: str) -> Callable[[str, os.stat_result], bool]:
    """Whether a name fits, in any case: as a pattern where it has wildcards, else whole or without its ending."""
    wanted = name.casefold()
    if any(mark in wanted for mark in "*?["):
        return lambda place, _: fnmatch.fnmatchcase(os.path.basename(place).casefold(), wanted)
    return lambda place, _: (
        wanted
        in (
            os.path.basename(place).casefold(),
            os.path.splitext(os.path.basename(place))[0].casefold(),
        )
    )


def _is_folder(about: os.stat_result) -> bool:
    return stat.S_ISDIR(about.st_mode)


def _listed(verb: str, rows: list[tuple[int, float, str]], notes: tuple[str, ...]) -> Result:
    shown = tuple({"size": size, "modified": when, "path": place} for size, when, place in rows)
    return Result(verb=verb, shape="table", columns=_FILE, rows=shown, notes=notes)
