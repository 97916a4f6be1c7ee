"""What a worker needs to read to import modules after it is confined: those of Python, those beside nlsh, and nlsh."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import nlsh
from nlsh.sandbox.landlock import Access, Grant

_SYSTEM = (
    *("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"),
    *("/etc/localtime", "/usr/share/zoneinfo"),
)
"""Shared libraries, where they are found, and time zones."""


def python_library() -> tuple[Grant, ...]:
    """Grants to read the libraries of this Python, of the system and of nlsh: code that is no secret, and nothing else.

    The folder in which nlsh was started is not among them, nor is what PYTHONPATH names.
    """
    python = (sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    places = (*python, str(Path(sys.base_prefix) / "lib"), str(Path(nlsh.__file__).parent), *_SYSTEM)
    return tuple(Grant(path=place, access=Access.READ) for place in dict.fromkeys(places) if Path(place).exists())
