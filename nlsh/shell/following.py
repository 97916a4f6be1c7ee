"""nlsh goes along with the bash behind its prompt: its folder, its exported variables, and the jobs that "it" means."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from nlsh.shell.inner.state import environment

if TYPE_CHECKING:
    from nlsh.session import Session
    from nlsh.shell.inner.state import State

_STOPPED = range(128 + signal.SIGSTOP, 128 + signal.SIGTTOU + 1)
"""Exit statuses that bash gives for a job that was stopped."""


class Follower:
    """Follows bash, and tells a session of it once there is one; `names` are those of its aliases and functions."""

    def __init__(self, notice: Callable[[str], None]) -> None:
        self.notice = notice
        self._session: Session | None = None
        self._shell = 0
        self._meant: Collection[int] = ()
        self._folder = b""
        self._exports = b""
        self._variables = {name for name in os.environb if name.replace(b"_", b"a").isalnum()}
        self._jobs: tuple[int, ...] = ()
        self.names: frozenset[str] = frozenset()

    def tell(self, session: Session) -> None:
        """Tell this session from now on, and what it has missed."""
        self._session = session
        if self._shell:
            session.jobs.shells.add(self._shell)
        if self._meant:
            session.mention(self._meant)

    def began(self, pid: int, instead: int) -> None:
        """The shell works for the session from now on, and no sentence touches it."""
        self._shell = pid
        if self._session is not None:
            self._session.jobs.shells.discard(instead)
            self._session.jobs.shells.add(pid)

    def follow(self, state: State) -> None:
        """Take on how bash stands."""
        self.names = state.names
        if state.folder != self._folder:
            self._folder = state.folder
            with suppress(OSError):  # it was removed, or cannot be entered any more
                os.chdir(state.folder)
        if state.exports != self._exports:
            self._exports = state.exports
            self._take_over(environment(state.exports))
        self._mention(state)

    def _take_over(self, exported: dict[bytes, bytes]) -> None:
        for name in self._variables - exported.keys():
            os.environb.pop(name, None)
        os.environb.update(exported)
        self._variables = set(exported)

    def _mention(self, state: State) -> None:
        """A job that is new, or was stopped just now, is what "it" means in the next sentence."""
        new = set(state.jobs) - set(self._jobs)
        stopped = {state.current} if state.status in _STOPPED and state.current else set()
        self._jobs = state.jobs
        if new or stopped:
            self._meant = stopped or {state.current} & new or new
            if self._session is not None:
                self._session.mention(self._meant)
