"""The disks and partitions of the machine, from /sys/block, and what udev and the mounts know of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nlsh.executor.reports.mounts import mounts

BLOCK = Path("/sys/block")
UDEV = Path("/run/udev/data")
SECTOR = 512
"""Bytes in a sector of /sys/block/*/size, whatever the disk's own sectors are."""


def disks() -> Iterator[dict[str, Any]]:
    """Each disk that has a size, followed by its partitions: the rows of `disk.list`."""
    places = _places()
    for disk in sorted(BLOCK.iterdir()):
        if _number(disk / "size"):
            yield _row(disk, _kind(disk), places)
            for part in sorted(disk.glob("*/partition"), key=lambda each: _number(each)):
                yield _row(part.parent, "partition", places)


def disk_names() -> frozenset[str]:
    """The names of whole disks: partitions and empty loop devices left out."""
    return frozenset(disk.name for disk in BLOCK.iterdir() if _number(disk / "size"))


def _row(folder: Path, kind: str, places: dict[str, tuple[str, str]]) -> dict[str, Any]:
    number = _text(folder / "dev")
    known = _udev(number)
    type_, mount = places.get(number, ("", ""))
    return {
        "name": _text(folder / "dm/name") or folder.name,
        "kind": kind,
        "size": _number(folder / "size") * SECTOR,
        "type": known.get("ID_FS_TYPE") or type_,
        "label": known.get("ID_FS_LABEL", ""),
        "mount": mount,
        "media": _media(folder) if kind == "disk" else "",
        "model": _text(folder / "device/model") or known.get("ID_MODEL", ""),
    }


def _kind(disk: Path) -> str:
    if (disk / "dm").is_dir():
        return {"LVM": "volume", "CRYPT": "encrypted"}.get(_text(disk / "dm/uuid").partition("-")[0], "mapped")
    kinds = {"loop": "loop", "zram": "compressed memory", "md": "raid", "sr": "optical", "fd": "floppy"}
    return next((kind for start, kind in kinds.items() if disk.name.startswith(start)), "disk")


def _media(disk: Path) -> str:
    """What it is made of, as the kernel says; of the disk of a virtual machine it says nothing true."""
    if disk.name.startswith(("vd", "xvd")):
        return "virtual"
    return "rotating" if _number(disk / "queue/rotational") else "solid state"


def _places() -> dict[str, tuple[str, str]]:
    """Device number to the kind of file system and the mount point (the shortest), swap included."""
    found = dict.fromkeys(_swaps(), ("swap", "[swap]"))
    for mount in sorted(mounts(), key=lambda each: len(each.path), reverse=True):
        found[mount.number] = (mount.kind, mount.path)
    return found


def _swaps() -> Iterator[str]:
    for line in _text(Path("/proc/swaps")).splitlines()[1:]:
        name = Path(line.split()[0]).resolve().name
        yield _text(Path("/sys/class/block") / name / "dev")


def _udev(number: str) -> dict[str, str]:
    lines = _text(UDEV / f"b{number}").splitlines()
    return dict(line[2:].partition("=")[::2] for line in lines if line.startswith("E:"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> int:
    text = _text(path)
    return int(text) if text.isdecimal() else 0
