"""Runs the `nlsh` command, and children with unusual names for it to act on."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 200.0
"""Seconds for what takes one or two on an idle machine."""
PROGRAM = [sys.executable, "-m", "nlsh"]
_WAITING = "printf ready; read line"
_BUSY = "printf ready; while :; do :; done"
_SERVING = """
import socket, sys
log = open(sys.argv[1], "w")
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
input()
"""


@dataclass(frozen=True, kw_only=True)
class Nlsh:
    """The `nlsh` command with a home of its own. Its processes have no terminal and lead a session each."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment that it runs in."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("NLSH")}
        return {**inherited, "NLSH_HOME": str(self.home), "LC_ALL": "C.UTF-8"}

    def start(self, *arguments: str | bytes, **pipes: Any) -> subprocess.Popen[str]:
        """Start it; its standard input is empty unless told otherwise."""
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes}
        return subprocess.Popen(
            [*PROGRAM, *arguments],
            env=self.environment,
            text=True,
            errors="surrogateescape",
            start_new_session=True,
            **streams,
        )

    def run(self, *arguments: str | bytes, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        with self.start(*arguments, stdin=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(stdin, timeout=PATIENCE)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def ask(self, utterance: str, *options: str) -> dict[str, Any]:
        """The JSON envelope of one request."""
        done = self.run("--json", *options, "-c", utterance)
        envelope: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert envelope["exit_code"] == done.returncode
        return envelope

    def do(self, utterance: str, *options: str) -> dict[str, Any]:
        """The one result of a request that must succeed."""
        envelope = self.ask(utterance, *options)
        assert (envelope["exit_code"], envelope["error"]) == (0, None), envelope
        result: dict[str, Any] = envelope["results"][-1]
        return result

    def ask_each(self, utterances: list[str], *options: str) -> list[dict[str, Any]]:
        """The JSON envelopes of the lines of one script, in order, and whatever jobs report left out."""
        done = self.run("--json", *options, stdin="".join(f"?{line}\n" for line in utterances))
        return [said for said in map(json.loads, done.stdout.splitlines()) if "utterance" in said]

    def control(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `nlshctl` in the same home."""
        command = [sys.executable, "-c", "from nlsh.ctl import main; main()", *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )


@contextmanager
def child(folder: Path, name: str, *, busy: bool = False) -> Iterator[subprocess.Popen[str]]:
    """A process called `name` that waits until its standard input is closed, or uses all of a core where it is busy."""
    with _called(folder / name, "/bin/sh", ["sh", "-c", _BUSY if busy else _WAITING]) as process:
        assert process.stdout and process.stdout.read(5) == "ready"
        yield process


@contextmanager
def server(folder: Path, name: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process called `name` that listens on a port of this machine, and the port.

    It has the file `name`.log of the folder open, and the variable NAME in its environment.
    """
    command = ["python3", "-I", "-S", "-c", _SERVING, str(folder / f"{name}.log")]
    with _called(folder / name, sys.executable, command, env={**os.environ, name.upper(): "yes"}) as process:
        assert process.stdout
        yield process, int(process.stdout.readline())


@contextmanager
def _called(path: Path, program: str, command: list[str], **more: Any) -> Iterator[subprocess.Popen[str]]:
    """The kernel calls a process by the last part of the path that it was started with: a link to the program."""
    if not path.is_symlink():
        path.symlink_to(Path(program).resolve())
    process = subprocess.Popen(
        command, executable=path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(pid: int, seconds: float) -> bool:
    """Whether the process, no child of ours perhaps, ends within that time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def children(pid: int) -> list[int]:
    """The children of a process."""
    with suppress(FileNotFoundError):
        return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def state(process: subprocess.Popen[str]) -> str:
    """The state letter of a process in proc_pid_stat(5)."""
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def cpu_seconds(process: subprocess.Popen[str]) -> float:
    """CPU time that a process has used, of all its threads."""
    return time.clock_gettime(~process.pid << 3 | 2)
