"""Reading a tree without one folder that is in it.

Landlock grants a tree as a whole. What is beside the way to the hidden folder is granted entry by entry instead, so
that the folder has no grant at all. What appears there after the grants were made has none either.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

from nlsh.errors import SandboxError
from nlsh.sandbox.landlock import Access, Grant


def around(path: str, hidden: str) -> tuple[Grant, ...]:
    """The grants to read `path` and all beneath it but the folder `hidden`; listing goes for all of it.

    SandboxError where `path` is in that folder.
    """
    real, hidden = os.path.realpath(path), os.path.realpath(hidden)
    common = os.path.commonpath([real, hidden])
    if common == hidden:
        raise SandboxError(f"{path} is among the secrets that plugins have: no plugin reads it")
    if common != real or not os.path.isdir(hidden):  # noqa: PTH112 - a plain look-up
        return (Grant(path=path, access=Access.READ),)  # as it is: /proc/self is not the same for the worker
    return (Grant(path=real, access=Access.LIST), *_beside(real, os.path.relpath(hidden, real).split("/")))


def _beside(place: str, way: list[str]) -> Iterator[Grant]:
    """What is in each folder on the way, the next step left out; a folder that cannot be listed grants nothing."""
    for step in way:
        with suppress(PermissionError), os.scandir(place) as entries:
            for entry in entries:
                if entry.name != step and not entry.is_symlink():
                    yield Grant(path=entry.path, access=Access.READ)
        place = f"{place}/{step}"
