"""The trash: files that are moved away, and come back whole (the FreeDesktop.org trash specification, 1.0).

Nothing is followed on the way: the folder that a path is in is opened step by step without links, and the entry is
moved by that folder's descriptor, after it was found to be the one that was looked at.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from nlsh.errors import Denied, NothingMatched, OperationFailed

_MOST_COUNTED = 20_000
"""Entries that are counted for the question; it says when there are more."""
_TOP = 1
"""Folders right below the root are never moved."""
_KERNEL = ("/proc", "/sys", "/dev", "/run", "/boot")


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An entry that may be moved: its folder without links, its name, and which file that was when it was looked at."""

    folder: str
    name: str
    device: int
    inode: int
    kind: str
    size: int
    files: int
    more: bool = False

    @property
    def path(self) -> str:
        """Where it is."""
        return f"{self.folder.rstrip('/')}/{self.name}"


def look(path: str, *, home: str, folder: str, kept: Collection[str] = ()) -> Item:
    """What is at `path`, with the size of all that is in it.

    NothingMatched where nothing is; Denied for what is never moved: the root and what lies right below it, a home, a
    mount, the current `folder`, whatever these are in, what the kernel makes up, and `kept` with all that is in it.
    """
    parent, name = os.path.split(os.path.normpath(path))
    real = os.path.realpath(parent)
    where = os.path.join(real, name) if name else "/"
    reason = _never(where, home=home, folder=folder, kept=kept)
    if reason:
        raise Denied(f"{where} is not moved to the trash: {reason}", hint="name something in it", rule="protected")
    try:
        about = os.stat(where, follow_symlinks=False)
    except OSError as error:
        raise NothingMatched(f"there is no {where}") from error
    if stat.S_ISDIR(about.st_mode) and os.path.ismount(where):
        raise Denied(f"{where} is not moved to the trash: a file system is mounted there", rule="protected")
    size, files, more = _measured(where, about)
    return Item(
        folder=real,
        name=name,
        device=about.st_dev,
        inode=about.st_ino,
        kind=_kind(about.st_mode),
        size=size,
        files=files,
        more=more,
    )


@contextmanager
def held(item: Item) -> Iterator[None]:
    """Hold on to what was looked at while a person thinks about it: no other file can take its inode meanwhile.

    OperationFailed where it is gone already.
    """
    with _opened(item.folder) as source:
        file = os.open(item.name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=source)
    try:
        _same(item, os.fstat(file))
        yield
    finally:
        os.close(file)


def throw(item: Item, *, home: str) -> dict[str, Any]:
    """Move it to the trash; what `put_back` needs. OperationFailed where it changed meanwhile or cannot be moved."""
    with _opened(item.folder) as source, _bin(item, home) as (files, infos, place):
        _check(source, item)
        name = _reserved(files, infos, item)
        try:
            os.rename(item.name, name, src_dir_fd=source, dst_dir_fd=files)
        except OSError as error:
            os.unlink(f"{name}.trashinfo", dir_fd=infos)
            raise OperationFailed(f"{item.path} cannot be moved to the trash: {error.strerror}") from error
        moved = os.stat(name, dir_fd=files, follow_symlinks=False)
        if (moved.st_dev, moved.st_ino) != (item.device, item.inode):  # swapped at the last moment
            os.rename(name, item.name, src_dir_fd=files, dst_dir_fd=source)
            os.unlink(f"{name}.trashinfo", dir_fd=infos)
            raise OperationFailed(f"{item.path} is not what it was any more")
    return {"bin": place, "name": name, "folder": item.folder, "as": item.name, "inode": item.inode}


def put_back(thrown: Mapping[str, Any]) -> str:
    """Move it back to where it was, and return that path; OperationFailed where that place is taken or it is gone."""
    place, name, folder, old = (str(thrown[key]) for key in ("bin", "name", "folder", "as"))
    back = f"{folder.rstrip('/')}/{old}"
    with _opened(f"{place}/files") as files, _opened(f"{place}/info") as infos, _opened(folder) as target:
        try:
            about = os.stat(name, dir_fd=files, follow_symlinks=False)
        except OSError as error:
            raise OperationFailed(f"{back} is not in the trash any more") from error
        if about.st_ino != thrown["inode"]:
            raise OperationFailed(f"{back} is not in the trash any more: something else has its name there")
        if _there(old, target):
            raise OperationFailed(f"{back} is there again", hint=f"it is kept in {place}/files/{name}")
        os.rename(name, old, src_dir_fd=files, dst_dir_fd=target)
        with suppress(OSError):
            os.unlink(f"{name}.trashinfo", dir_fd=infos)
    return back


