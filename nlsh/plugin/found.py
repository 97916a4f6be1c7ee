"""Where plugins are found: those that come with nlsh, the user's own, and those that a Python package brings.

Finding one reads its manifest and nothing else; no code of it is run.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nlsh.errors import PluginError
from nlsh.plugin.records import Record

FILE: Final = "plugin.toml"
"""The manifest of a plugin."""
GROUP: Final = "nlsh.plugins"
"""The entry-point group: the name is the plugin's, the value the package that has its plugin.toml."""
_MOST_FILES: Final = 5000


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A plugin: its name, the folder that it is in, and whether it comes with nlsh."""

    name: str
    folder: Path
    bundled: bool = False

    @property
    def key(self) -> str:
        """What changes when any of its files does: their names, sizes and times, and the folder."""
        about = sorted(_states(self.folder))
        return hashlib.sha256(repr((str(self.folder), about)).encode()).hexdigest()[:32]

    @property
    def digest(self) -> str:
        """A hash of what is in its files, links as what they say; PluginError where one cannot be read."""
        total = hashlib.sha256()
        for path in sorted(_paths(self.folder)):
            try:
                data = _content(path)
            except OSError as error:
                raise PluginError(f"cannot read {path} of the plugin {self.name}: {error.strerror}") from error
            total.update(repr((os.path.relpath(path, self.folder), len(data))).encode() + data)
        return total.hexdigest()

    def authored(self, installed: Path) -> bool:
        """Whether it is used from its author's folder: not below `installed`, nor from a package, nor from nlsh."""
        kept = self.bundled or self.folder.parent == installed
        return not kept and all(self.folder != each.folder for each in packages())


def bundled_folder() -> Path:
    """Where the plugins are that come with nlsh: in the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "bundled"
    return inside if inside.is_dir() else package.parent / "plugins"


def bundled() -> tuple[Found, ...]:
    """The plugins that come with nlsh, by name."""
    return tuple(Found(name=each.name, folder=each, bundled=True) for each in _plugin_folders(bundled_folder()))


def enabled(records: dict[str, Record]) -> tuple[Found, ...]:
    """The plugins that are used: the bundled ones unless they are turned off, and those that were turned on."""
    own = tuple(each for each in bundled() if records.get(each.name, Record()).enabled)
    names = {each.name for each in own}
    others = tuple(
        Found(name=name, folder=Path(each.folder))
        for name, each in sorted(records.items())
        if each.enabled and each.folder and name not in names
    )
    return own + others


def available(user: Path) -> Iterator[Found]:
    """Every plugin that there is: bundled, below the folder `user`, and of installed packages."""
    yield from bundled()
    yield from (Found(name=each.name, folder=each) for each in _plugin_folders(user))
    yield from packages()


def packages() -> Iterator[Found]:
    """Plugins that installed Python packages bring, by their metadata: nothing is imported."""
    from importlib import metadata

    for point in metadata.entry_points(group=GROUP):
        if point.dist is None:
            continue
        folder = Path(str(point.dist.locate_file(point.value.partition(":")[0].replace(".", "/"))))
        if (folder / FILE).is_file():
            yield Found(name=point.name, folder=folder)


def _plugin_folders(place: Path) -> list[Path]:
    try:
        with os.scandir(place) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith((".", "_")))
    except OSError:
        return []
    return [place / name for name in names if (place / name / FILE).is_file()]


def _paths(folder: Path) -> Iterator[str]:
    """Every file and link, what Python has compiled too: it would be run."""
    for place, folders, files in os.walk(folder):
        links = [each for each in folders if os.path.islink(f"{place}/{each}")]  # noqa: PTH114
        yield from (f"{place}/{name}" for name in [*files, *links])


def _content(path: str) -> bytes:
    about = os.lstat(path)
    if stat.S_ISLNK(about.st_mode):
        return os.fsencode(os.readlink(path))  # noqa: PTH115
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "it is not a plain file")
    return Path(path).read_bytes()


def _states(folder: Path) -> Iterator[tuple[str, int, int]]:
    seen = 0
    for place, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if each != "__pycache__"]
        for name in files:
            about = os.stat(f"{place}/{name}", follow_symlinks=False)
            yield f"{place}/{name}", about.st_size, about.st_mtime_ns
            seen += 1
            if seen > _MOST_FILES:
                return
