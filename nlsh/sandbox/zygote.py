"""The far side of a zygote: a warm process with one thread, from which confined workers are forked.

Run as `python -m nlsh.sandbox.zygote DESCRIPTOR MODULE…`. It imports the modules, then forks a worker for each errand
that comes over the descriptor, and ends when that is closed. It never hears anything from a worker.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from nlsh.errors import NlshError
from nlsh.sandbox import capabilities
from nlsh.sandbox.confine import confine
from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.layers import probe
from nlsh.sandbox.post import Post
from nlsh.sandbox.profiles import Profile, worker_program

MOST_BYTES = 1 << 16
MOST_FILES = 32
_LOST = 70
"""Exit code of a worker whose function raised something, or that could not be confined."""


def main() -> None:
    """Fork workers until the near side is gone."""
    control = socket.socket(fileno=int(sys.argv[1]))
    for name in sys.argv[2:]:
        importlib.import_module(name)
    _prepare()
    gc.freeze()  # what is there now is never collected, so that workers share its memory
    _serve(control)


def _prepare() -> None:
    """Find out, make and give up what every worker would otherwise do for itself."""
    capabilities.drop_all()
    if probe().seccomp:
        for profile in Profile:
            worker_program(profile, threads=False, pid=0)


def _serve(control: socket.socket) -> None:
    children: dict[int, tuple[int, socket.socket]] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor != control.fileno():
                poll.unregister(descriptor)
                _bury(descriptor, *children.pop(descriptor))
                continue
            text, descriptors, _, _ = socket.recv_fds(control, MOST_BYTES, MOST_FILES)
            if not text:
                return
            status = socket.socket(fileno=descriptors[1])
            try:
                pid = _fork(json.loads(text), descriptors, status)
                mark = os.pidfd_open(pid)
            except OSError as error:  # the next errand may fare better
                _tell(status, {"error": f"cannot start a worker: {error.strerror}", "hint": ""})
                status.close()
                continue
            children[mark] = (pid, status)
            poll.register(mark, select.POLLIN)
            _introduce(mark, pid, status)


def _introduce(mark: int, pid: int, status: socket.socket) -> None:
    """Hand a new worker to the near side; one that is not wanted any more is killed."""
    try:
        socket.send_fds(status, [json.dumps({"pid": pid}).encode()], [mark])
    except OSError:
        signal.pidfd_send_signal(mark, signal.SIGKILL)


def _bury(mark: int, pid: int, status: socket.socket) -> None:
    """Tell how a worker ended."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(mark)
    _tell(status, {"ended": code})
    status.close()


def _fork(errand: Mapping[str, Any], descriptors: list[int], status: socket.socket) -> int:
    parent = os.getpid()
    try:
        pid = os.fork()
        if not pid:
            _work(errand, descriptors, status, parent)
        return pid
    finally:
        for descriptor in (descriptors[0], *descriptors[2:]):
            os.close(descriptor)


def _work(errand: Mapping[str, Any], descriptors: list[int], status: socket.socket, parent: int) -> NoReturn:
    """Be the worker: confined, then at work, then gone."""
    code = _LOST
    try:
        connection = socket.socket(fileno=descriptors[0])
        files = _taken(descriptors[2:], log=errand["log"])
        serve = _function(errand["run"])
        try:
            kept = [connection.fileno(), status.fileno(), *files]
            layers = confine(Confinement.of(errand["confinement"]), keep=kept, parent=parent)
        except NlshError as error:
            _tell(status, {"error": error.message, "hint": error.hint})
            os._exit(code)
        _tell(status, {"layers": layers.public()})
        status.close()
        serve(Post(connection=connection, files=files, arguments=errand["arguments"], layers=layers))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        _flush()
        os._exit(code)


def _taken(descriptors: list[int], *, log: bool) -> tuple[int, ...]:
    """The files that were handed over; with `log` the last of them becomes the standard output and error."""
    if not log:
        return tuple(descriptors)
    os.dup2(descriptors[-1], 1)
    os.dup2(descriptors[-1], 2)
    return tuple(descriptors[:-1])


def _function(name: str) -> Callable[[Post], object]:
    """What a worker runs: `module:function`. It is nlsh's own, and imported before there is anything to deny."""
    module, _, function = name.partition(":")
    found: Callable[[Post], object] = getattr(importlib.import_module(module), function)
    return found


def _tell(status: socket.socket, words: Mapping[str, Any]) -> None:
    try:
        status.send(json.dumps(words).encode())
    except OSError:  # nobody wants to know any more
        return


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main()
