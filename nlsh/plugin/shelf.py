"""Installing and removing plugins: files are copied and unpacked, and no code of them is run."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from nlsh.errors import PluginError, UsageError
from nlsh.plugin.found import FILE, Found, bundled
from nlsh.plugin.host import Host
from nlsh.plugin.manifest import Manifest, read

_MOST_FILES: Final = 5000
_MOST_BYTES: Final = 256 << 20
_LEFT_OUT: Final = ("__pycache__", ".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache")


def install(host: Host, source: Path, *, dependencies: tuple[Path, ...] = ()) -> Manifest:
    """Install the plugin in a folder or a wheel, and unpack wheels that it depends on beside it.

    None of its code is run: it is copied, and its manifest read. UsageError where the name is taken, PluginError where
    the plugin is not well-formed.
    """
    place = host.places.installed
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = place / f".new-{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        _unpack(source, fresh) if source.is_file() else _copy(source, fresh)
        for wheel in dependencies:
            _unpack(wheel, fresh / "deps")
        manifest = read(_root(fresh))
        if manifest.name in [each.name for each in bundled()]:
            raise UsageError(f"{manifest.name} comes with nlsh", hint="a plugin of yours needs another name")
        target = place / manifest.name
        shutil.rmtree(target, ignore_errors=True)
        _root(fresh).rename(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    host.records.change(manifest.name, enabled=True, folder=str(target), authored=False)
    return read(target)


def remove(host: Host, found: Found) -> None:
    """Remove an installed plugin with its grants, secrets, log and state; the files of one elsewhere stay."""
    if found.bundled:
        raise UsageError(f"{found.name} comes with nlsh", hint=f"nlshctl plugin disable {found.name}")
    host.records.drop(found.name)
    host.secrets.drop(found.name)
    if found.folder.parent == host.places.installed:
        shutil.rmtree(found.folder, ignore_errors=True)
    shutil.rmtree(host.places.state / found.name, ignore_errors=True)
    with suppress(OSError):
        for kept in host.places.cache.glob(f"{found.name}-*.json"):
            kept.unlink()


def _root(folder: Path) -> Path:
    """Where plugin.toml is: in the folder, or in the one package that is in it."""
    if (folder / FILE).is_file():
        return folder
    inner = [each.parent for each in folder.glob(f"*/{FILE}")]
    if len(inner) != 1:
        raise PluginError("there is no plugin.toml in it", hint="a plugin is a folder with a plugin.toml")
    deps = folder / "deps"
    if deps.is_dir():
        deps.rename(inner[0] / "deps")
    return inner[0]


def _copy(source: Path, target: Path) -> None:
    """Copy the regular files of a folder; links and devices are refused."""
    if not source.is_dir():
        raise UsageError(f"there is no plugin at {source}", hint="give a folder with a plugin.toml, or a wheel")
    files, size = 0, 0
    for path in _regular(source):
        files, size = files + 1, size + path.stat().st_size
        _check_size(files, size)
        copy = target / path.relative_to(source)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _regular(source: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(source):
        folders[:] = sorted(each for each in folders if each not in _LEFT_OUT)
        for name in [*names, *(each for each in folders if Path(place, each).is_symlink())]:
            path = Path(place, name)
            if not stat.S_ISREG(path.lstat().st_mode):
                raise PluginError(f"{path} is not a plain file, and plugins have no others")
            if not name.endswith((".pyc", ".pth")):
                yield path


def _unpack(wheel: Path, target: Path) -> None:
    """Unpack a wheel of pure files into a folder; nothing leaves it, and nothing in it is run."""
    if wheel.suffix != ".whl":
        raise UsageError(f"{wheel} is no wheel", hint="nlsh builds nothing: give a folder or a .whl file")
    try:
        with zipfile.ZipFile(wheel) as packed:
            _check_size(len(packed.infolist()), sum(each.file_size for each in packed.infolist()))
            for each in packed.infolist():
                name = PurePosixPath(each.filename)
                kind = stat.S_IFMT(each.external_attr >> 16)
                if name.is_absolute() or ".." in name.parts or kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                    raise PluginError(f"{wheel} has {each.filename}, which is not a plain file in it")
                if each.is_dir() or name.suffix in (".pth", ".pyc"):
                    continue
                path = target / name
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with packed.open(each) as data, path.open("wb") as file:
                    shutil.copyfileobj(data, file)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise PluginError(f"cannot unpack {wheel}: {error}") from error


def _check_size(files: int, size: int) -> None:
    if files > _MOST_FILES or size > _MOST_BYTES:
        raise PluginError(f"it has more than {_MOST_FILES} files or {_MOST_BYTES >> 20} MiB")
