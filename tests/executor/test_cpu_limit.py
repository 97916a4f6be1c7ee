"""Holding processes below a share of a core, for real."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from house import child, said
from permits import permit_for, target

from nlsh.executor.cpu_limit import CpuLimit, limit_cpu, limiter, limiting, unlimit_cpu
from nlsh.executor.jobs import Job, Jobs
from nlsh.executor.meter import cpu_seconds
from nlsh.executor.operations import resume, suspend
from nlsh.executor.table import ProcTable
from nlsh.executor.undo import Restore, UndoLog

BUSY = "print(1, flush=True)\nwhile True: pass"
TWO_BUSY = "import threading\nthreading.Thread(target=lambda: exec('while True: pass'), daemon=True).start()\n" + BUSY


@contextmanager
def limited(pid: int, percent: float) -> Iterator[tuple[Jobs, Job]]:
    jobs = Jobs()
    failures, job = limit_cpu(permit_for("process.limit", target(pid)), percent, jobs, [])
    assert failures == ()
    assert job is not None
    try:
        yield jobs, job
    finally:
        jobs.close()


def share(pid: int, seconds: float) -> float:
    """Percent of one core that the process uses in the coming seconds."""
    began, used = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return 100 * (cpu_seconds(pid) - used) / (time.monotonic() - began)


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)


def state(pid: int) -> str:
    (found,) = ProcTable().snapshot((), [pid])
    return found.status


def free_core() -> bool:
    """Whether a busy loop gets enough of a core here now for its limit to be what holds it back."""
    with child(BUSY) as probe:
        said(probe)
        return share(probe.pid, 0.3) > 60


@pytest.mark.parametrize("percent", [30])
def test_a_busy_loop_is_held_to_within_three_points(percent: float):
    """Over ten seconds it uses what it was told to, give or take three percent of a core."""
    if not free_core():
        pytest.skip("the CPUs are taken by others, so there is nothing to hold back")
    with child(BUSY) as busy:
        said(busy)
        with limited(busy.pid, percent):
            time.sleep(0.5)
            assert abs(share(busy.pid, 10) - percent) <= 3


def test_all_threads_of_a_process_count_together():
    """Two busy threads get no more than one would."""
    with child(TWO_BUSY) as busy:
        said(busy)
        with limited(busy.pid, 40):
            time.sleep(0.5)
            assert share(busy.pid, 2) < 50


def test_each_process_is_limited_by_itself():
    """Two targets of one limit each get their share."""
    with child(BUSY) as one, child(BUSY) as two:
        said(one), said(two)
        jobs = Jobs()
        permit = permit_for("process.limit", target(one.pid), target(two.pid))
        limit_cpu(permit, 20, jobs, [])
        try:
            time.sleep(0.5)
            before, began = cpu_seconds(one.pid), time.monotonic()
            assert 5 < share(two.pid, 2) < 26
            assert 5 < 100 * (cpu_seconds(one.pid) - before) / (time.monotonic() - began) < 26
        finally:
            jobs.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_when_the_helper_ends_its_process_goes_on(number: int):
    """Whether it was asked to end or was killed, nobody stays stopped."""
    with child(BUSY) as busy:
        said(busy)
        with limited(busy.pid, 1) as (_, job):
            until(lambda: state(busy.pid) == "stopped")
            os.kill(job.cpu_limit.pid, number)
            assert job.wait(10)
            until(lambda: state(busy.pid) == "running")
            assert job.helpers == set()
            assert job.state == ("done" if number == signal.SIGTERM else "failed")


def test_closing_the_session_lets_go():
    """The pipe closes, the helper continues what it stopped, and ends."""
    with child(BUSY) as busy:
        said(busy)
        with limited(busy.pid, 1) as (jobs, job):
            until(lambda: state(busy.pid) == "stopped")
            jobs.close()
            assert state(busy.pid) == "running"
            assert job.state == "cancelled"


def test_the_helper_ends_with_its_targets():
    """When the process has ended the job is done."""
    with child(BUSY) as busy:
        said(busy)
        with limited(busy.pid, 50) as (_, job):
            busy.kill()
            assert job.wait(10)
            assert job.state == "done"


def test_what_was_suspended_before_stays_suspended():
    """The helper continues only what it stopped itself."""
    with child(BUSY) as busy:
        said(busy)
        busy.send_signal(signal.SIGSTOP)
        until(lambda: state(busy.pid) == "stopped")
        with limited(busy.pid, 50):
            used = cpu_seconds(busy.pid)
            time.sleep(0.5)
            assert cpu_seconds(busy.pid) == used
        assert state(busy.pid) == "stopped"


def test_what_somebody_stops_while_it_runs_stays_stopped():
    """A SIGSTOP from elsewhere, between two of the helper's, is left alone until it is taken back."""
    with child("print(1, flush=True); input()") as idle:
        said(idle)
        with limited(idle.pid, 50):
            time.sleep(0.1)
            idle.send_signal(signal.SIGSTOP)
            time.sleep(0.4)
            assert state(idle.pid) == "stopped"
            idle.send_signal(signal.SIGCONT)
            until(lambda: state(idle.pid) != "stopped")


