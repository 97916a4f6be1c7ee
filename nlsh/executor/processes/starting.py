"""Starting programs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlsh.errors import OperationFailed, UsageError
from nlsh.executor import spawn
from nlsh.executor.call import Call
from nlsh.executor.cpu_limit import limit_started
from nlsh.executor.handle import identify
from nlsh.process import printable
from nlsh.result import Failure, Result

if TYPE_CHECKING:
    from nlsh.executor.jobs import Job

_LOOK = 0.2
"""Seconds between two looks at whether a job is to stop."""
_LOGS = 50
"""How many logs of programs in the background are kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """The arguments of `process.start`: `cpu` in percent of one core, `memory` in bytes, `timeout` in seconds."""

    command: str
    background: bool = False
    nice: int | None = None
    cpu: float | None = None
    memory: int | None = None
    timeout: float | None = None
    network: bool = True


def started(call: Call, said: Start) -> Result:
    """Start the program: at the terminal, until it ends or is suspended there, or in the background, as a job."""
    argv = arguments(said.command)
    lent = not said.background and spawn.owns_terminal()
    wish = spawn.Wish(
        argv=argv, nice=said.nice, memory=said.memory, timeout=said.timeout, network=said.network, terminal=lent
    )
    if said.background:
        return _in_background(call, said, wish)
    with spawn.lent_terminal(lent):
        began = time.monotonic()
        child = spawn.start(call.permitted(), wish)
        if said.cpu is not None:
            limit_started(call.permitted(), child.pid, said.cpu, call.jobs)
        stopped = _wait(child)
    return _suspended(call, child, said) if stopped else _ended(said, child, time.monotonic() - began)


def arguments(command: str) -> tuple[str, ...]:
    """The program and its arguments: split as a shell would, but nothing in them is expanded.

    UsageError where quotes do not pair, OperationFailed where there is no such program.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"cannot read the command {command}: {error}", hint="close the quotes") from error
    if not words:
        raise UsageError("there is no command to start", hint="start firefox")
    program = str(Path(words[0]).expanduser()) if words[0].startswith("~") else words[0]
    if shutil.which(program) is None:
        raise _no_program(program)
    return (program, *words[1:])


def _no_program(program: str) -> OperationFailed:
    path = Path(program)
    if path.is_file():
        here = program if "/" in program else f"./{program}"
        if os.access(path, os.X_OK):
            return OperationFailed(f"{program} is not on the PATH", hint=f"it is in this folder: start {here}")
        return OperationFailed(f"{here} is not executable", hint=f"chmod +x {shlex.quote(here)}")
    return OperationFailed(f"there is no program {program}", hint="check its name, or give its path")


def _in_background(call: Call, said: Start, wish: spawn.Wish) -> Result:
    permit = call.permitted()
    log = _log(call.undo.path.parent / "logs", wish.argv[0])
    child = spawn.start(permit, wish, log)
    id = identify(child.pid)
    if said.cpu is not None:
        limit_started(permit, child.pid, said.cpu, call.jobs)
    job = call.jobs.start(said.command, "process.start", lambda job: _watch(call, job, child, said), awaited=False)
    return Result(
        verb="process.start",
        message=f"Started {printable(said.command)} as process {child.pid}; its output goes to {log}.",
        rows=({"pid": child.pid, "command": said.command, "log": str(log)},),
        processes=(id,) if id else (),
        job=job.id,
    )


def _watch(call: Call, job: Job, child: subprocess.Popen[bytes], said: Start) -> None:
    """Wait for a program in the background and show how it ended; a cancelled job ends it."""
    began = time.monotonic()
    while True:
        if job.stop.is_set():
            spawn.end(call.permitted(), child)
        try:
            child.wait(_LOOK)
            break
        except subprocess.TimeoutExpired:
            continue
    call.emit(_ended(said, child, time.monotonic() - began))


def _wait(child: subprocess.Popen[bytes]) -> bool:
    """Wait until the program ends, or is suspended at the keyboard; whether the latter."""
    while True:
        try:
            _, status = os.waitpid(child.pid, os.WUNTRACED)
        except KeyboardInterrupt:  # it got the same key, and decides itself what that means
            continue
        if os.WIFSTOPPED(status):
            return True
        child.returncode = os.waitstatus_to_exitcode(status)
        return False


def _suspended(call: Call, child: subprocess.Popen[bytes], said: Start) -> Result:
    id = identify(child.pid)
    job = call.jobs.start(said.command, "process.start", lambda job: _watch(call, job, child, said), awaited=False)
    return Result(
        verb="process.start",
        message=f"{printable(said.command)} is suspended as process {child.pid}; to let it go on, say: resume it",
        rows=({"pid": child.pid, "command": said.command},),
        processes=(id,) if id else (),
        job=job.id,
    )


def _ended(said: Start, child: subprocess.Popen[bytes], seconds: float) -> Result:
    code, command = child.returncode, printable(said.command)
    over = said.timeout is not None and seconds >= said.timeout and code < 0
    failure = Failure(subject=command, reason=_reason(code, said.timeout if over else None))
    return Result(
        verb="process.start",
        message=f"{command} ended." if code == 0 else "",
        rows=({"pid": child.pid, "command": said.command, "exit_code": code, "seconds": round(seconds, 2)},),
        failures=() if code == 0 else (failure,),
    )


def _reason(code: int, timeout: float | None) -> str:
    if timeout is not None:
        return f"was ended: its {timeout:g} s were over"
    return f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"


def _log(folder: Path, program: str) -> Path:
    """A new file for the output; the oldest ones are removed."""
    name = re.sub(r"[^\w.-]", "_", Path(program).name)
    if folder.is_dir():
        for old in sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)[: 1 - _LOGS]:
            old.unlink(missing_ok=True)
    return folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}-{os.getpid()}.log"
