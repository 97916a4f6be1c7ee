"""The one warm process of a session from which its confined workers are forked."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nlsh.errors import SandboxError

if TYPE_CHECKING:
    from nlsh.sandbox.worker import Zygote


class Warm:
    """Has a zygote with `modules`, started when it is first wanted. Safe to be used from several threads."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = tuple(modules)
        self._closed = False
        self._zygote: Zygote | None = None
        self._starting = threading.Lock()

    def also(self, module: str) -> None:
        """Have this module in the next zygote too."""
        self._modules = (*self._modules, module)

    def zygote(self) -> Zygote:
        """The zygote, a new one where the last has died; SandboxError where none can be started, or after the end."""
        from nlsh.sandbox.worker import Zygote

        with self._starting:
            if self._closed:
                raise SandboxError("no worker can be started any more: the session is at its end")
            if self._zygote is not None and not self._zygote.alive:
                self._close()
            if self._zygote is None:
                self._zygote = Zygote(self._modules)
            return self._zygote

    def helpers(self) -> frozenset[int]:
        """Its pid, where it runs."""
        zygote = self._zygote
        return frozenset({zygote.pid} if zygote is not None else ())

    def close(self) -> None:
        """End it, and with it the workers that are left."""
        with self._starting:
            self._closed = True
            self._close()

    def _close(self) -> None:
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None