def test_suspending_a_limited_process_through_nlsh():
    """The helper is told: it stays stopped, and goes on within its limit when it is resumed."""
    restores: list[Restore] = []
    with child(BUSY) as busy:
        said(busy)
        with limited(busy.pid, 20) as (jobs, _):
            meant = target(busy.pid)
            assert suspend(permit_for("process.suspend", meant), restores, limiter(jobs)) == ()
            until(lambda: state(busy.pid) == "stopped")
            time.sleep(0.1)
            used = cpu_seconds(busy.pid)
            time.sleep(0.4)
            assert cpu_seconds(busy.pid) == used
            assert suspend(permit_for("process.suspend", meant), restores, limiter(jobs)) == ()
            assert resume(permit_for("process.resume", meant), restores, limiter(jobs)) == ()
            assert [restore.value for restore in restores] == [False, True]
            assert 1 < share(busy.pid, 1) < 40


def test_a_second_limit_replaces_the_first():
    """The process has one limit, and the first is what undo puts back."""
    restores: list[Restore] = []
    with child(BUSY) as busy:
        said(busy)
        with limited(busy.pid, 60) as (jobs, first):
            permit = permit_for("process.limit", target(busy.pid))
            limit_cpu(permit, 15, jobs, restores)
            assert [(restore.what, restore.value) for restore in restores] == [("cpu", 60)]
            assert limiting(jobs, target(busy.pid).id).percent == 15
            assert first.wait(10)
            time.sleep(0.3)
            assert share(busy.pid, 2) < 22


def test_a_limit_is_taken_off(tmp_path):
    """The process runs freely again, and undo knows what it was."""
    restores: list[Restore] = []
    with child(BUSY) as busy:
        said(busy)
        with limited(busy.pid, 1) as (jobs, job):
            until(lambda: state(busy.pid) == "stopped")
            permit = permit_for("process.limit", target(busy.pid))
            assert unlimit_cpu(permit, jobs, UndoLog(tmp_path / "undo.json"), restores) == ()
            assert job.wait(10)
            assert state(busy.pid) == "running"
            assert [(restore.what, restore.value) for restore in restores] == [("cpu", 1)]
            assert limiting(jobs, target(busy.pid).id) is None


def test_a_reused_pid_is_not_held_back():
    """The helper compares the start time before it touches anything."""
    from dataclasses import replace

    with child(BUSY) as busy:
        said(busy)
        id = target(busy.pid).id
        limit = CpuLimit(1, [replace(id, start=id.start - 1)])
        job = Jobs().start("limit", "process.limit", limit.work)
        assert job.wait(10)
        assert state(busy.pid) == "running"
