"""What resolves on this machine: builtins, programs on PATH, files; and the router that looks there."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping

TYPE_CHECKING = False  # see nlsh/parser/router.py
if TYPE_CHECKING:
    from nlsh.parser.router import Mode, Routed

BUILTINS = frozenset(
    """. : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown echo
    enable eval exec exit export false fc fg getopts hash help history jobs kill let local logout mapfile popd printf
    pushd pwd read readarray readonly return set shift shopt source suspend test times trap true type typeset ulimit
    umask unalias unset wait time if for while until case select function { ! [[ coproc""".split()
)
"""The builtins and keywords of bash."""

Router = Callable[[str], "Routed"]


class Machine:
    """Looks for programs on the PATH of an environment, and for files from a folder, the current one unless told.

    `names` gives those of aliases and functions.
    """

    def __init__(
        self, environ: Mapping[str, str], folder: str = "", names: Callable[[], Container[str]] = frozenset
    ) -> None:
        self._environ, self._folder, self._names = environ, folder, names

    def program(self, name: str) -> bool:
        """Whether bash would find a command of that name."""
        if name in BUILTINS or f"BASH_FUNC_{name}%%" in self._environ or name in self._names():
            return True
        if "/" in name:
            return os.access(os.path.expanduser(name), os.X_OK)
        folders = self._environ.get("PATH", os.defpath).split(os.pathsep)
        return bool(name) and any(_runs(f"{folder or '.'}/{name}") for folder in folders)

    def path(self, word: str) -> bool:
        """Whether a file has that name, or the word is a glob that matches one."""
        if any(char in word for char in "*?["):
            return bool(_matches(word, self._folder))
        return os.path.lexists(os.path.join(self._folder, word))


def router_of(environ: Mapping[str, str], mode: Mode, names: Callable[[], Container[str]] = frozenset) -> Router:
    """The router that looks on this machine, and at names that a shell gives."""
    machine = Machine(environ, names=names)

    def routed(line: str) -> Routed:
        from nlsh.parser.router import route  # the first prompt comes without it

        return route(line, lookup=machine, mode=mode)

    return routed


def _runs(path: str) -> bool:
    try:
        return os.access(path, os.X_OK) and os.path.isfile(path)
    except ValueError:  # a null byte
        return False


def _matches(pattern: str, folder: str) -> list[str]:
    import glob

    return glob.glob(pattern, root_dir=folder or None)
