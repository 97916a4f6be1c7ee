"""The first start after an install: nlsh has no model yet, and offers to fetch one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nlsh.errors import NlshError
from nlsh.shell import terminal

if TYPE_CHECKING:
    from nlsh.config import Folders, Settings
    from nlsh.render.view import View

INSTALL = "nlshctl model install"


def offer_model(folders: Folders, settings: Settings, view: View, install: Callable[[], None]) -> None:
    """Offer to `install` the default model where there is none; asked once, and said at each start after that."""
    try:
        _offer(folders, settings, view, install)
    except NlshError as error:
        view.error(error)


def _offer(folders: Folders, settings: Settings, view: View, install: Callable[[], None]) -> None:
    if settings.model:
        return
    from nlsh.models import installed

    if installed.present(folders.models):
        return
    if not _first(folders.state):
        view.notice(f"no model is installed, so only commands are understood: {INSTALL}")
        return
    from nlsh.models.catalogue import Catalogue
    from nlsh.render import units

    catalogue = Catalogue.load()
    model = catalogue[catalogue.default]
    view.notice(f"No model is installed yet: {model.title}, {units.size(model.transfer)}, licence {model.licence}.")
    if _agreed(view):
        install()
    else:
        view.notice(f"later: {INSTALL}")


def _first(state: Path) -> bool:
    """Whether this is the first time, which is noted; where nothing can be noted it is taken for a later one."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        (state / "model-offered").touch(mode=0o600, exist_ok=False)
    except OSError:
        return False
    return True


def _agreed(view: View) -> bool:
    try:
        return terminal.key(lambda: view.notice("Fetch it and set it up now? [y/N]")) == "y"
    except KeyboardInterrupt:
        return False
