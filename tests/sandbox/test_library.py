"""Importing while confined."""

from __future__ import annotations

import os
from pathlib import Path

from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.library import python_library
from nlsh.sandbox.profiles import Profile
from tests.sandbox.escape.attempt import outcome

CONFINEMENT = Confinement(profile=Profile.FILES, grants=python_library())


def imported(name: str) -> str:
    """Import a module that this process may have already."""
    code = f"import importlib, sys; sys.modules.pop({name!r}, None); importlib.import_module({name!r})"
    exec(code, {})
    return name


def test_modules_can_be_imported() -> None:
    """Of Python, in C too, of nlsh, and of what is installed beside it; without the grants none of them can."""
    for name in ("colorsys", "_sqlite3", "nlsh.testing.clock", "rich.emoji"):
        done = outcome(lambda name=name: imported(name), uid=os.geteuid(), confinement=CONFINEMENT)
        assert done.said == name, done.error
    bare = Confinement(profile=Profile.FILES)

    def attempt() -> None:
        try:
            imported("colorsys")
        except ImportError as error:
            raise PermissionError(13, str(error)) from error

    assert not outcome(attempt, uid=os.geteuid(), confinement=bare).did


def test_nothing_of_the_person_is_among_it(tmp_path: Path) -> None:
    """Not the home, and not the folder where nlsh runs."""
    granted = [Path(grant.path) for grant in CONFINEMENT.grants]
    for private in (Path.home(), tmp_path, Path("/etc"), Path("/")):
        assert not any(private.is_relative_to(place) for place in granted)
