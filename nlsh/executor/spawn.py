"""Starts programs, under a permit, without a shell in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlsh.errors import OperationFailed
from nlsh.executor.operations import check
from nlsh.sandbox.permit import Permit

_IGNORED_BY_SHELLS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """What to start and how: its arguments, niceness, address space in bytes, whether it may use the network.

    `log` takes its output where it runs detached from the terminal, in a session of its own.
    """

    argv: tuple[str, ...]
    nice: int | None = None
    memory: int | None = None
    network: bool = True
    log: Path | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing has to be arranged before it begins."""
        return self.nice is None and self.memory is None and self.network


def start(permit: Permit, program: Program) -> subprocess.Popen[bytes]:
    """Start the program; OperationFailed where it cannot be started as it is wished."""
    check(permit, "process.start")
    try:
        if program.is_plain:
            return subprocess.Popen(program.argv, **_surroundings(program))
        return _launched(program)
    except OSError as error:
        raise OperationFailed(f"cannot start {program.argv[0]}: {error.strerror}") from error


def signal_child(permit: Permit, child: subprocess.Popen[bytes], number: int) -> None:
    """Send a signal to a program that was started under this permit and not waited for since: its pid is its own."""
    check(permit, "process.start")
    if child.returncode is None:
        child.send_signal(number)


def _launched(program: Program) -> subprocess.Popen[bytes]:
    """Start it by way of `nlsh.executor.launch`, which says so where it cannot be."""
    wish = {"argv": program.argv, "nice": program.nice, "memory": program.memory, "network": program.network}
    reading, writing = os.pipe()
    helper = [sys.executable, "-P", "-m", "nlsh.executor.launch", str(writing), json.dumps(wish)]
    try:
        child = subprocess.Popen(helper, pass_fds=(writing,), **_surroundings(program))
    finally:
        os.close(writing)
    with open(reading, "rb") as report:  # noqa: PTH123 (a descriptor, not a path)
        wrong = report.read().decode("utf-8", "replace").strip()
    if wrong:
        child.wait()
        raise OperationFailed(wrong, hint=_hint(program))
    return child


def _surroundings(program: Program) -> dict[str, Any]:
    """The standard files, and whether it stands in a session (detached) or a process group (at the terminal) of its own."""
    if program.log is None:
        return {"process_group": 0, "restore_signals": True}
    descriptor = _log(program.log)
    return {"stdin": subprocess.DEVNULL, "stdout": descriptor, "stderr": descriptor, "start_new_session": True}


def _log(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _hint(program: Program) -> str:
    if not program.network:
        return "start it with its network, or as root"
    return "a niceness below that of nlsh needs root" if program.nice is not None and program.nice < 0 else ""
