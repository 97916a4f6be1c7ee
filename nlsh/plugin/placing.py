"""Which paths a person means, and with them the capabilities of one request: never more than what was named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from nlsh.errors import NothingMatched


def placed(arguments: Mapping[str, Any], needs: Iterable[str]) -> tuple[dict[str, Any], frozenset[str]]:
    """The arguments with paths made absolute, and the capabilities with these paths in them, `~/` as the home.

    A path that was not said is the current folder. NothingMatched where there is nothing at a path.
    """
    found, granted = dict(arguments), set()
    for need in needs:
        base, _, reached = need.partition(":")
        if not (reached.startswith("{") and reached.endswith("}")):
            granted.add(f"{base}:{os.path.expanduser(reached)}" if base == "fs.read" else need)
            continue
        name = reached[1:-1]
        said = str(arguments.get(name, "."))
        found[name] = to_read(said) if base == "fs.read" else to_move(said)
        granted.add(f"{base}:{found[name]}")
    return found, frozenset(granted)


def to_read(said: str) -> str:
    """The absolute path to look at, links followed; a name that is not here may be one in the home ("downloads")."""
    wide = os.path.expanduser(said)
    path = os.path.abspath(wide)
    if not os.path.lexists(path) and not os.path.isabs(wide):
        path = _in_home(wide) or path
    return os.path.realpath(_there(path))


def to_move(said: str) -> str:
    """The absolute path of what is to be moved: a link at its end is not followed, and nothing is guessed."""
    path = _there(os.path.abspath(os.path.expanduser(said)))
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def _there(path: str) -> str:
    if not os.path.lexists(path):
        raise NothingMatched(f"there is no {path}", hint="give its whole path")
    return path


def _in_home(name: str) -> str:
    """The entry of the home that is called so, in any case; empty where there is none, or more than one."""
    home = os.path.expanduser("~")
    first, _, rest = name.partition("/")
    with suppress(OSError):
        names = os.listdir(home)
        fitting = [each for each in names if each == first] or [each for each in names if each.lower() == first.lower()]
        if len(fitting) == 1 and os.path.lexists(os.path.join(home, fitting[0], rest)):
            return os.path.join(home, fitting[0], rest).rstrip("/")
    return ""
