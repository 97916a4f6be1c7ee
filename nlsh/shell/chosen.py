"""What nlsh's own options and the settings file say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nlsh.config import Folders, Settings, load

if TYPE_CHECKING:
    from nlsh.shell.invocation import Own


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What holds for every request: only show what would be done, agree beforehand, only explain."""

    dry_run: bool = False
    yes: bool = False
    explain: bool = False


def options(own: Own) -> Options:
    """What holds for every request."""
    return Options(dry_run=own.dry_run, yes=own.yes, explain=own.explain)


def settings(own: Own) -> tuple[Folders, Settings]:
    """The folders of the user, and the settings there with what the command line says instead."""
    folders = Folders.of_user()
    given: dict[str, Any] = {"model": own.model, "timeout": own.timeout}
    return folders, replace(load(folders.settings), **{name: value for name, value in given.items() if value})
