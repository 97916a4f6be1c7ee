"""The operations that change processes, on children of the tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from children import running
from house import child, said
from permits import permit_for, somebody_else, target

from nlsh.effects import Effect
from nlsh.errors import Denied
from nlsh.executor import operations, values
from nlsh.executor.undo import Restore
from nlsh.result import Failure
from nlsh.target import ProcessId, Target

THREADS = "import threading\nfor _ in range(3): threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a while")


def nobody_limits(id: ProcessId) -> None:
    """No process is held back by a helper."""


def state(pid: int) -> str:
    return target(pid).status


def stopped(pid: int) -> None:
    """Wait until a child is stopped."""
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)


def aged(pid: int) -> Target:
    """The target that was meant when another process had this pid."""
    now = target(pid)
    return replace(now, id=ProcessId(pid=pid, start=now.id.start - 1))


def test_a_signal_ends_its_target():
    """TERM reaches the process that the permit names, and no other."""
    with running() as meant, running() as other:
        assert operations.send_signal(permit_for("process.kill", target(meant.pid)), "TERM") == ()
        assert meant.wait(10) == -signal.SIGTERM
        assert other.poll() is None


def test_a_reused_pid_is_never_hit():
    """Where the start time is another one, every operation says that the process has ended and does nothing."""
    restores: list[Restore] = []
    with running() as process:
        old = aged(process.pid)
        nice = os.getpriority(os.PRIO_PROCESS, process.pid)
        failures = (
            *operations.send_signal(permit_for("process.kill", old), "KILL"),
            *operations.suspend(permit_for("process.suspend", old), restores, nobody_limits),
            *operations.resume(permit_for("process.resume", old), restores, nobody_limits),
            *operations.set_nice(permit_for("process.priority", old), lambda now: 19, restores),
            *operations.set_io_priority(permit_for("process.io_priority", old), lambda now: 3 << 13, restores),
            *operations.set_affinity(permit_for("process.affinity", old), [0], restores),
            *operations.set_limit(
                permit_for("process.limit", old), values.OPEN_FILES, lambda of, now: [9, now[1]], restores
            ),
        )
        assert [failure.reason for failure in failures] == ["has ended"] * 7
        assert restores == []
        assert process.poll() is None
        assert state(process.pid) in ("running", "sleeping")
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == nice


def test_what_has_ended_is_a_failure_and_the_rest_is_done():
    """One vanished target does not keep the others from being reached."""
    with running() as gone, running() as there:
        targets = target(gone.pid), target(there.pid)
        gone.kill()
        gone.wait()
        failures = operations.send_signal(permit_for("process.kill", *targets), "TERM")
        assert failures == (Failure(target=targets[0], reason="has ended"),)
        assert there.wait(10) == -signal.SIGTERM


def test_a_zombie_cannot_be_killed():
    """It has ended; the failure names the parent that has to take note."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        (failure,) = operations.send_signal(permit_for("process.kill", target(process.pid)), "KILL")
    assert "is a zombie" in failure.reason
    assert failure.remedy == f"kill -CHLD {os.getpid()}"


def test_a_permit_is_for_its_verb():
    """Leave to suspend is no leave to kill; a read's permit changes nothing."""
    with running() as process:
        for verb in ("process.suspend", "process.priority", "shell.undo"):
            with pytest.raises(Denied):
                operations.send_signal(permit_for(verb, target(process.pid)), "KILL")
        with pytest.raises(Denied):
            operations.suspend(permit_for("process.show", target(process.pid), effect=Effect.READ), [], nobody_limits)
        assert process.poll() is None


def test_suspending_and_resuming_note_what_was():
    """The process stops and goes on; what it was before is noted each time."""
    restores: list[Restore] = []
    with running() as process:
        meant = target(process.pid)
        assert operations.suspend(permit_for("process.suspend", meant), restores, nobody_limits) == ()
        stopped(process.pid)
        assert operations.resume(permit_for("process.resume", meant), restores, nobody_limits) == ()
        assert [r.value for r in restores] == [False, True]
        assert {r.what for r in restores} == {"stopped"}


def test_suspending_what_is_suspended_notes_nothing():
    """So that taking it back cannot resume what somebody else had stopped."""
    restores: list[Restore] = []
    with running() as process:
        process.send_signal(signal.SIGSTOP)
        stopped(process.pid)
        assert operations.suspend(permit_for("process.suspend", target(process.pid)), restores, nobody_limits) == ()
    assert restores == []


def test_a_suspended_process_can_be_ended():
    """TERM comes with a CONT where the process could not react to it otherwise."""
    with running() as process:
        process.send_signal(signal.SIGSTOP)
        stopped(process.pid)
        assert operations.send_signal(permit_for("process.kill", target(process.pid)), "TERM") == ()
        assert process.wait(10) == -signal.SIGTERM


