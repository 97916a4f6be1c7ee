"""The session is opened once the first prompt is there: a person who begins to type does not wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlsh.config import Folders, Settings
    from nlsh.models.early import Started
    from nlsh.session import Session
    from nlsh.verb import Verb

NEEDED = (
    "nlsh.parser.router",
    "nlsh.session",
    "nlsh.shell.requests",
    "nlsh.shell.asking",
    "nlsh.parser.parse",
    "nlsh.render.rich_table",
)
"""The modules that a sentence needs and a prompt does not, those first that are needed first."""


class Opening:
    """Opens a session when it is asked for it, in the main thread: the model's worker ends with that which starts it.

    Errors are those of `nlsh.session.open_session`.
    """

    def __init__(self, folders: Folders, settings: Settings) -> None:
        self._folders, self._settings = folders, settings
        self._started: Started | None = None
        self._importing: threading.Thread | None = None
        self._heard: Callable[[Session], None] = lambda session: None
        self._settled = threading.Event()
        self.opened: Session | None = None

    def begin(self, then: Callable[[], None]) -> None:
        """Let the model be loaded, and import what a session needs in a thread, which calls `then` at its end."""
        if self.opened is None and self._importing is None:
            self._start()
            self._importing = threading.Thread(target=_import, args=(then,), name="opening")
            self._importing.start()

    def session(self) -> Session:
        """The session, opened now where it was not yet."""
        if self.opened is None:
            self._start()
            if self._importing is not None:
                self._importing.join()
            from nlsh.session import open_session

            session = open_session(self._folders, self._settings, self._started)
            self._started = None  # it is the session's now
            self.opened = session
            self._heard(session)
            self._settled.set()
        return self.opened

    def verbs(self) -> Iterable[Verb]:
        """What sentences can do, none where it is closed unopened; waits for the session, so from another thread."""
        self._settled.wait()
        return self.opened.registry if self.opened is not None else ()

    def tell(self, heard: Callable[[Session], None]) -> None:
        """Give the session to `heard`, now or as soon as it is open, before anybody else has it."""
        self._heard = heard
        if self.opened is not None:
            heard(self.opened)

    def close(self) -> None:
        """End the session, or what was begun of it."""
        self._settled.set()
        if self.opened is not None:
            self.opened.close()
        elif self._started is not None:
            self._started.worker.close()

    def _start(self) -> None:
        """Start the model's worker, which takes longest."""
        from nlsh.models import early

        if self._started is None:
            self._started = early.start(self._folders, self._settings)


def _import(then: Callable[[], None]) -> None:
    with suppress(Exception):  # who needs a module imports it again, and says what is wrong
        for name in NEEDED:
            import_module(name)
        for name in import_module("nlsh.executor.core").MODULES:
            import_module(f"nlsh.executor.verbs.{name}")
    then()
