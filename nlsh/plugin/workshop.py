"""Where plugin workers come from: one warm process, and a confined worker for each request, forked from it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlsh.plugin.manifest import Manifest

if TYPE_CHECKING:
    from nlsh.sandbox.landlock import Grant
    from nlsh.sandbox.warm import Warm
    from nlsh.sandbox.worker import Worker

_MEMORY: Final = 768 << 20
_OPEN_FILES: Final = 256
_FILE_SIZE: Final = 16 << 20
_MOST_LOG: Final = 512 << 10


class Workshop:
    """Makes workers. Nothing is started before the first is wanted.

    `state` holds a folder for each plugin; `hidden` is one that no worker reads, also where a tree around it is
    granted. They are forked from `warm`, which is ended by whoever made it.
    """

    def __init__(self, state: Path, *, hidden: Path, warm: Warm) -> None:
        self._state = state
        self._hidden = str(hidden)
        self._warm = warm
        self._workers: set[int] = set()

    @contextmanager
    def worker(
        self, manifest: Manifest, what: str, given: Mapping[str, Any], granted: frozenset[str], seconds: float
    ) -> Iterator[Worker]:
        """A worker that does `what` of `nlsh.plugin.inside`, confined to what was granted, and gone at the end."""
        from nlsh.sandbox.confinement import Confinement, Limits
        from nlsh.sandbox.profiles import Profile
        from nlsh.sandbox.worker import Errand

        limits = Limits(memory=_MEMORY, file_size=_FILE_SIZE, files=_OPEN_FILES, cpu=int(seconds) + 1)
        log = self._opened_log(manifest.name)
        try:
            errand = Errand(
                run=f"nlsh.plugin.inside:{what}",
                confinement=Confinement(profile=Profile.FILES, grants=self._grants(manifest, granted), limits=limits),
                arguments={"folder": str(manifest.folder), "module": manifest.module, **given},
                log=log,
            )
            with self._warm.zygote().fork(errand) as worker:
                self._workers.add(worker.pid)
                try:
                    yield worker
                finally:
                    self._workers.discard(worker.pid)
        finally:
            if log is not None:
                os.close(log)

    def own_folder(self, name: str) -> str:
        """The folder that a plugin may write to; empty where it has none."""
        folder = self._state / name / "state"
        return str(folder) if folder.is_dir() else ""

    def made_folder(self, manifest: Manifest) -> str:
        """The same, made where it is missing."""
        with suppress(OSError):
            (self._state / manifest.name / "state").mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.own_folder(manifest.name)

    def log_file(self, name: str) -> Path:
        """Where the log of a plugin is."""
        return self._state / name / "log"

    def helpers(self) -> frozenset[int]:
        """The pids of the processes that work for plugins."""
        return self._warm.helpers() | frozenset(self._workers)

    def _grants(self, manifest: Manifest, granted: frozenset[str]) -> tuple[Grant, ...]:
        from nlsh.sandbox.around import around
        from nlsh.sandbox.landlock import Access, Grant

        own = dict.fromkeys([str(manifest.folder), *_python()])
        reads = [Grant(path=path, access=Access.READ) for path in own if Path(path).exists()]
        for path in sorted(each.partition(":")[2] for each in granted if each.startswith("fs.read:")):
            reads += around(path, self._hidden) if Path(path).exists() else ()
        state = self.own_folder(manifest.name) if manifest.state else ""
        return (*reads, *([Grant(path=state, access=Access.READ | Access.WRITE)] if state else []))

    def _opened_log(self, name: str) -> int | None:
        """The log, made where it is missing; None where that cannot be: a plugin works without."""
        path = self.log_file(name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size > _MOST_LOG:
                path.replace(path.with_suffix(".1"))
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None


def _python() -> list[str]:
    """What Python itself needs to read: its library, nlsh, and shared libraries; nothing of a person."""
    library = str(Path(os.__file__).parent)
    package = str(Path(__file__).parent.parent)
    dynamic = [each for each in sys.path if each.endswith("lib-dynload")]
    shared = ["/usr/lib", "/lib", "/lib64", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo", "/etc/localtime"]
    return [library, package, *dynamic, *shared, "/dev/null", "/dev/urandom"]