def test_niceness_is_set_for_every_thread_and_put_back():
    """On Linux it belongs to the thread; all of them get it, all get theirs back."""
    restores: list[Restore] = []
    with child(THREADS + "print(1, flush=True); input()") as process:
        said(process)
        meant = target(process.pid)
        before = nices(process.pid)
        assert operations.set_nice(permit_for("process.priority", meant), lambda now: now + 4, restores) == ()
        assert set(nices(process.pid).values()) == {os.getpriority(os.PRIO_PROCESS, 0) + 4}
        assert len(restores[0].value) == 4
        if os.geteuid() == 0:
            assert operations.put_back(permit_for("shell.undo", meant), restores) == ()
            assert nices(process.pid) == before


def nices(pid: int) -> dict[int, int]:
    tids = [int(path.name) for path in Path(f"/proc/{pid}/task").iterdir()]
    return {tid: os.getpriority(os.PRIO_PROCESS, tid) for tid in tids}


def test_niceness_stays_within_its_range():
    """More than the most is the most."""
    with running() as process:
        operations.set_nice(permit_for("process.priority", target(process.pid)), lambda now: 99, [])
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 19


def test_io_priority_is_set_and_put_back():
    """The kernel tells the class and level that were set."""
    restores: list[Restore] = []
    with running() as process:
        meant, wanted = target(process.pid), values.io_value("best-effort", 6)
        before = values.IO_PRIORITY.read(process.pid)
        assert operations.set_io_priority(permit_for("process.io_priority", meant), lambda now: wanted, restores) == ()
        assert values.io_words(values.IO_PRIORITY.read(process.pid)) == ("best-effort", 6)
        assert operations.put_back(permit_for("shell.undo", meant), restores) == ()
        assert values.IO_PRIORITY.read(process.pid) == before


def test_affinity_is_set_and_put_back():
    """The process may run where it was said, then where it was before."""
    restores: list[Restore] = []
    with running() as process:
        meant, before = target(process.pid), os.sched_getaffinity(process.pid)
        one = {min(before)}
        assert operations.set_affinity(permit_for("process.affinity", meant), one, restores) == ()
        assert os.sched_getaffinity(process.pid) == one
        assert operations.put_back(permit_for("shell.undo", meant), restores) == ()
        assert os.sched_getaffinity(process.pid) == before


def test_limits_are_put_back_together():
    """Two limits of one process are two values of it."""
    restores: list[Restore] = []
    with running() as process:
        meant = target(process.pid)
        before = values.OPEN_FILES.read(process.pid), values.ADDRESS_SPACE.read(process.pid)
        permit = permit_for("process.limit", meant)
        for value, amount in ((values.OPEN_FILES, 40), (values.ADDRESS_SPACE, 1 << 31)):
            assert operations.set_limit(permit, value, lambda of, now, a=amount: [a, now[1]], restores) == ()
        assert values.OPEN_FILES.read(process.pid)[0] == 40
        assert operations.put_back(permit_for("shell.undo", meant), restores) == ()
        assert (values.OPEN_FILES.read(process.pid), values.ADDRESS_SPACE.read(process.pid)) == before


def test_only_what_the_permit_holds_is_put_back():
    """A restore of another process is left alone."""
    with running() as held, running() as other:
        nice = os.getpriority(os.PRIO_PROCESS, other.pid)
        stray = Restore(id=target(other.pid).id, what="nice", value=[[other.pid, 19]])
        assert operations.put_back(permit_for("shell.undo", target(held.pid)), [stray]) == ()
        assert os.getpriority(os.PRIO_PROCESS, other.pid) == nice


@as_root
def test_what_is_not_permitted_names_the_command_for_root():
    """The exact line with sudo, for all targets that were refused, stands at the last of them."""
    with running() as one, running() as two:
        targets = target(one.pid), target(two.pid)
        kill = permit_for("process.kill", *targets)
        nice = permit_for("process.priority", *targets)
        with somebody_else():
            refused = operations.send_signal(kill, "TERM")
            reniced = operations.set_nice(nice, lambda now: 7, [])
        assert [failure.reason for failure in refused] == ["not permitted: it belongs to root"] * 2
        assert [failure.remedy for failure in refused] == ["", f"sudo kill -TERM {one.pid} {two.pid}"]
        assert reniced[-1].remedy == f"sudo renice -n 7 -p {one.pid} {two.pid}"
        assert one.poll() is None


@as_root
def test_each_command_for_root_has_its_own_sudo():
    """Where there is a command for each process, each is run as root."""
    with running() as one, running() as two:
        permit = permit_for("process.affinity", target(one.pid), target(two.pid))
        with somebody_else():
            failures = operations.set_affinity(permit, [0], [])
    assert failures[-1].remedy == f"sudo taskset -a -c -p 0 {one.pid} && sudo taskset -a -c -p 0 {two.pid}"
