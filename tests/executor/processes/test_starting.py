"""Starting programs."""

from __future__ import annotations

import errno
import os
import pty
import select
import shlex
import signal
import sys
from pathlib import Path

import pytest
from house import House

from nlsh.errors import OperationFailed, UsageError
from nlsh.executor import launch
from nlsh.executor.processes.starting import arguments
from nlsh.sandbox import seccomp
from tests.sandbox.escape.attempt import outcome

NOBODY = 65534
PYTHON = shlex.quote(sys.executable)


def run(house: House, code: str, **args: object):
    return house.do("process.start", command=f"{PYTHON} -c {shlex.quote(code)}", **args)


def test_a_program_runs_to_its_end(house: House, tmp_path: Path):
    """It ran, and its exit code is told."""
    made = tmp_path / "made"
    result = run(house, f"open({str(made)!r}, 'w')")
    assert made.exists()
    assert (result.ok, result.rows[0]["exit_code"]) == (True, 0)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("raise SystemExit(3)", "ended with exit code 3"), ("import os; os.abort()", "was ended by signal 6")],
)
def test_how_it_failed_is_told(house: House, code: str, reason: str):
    """An exit code or a signal is a failure of the step."""
    assert run(house, code).failures[0].reason == reason


def test_shell_text_is_just_arguments(house: House, tmp_path: Path):
    """No variable, command or redirection in it comes to life."""
    said = f"$(touch {tmp_path}/a); `touch {tmp_path}/b` > {tmp_path}/c && x || *"
    argv = arguments(f"echo {said}")
    house.do("process.start", command=f"echo {said}")
    assert argv[1:4] == ("$(touch", f"{tmp_path}/a);", "`touch")
    assert {path.suffix for path in tmp_path.iterdir()} <= {".json", ".lock"}


@pytest.mark.parametrize("command", ["no-such-program-anywhere", "/no/such/program x"])
def test_a_program_that_there_is_not(house: House, command: str):
    """The error names it, and no process was started."""
    with pytest.raises(OperationFailed, match="there is no program"):
        house.do("process.start", command=command)


