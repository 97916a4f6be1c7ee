"""The near side: a zygote, and the confined workers that are forked from it."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from nlsh.errors import SandboxError
from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.layers import Layers, probe

_PATIENCE = 10.0
"""Seconds that a worker may take until it is confined; the first one waits for the zygote's imports."""
_MESSAGE = 1 << 16
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What a worker is to do, and what it may do for that.

    `run` is a function, as `module:function`, that takes a `nlsh.sandbox.post.Post`; `arguments` are JSON. `files`
    are open descriptors that the worker gets copies of, in this order; `log` one for its standard output and error,
    which go nowhere without.
    """

    run: str
    confinement: Confinement
    arguments: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[int, ...] = ()
    log: int | None = None


class Worker:
    """A confined process. `connection` is a SEQPACKET socket: what is sent as one message comes as one."""

    def __init__(self, connection: socket.socket, status: socket.socket, *, timeout: float) -> None:
        self.connection = connection
        self._status = status
        self._pid = 0
        self._mark = -1
        self._layers: Layers | None = None
        self._code: int | None = None
        self._over = False
        try:
            self._await_layers(time.monotonic() + timeout)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """Its process id, which is its own until `ended` is true."""
        return self._pid

    @property
    def layers(self) -> Layers:
        """The layers that hold it, as it reported them when it was confined."""
        assert self._layers is not None
        return self._layers

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait until it ends; its exit code, -N for signal N, None where its zygote died with it. TimeoutError."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._over:
            self._hear(deadline)
        return self._code

    @property
    def ended(self) -> bool:
        """Whether it has ended, without waiting."""
        with suppress(TimeoutError):
            self.wait(0)
        return self._over

    @property
    def cause(self) -> str:
        """How it ended, in words; empty while it runs."""
        if not self.ended:
            return ""
        if self._code is None:
            return "the process that it was forked from is gone"
        return f"signal {-self._code}" if self._code < 0 else f"status {self._code}"

    def end(self) -> None:
        """Kill it; nothing happens if it has ended."""
        if self._mark >= 0 and not self._over:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._mark, signal.SIGKILL)

    def close(self) -> None:
        """Kill it and let go of it."""
        self.end()
        self.connection.close()
        self._status.close()
        if self._mark >= 0:
            os.close(self._mark)
            self._mark = -1
        self._over = True

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _await_layers(self, deadline: float) -> None:
        try:
            while self._layers is None or not self._pid:
                self._hear(deadline)
                if self._over:
                    raise SandboxError(f"a worker ended with {self.cause} before it was confined")
        except TimeoutError:
            raise SandboxError("a worker took too long to be confined") from None

    def _hear(self, deadline: float | None) -> None:
        """Take in one message of the status socket: on this side of it there is only nlsh's own code."""
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([self._status], [], [], left)[0]:
            raise TimeoutError("the worker still runs")
        try:
            text, descriptors, _, _ = socket.recv_fds(self._status, _MESSAGE, 1)
        except ConnectionError:
            text, descriptors = b"", []
        said: dict[str, Any] = json.loads(text) if text else {"ended": None}
        if "pid" in said:
            self._pid, self._mark = said["pid"], descriptors[0]
        if "layers" in said:
            self._layers = Layers.of(said["layers"])
        if "ended" in said:
            self._code, self._over = said["ended"], True
        if "error" in said:
            raise SandboxError(said["error"], hint=said["hint"])


class Zygote:
    """A warm process that workers are forked from. Starting it returns at once; the first worker waits for it.

    `modules` are imported in it: what all workers need, and nlsh's own code only. It ends with this process, and its
    workers with it. Safe to be used from several threads.
    """

    def __init__(self, modules: Sequence[str] = ()) -> None:
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "nlsh.sandbox.zygote", str(far.fileno()), *modules],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[far.fileno()],
                start_new_session=True,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
            )
        except OSError as error:
            near.close()
            raise SandboxError(f"cannot start the process that workers are forked from: {error}") from error
        finally:
            far.close()
        self._control = near

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def fork(self, errand: Errand, *, timeout: float = _PATIENCE) -> Worker:
        """A new worker that is confined and about to run its errand.

        SandboxError where it cannot be confined to these grants, or not within `timeout` seconds.
        """
        unheld = errand.confinement.unheld(probe())
        if unheld:
            raise SandboxError(f"the worker cannot be confined: {unheld[0]}", hint="nlshctl doctor")
        connection, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        status, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._send(errand, [far.fileno(), told.fileno()])
        except BaseException:
            connection.close()
            status.close()
            raise
        finally:
            far.close()
            told.close()
        return Worker(connection, status, timeout=timeout)

    def close(self) -> None:
        """End it, and the workers that are left with it."""
        self._control.close()
        try:
            self._process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, errand: Errand, sockets: list[int]) -> None:
        words = {
            "run": errand.run,
            "confinement": errand.confinement.public(),
            "arguments": dict(errand.arguments),
            "log": errand.log is not None,
        }
        log = [errand.log] if errand.log is not None else []
        data = json.dumps(words).encode()
        if len(data) > _MESSAGE:
            raise SandboxError("a worker cannot be granted that many files one by one", hint="name a folder in there")
        try:
            socket.send_fds(self._control, [data], [*sockets, *errand.files, *log])
        except OSError as error:
            raise SandboxError(f"cannot ask for a worker: {error.strerror}") from error