def _never(path: str, *, home: str, folder: str, kept: Collection[str]) -> str:
    """Why a path is never moved, in words; empty where it may be."""
    if path == "/" or path.count("/") <= _TOP:
        return "it belongs to the system"
    if any(_within(path, place) for place in _KERNEL):
        return "the kernel and the running system use it"
    if _within(home, path):
        return "your home is in it" if path != home else "it is your home"
    if _within(folder, path):
        return "you are in it"
    if path.count("/") == _TOP + 1 and path.startswith(("/home/", "/usr/", "/var/", "/etc/")):
        return "it belongs to the system"
    if overlaps(path, kept):
        return "nlsh keeps its own things there"
    return ""


def overlaps(path: str, kept: Collection[str]) -> bool:
    """Whether a path is in one of these folders, or has one in it."""
    return any(_within(place, path) or _within(path, place) for place in kept)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _kind(mode: int) -> str:
    return "a folder" if stat.S_ISDIR(mode) else "a link" if stat.S_ISLNK(mode) else "a file"


def _measured(path: str, about: os.stat_result) -> tuple[int, int, bool]:
    """Bytes and number of the files in it, and whether there are more than were counted."""
    if not stat.S_ISDIR(about.st_mode):
        return about.st_size, 1, False
    size, files, waiting = 0, 0, [path]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if files >= _MOST_COUNTED:
                    return size, files, True
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size, files = size + entry.stat(follow_symlinks=False).st_size, files + 1
    return size, files, False


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    """The folder, opened step by step, so that no link on the way leads elsewhere."""
    place = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in filter(None, folder.split("/")):
            inner = os.open(part, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place)
            os.close(place)
            place = inner
        yield place
    except OSError as error:
        raise OperationFailed(f"{folder}: {error.strerror}") from error
    finally:
        os.close(place)


@contextmanager
def _bin(item: Item, home: str) -> Iterator[tuple[int, int, str]]:
    """The trash on the item's own file system: its folders of files and of what they were, and where it is."""
    place = _home_bin(home)
    if os.stat(place).st_dev != item.device:
        place = _mount_bin(item)
    for name in ("files", "info"):
        Path(place, name).mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(f"{place}/files") as files, _opened(f"{place}/info") as infos:
        yield files, infos, place


def _home_bin(home: str) -> str:
    place = os.path.realpath(f"{home}/.local/share/Trash")
    Path(place).mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _mount_bin(item: Item) -> str:
    top = item.folder
    while top != "/" and not os.path.ismount(top):
        top = os.path.dirname(top)
    place = Path(top, f".Trash-{os.getuid()}")
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        about = place.lstat()
    except OSError as error:
        hint = f"make a folder {place} that is yours"
        raise OperationFailed(f"there is no trash on the file system of {item.path}", hint=hint) from error
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_dev != item.device:
        raise OperationFailed(f"{place} is no trash of yours on the file system of {item.path}")
    return str(place)


def _check(source: int, item: Item) -> None:
    try:
        about = os.stat(item.name, dir_fd=source, follow_symlinks=False)
    except OSError as error:
        raise OperationFailed(f"{item.path} is gone") from error
    _same(item, about)


def _same(item: Item, about: os.stat_result) -> None:
    if (about.st_dev, about.st_ino) != (item.device, item.inode):
        raise OperationFailed(f"{item.path} is not what it was any more")


def _reserved(files: int, infos: int, item: Item) -> str:
    """A free name in the trash, taken by writing down where the item was."""
    when = time.strftime("%Y-%m-%dT%H:%M:%S")
    text = f"[Trash Info]\nPath={quote(os.fsencode(item.path))}\nDeletionDate={when}\n".encode()
    for number in range(1, 10_000):
        name = item.name if number == 1 else f"{item.name}.{number}"
        if _there(name, files):
            continue
        with suppress(FileExistsError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            info = os.open(f"{name}.trashinfo", flags, 0o600, dir_fd=infos)
            with os.fdopen(info, "wb") as file:
                file.write(text)
            return name
    raise OperationFailed(f"the trash is full of things called {item.name}")


def _there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