def test_a_script_of_this_folder_is_suggested(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What is not on the PATH but here gets the hint how to say it, or that it cannot be run."""
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "tool.sh"
    script.write_text("#!/bin/sh\n")
    with pytest.raises(OperationFailed) as caught:
        house.do("process.start", command="tool.sh")
    assert caught.value.hint == "chmod +x ./tool.sh"
    script.chmod(0o755)
    with pytest.raises(OperationFailed) as caught:
        house.do("process.start", command="tool.sh")
    assert "./tool.sh" in caught.value.hint


@pytest.mark.parametrize("command", ["'unpaired", '""' and " "])
def test_a_command_that_is_none(house: House, command: str):
    """Quotes that do not pair, and nothing at all."""
    with pytest.raises(UsageError):
        house.do("process.start", command=command)


def test_priority_and_memory_hold_from_the_start(house: House, tmp_path: Path):
    """The program finds them set, in its first instruction."""
    now = os.getpriority(os.PRIO_PROCESS, 0)
    code = "import os, resource; print(os.getpriority(0, 0), resource.getrlimit(resource.RLIMIT_AS)[0])"
    result = run(house, code, nice=min(19, now + 3), memory=1 << 32, background=True)
    house.next()
    assert Path(result.rows[0]["log"]).read_text().split() == [str(min(19, now + 3)), str(1 << 32)]


def test_too_little_memory_is_the_programs_failure(house: House):
    """It cannot have more than it was given."""
    assert not run(house, "x = bytearray(1 << 30)", memory=1 << 28).ok


def test_its_time_is_limited(house: House):
    """What takes longer is ended, and it is said why."""
    result = run(house, "input.__self__; import time; time.sleep(60)", timeout=1)
    assert result.failures[0].reason == "was ended: its 1 s were over"
    assert 0.9 < result.rows[0]["seconds"] < 20


NO_SOCKETS = """
import errno, socket, sys
for family, kind in ((2, 1), (2, 2), (10, 1), (16, 3), (17, 3)):
    try:
        socket.socket(family, kind)
    except OSError as error:
        assert error.errno == errno.EAFNOSUPPORT, error
    else:
        sys.exit(f"family {family} is there")
socket.socketpair()
"""


def test_without_network(house: House):
    """It can make no socket that leads anywhere, and is otherwise as ever; with its network it can."""
    assert run(house, NO_SOCKETS, network=False).ok
    assert not run(house, NO_SOCKETS).ok


def test_without_network_nor_have_those_that_it_starts(house: House):
    """A program cannot get its network back by starting another one."""
    code = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {NO_SOCKETS!r}]).returncode)"
    assert run(house, code, network=False).ok


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can walk out of a namespace")
def test_without_network_root_has_none_either(house: House):
    """Back in the network namespace of everybody there are no sockets all the same."""
    code = f"import ctypes, os; ctypes.CDLL(None).setns(os.pidfd_open({os.getpid()}), 0x40000000)\n{NO_SOCKETS}"
    assert run(house, code, network=False).ok


@pytest.mark.parametrize("uid", {os.geteuid(), NOBODY if os.geteuid() == 0 else os.geteuid()})
def test_without_network_for_everybody(uid: int):
    """Root and an ordinary user."""

    def attempt() -> None:
        launch._without_network()
        exec(NO_SOCKETS, {})

    assert outcome(attempt, uid=uid, confinement=None).did


def test_without_network_where_there_are_no_namespaces(monkeypatch: pytest.MonkeyPatch):
    """Where a system keeps them from its users the filter holds; where that is missing too it is an error."""

    def refuse() -> None:
        raise OSError(errno.EPERM, "no namespaces here")

    def attempt() -> None:
        launch._without_network()
        exec(NO_SOCKETS, {})

    monkeypatch.setattr(launch, "_own_network", refuse)
    assert outcome(attempt, uid=os.geteuid(), confinement=None).did
    monkeypatch.setattr(seccomp, "available", lambda: False)
    assert outcome(attempt, uid=os.geteuid(), confinement=None).errno == errno.EPERM


def test_in_the_background(house: House):
    """It is a job away from the terminal, its output in a file; its end is told."""
    result = run(house, "import os; print(os.getsid(0) == os.getpid(), os.isatty(0))", background=True)
    assert [id.pid for id in result.processes] == [result.rows[0]["pid"]]
    assert house.next().rows[0]["exit_code"] == 0
    log = Path(result.rows[0]["log"])
    assert log.read_text() == "True False\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_background_program_can_be_cancelled_but_outlives_the_session(house: House):
    """Closing leaves it alone; cancelling its job ends it."""
    result = run(house, "import time; time.sleep(60)", background=True)
    house.jobs.close()
    assert house.jobs.get(result.job).state == "running"
    house.jobs.cancel(result.job)
    assert house.next().failures[0].reason == "was ended by signal 15"


def test_signals_that_a_shell_ignores_reach_the_program(house: House):
    """A program does not inherit what the shell around it ignores."""
    old = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        result = run(house, "import signal; raise SystemExit(signal.getsignal(signal.SIGTSTP) != signal.SIG_DFL)")
    finally:
        signal.signal(signal.SIGTSTP, old)
    assert result.ok


SHELL = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from house import House
signal.signal(signal.SIGTSTP, signal.SIG_IGN)
house = House(Path({folder!r}))
result = house.do("process.start", command={command!r})
print("RESULT", result.message, [f.reason for f in result.failures], flush=True)
print("OURS", os.tcgetpgrp(0) == os.getpgrp(), flush=True)
if result.processes:
    print("KILL", house.do("process.kill", pid=result.processes[0].pid, signal="KILL").ok, flush=True)
house.close()
"""


def at_a_terminal(folder: Path, command: str, keys: bytes, after: bytes) -> bytes:
    """What is seen on a terminal at which nlsh starts `command`, and `keys` are typed when `after` has been seen."""
    code = SHELL.format(here=str(Path(__file__).parent.parent), folder=str(folder), command=command)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", code])
    seen = b""
    try:
        while select.select([terminal], [], [], 30)[0]:
            seen += os.read(terminal, 4096)
            if keys and after in seen:
                os.write(terminal, keys)
                keys = b""
    except OSError:
        pass
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)
    return seen


def test_the_terminal_is_lent_and_comes_back(tmp_path: Path):
    """The program reads what is typed; then the terminal is nlsh's again."""
    code = "print('ready', flush=True); print('read', input(), flush=True)"
    seen = at_a_terminal(tmp_path, f"{PYTHON} -c {shlex.quote(code)}", b"hello\n", b"ready")
    assert b"read hello" in seen
    assert b"OURS True" in seen


def test_the_interrupt_key_ends_the_program_only(tmp_path: Path):
    """nlsh goes on and tells by which signal it ended."""
    seen = at_a_terminal(tmp_path, "sh -c 'echo ready; exec sleep 60'", b"\x03", b"ready")
    assert b"was ended by signal 2" in seen
    assert b"OURS True" in seen


def test_the_suspend_key_gives_the_terminal_back(tmp_path: Path):
    """The program is left suspended, and can be named next."""
    seen = at_a_terminal(tmp_path, "sh -c 'echo ready; exec sleep 60'", b"\x1a", b"ready")
    assert b"is suspended as process" in seen
    assert b"OURS True" in seen
    assert b"KILL True" in seen
