"""Ending, suspending, priorities and limits, through the whole way from a step to its result."""

from __future__ import annotations

import os
import signal

import pytest
from children import running
from house import House, child, said

from nlsh.errors import UsageError

root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may raise a priority again")


def test_ending_says_who_ended(house: House):
    """Both are gone, and both are in the result."""
    with running() as one, running() as two:
        result = house.do("process.kill", pid=[one.pid, two.pid])
        assert {row["pid"]: row["outcome"] for row in result.rows} == {one.pid: "ended", two.pid: "ended"}
        assert result.ok
        assert (one.wait(10), two.wait(10)) == (-signal.SIGTERM, -signal.SIGTERM)


def test_who_does_not_end_is_named_with_what_to_say_next(house: House):
    """A process that ignores TERM is still running after a second; a KILL ends it."""
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); input()"
    with child(stubborn) as process:
        said(process)
        result = house.do("process.kill", pid=process.pid)
        assert result.rows[0]["outcome"] == "still running"
        assert "force quit" in result.notes[0]
        assert house.do("process.kill", ref="last", signal="KILL").rows[0]["outcome"] == "ended"


def test_other_signals_are_just_sent(house: House):
    """USR1 is delivered and nobody is said to have ended."""
    code = "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('got it', flush=True))\n"
    with child(code + "print(1, flush=True)\ninput()") as process:
        said(process)
        result = house.do("process.kill", pid=process.pid, signal="USR1")
        assert said(process) == "got it"
    assert result.message.startswith("Sent USR1 to")


NEST = (
    "import subprocess,sys; p = subprocess.Popen([sys.executable, '-c', 'input()']); print(p.pid, flush=True); p.wait()"
)


def test_the_tree_ends_too(house: House):
    """With `tree` what the process started is ended with it."""
    with child(NEST) as process:
        below = int(said(process))
        result = house.do("process.kill", pid=process.pid, tree=True)
    assert [row["pid"] for row in result.rows] == [process.pid, below]
    assert {row["outcome"] for row in result.rows} == {"ended"}


def test_suspending_is_taken_back(house: House):
    """The process stops, and goes on after undo; what was suspended already stays so."""
    with running() as process, running() as before:
        before.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, before.pid, os.WSTOPPED | os.WNOWAIT)
        result = house.do("process.suspend", pid=[process.pid, before.pid])
        assert f"({process.pid})" in result.message
        assert result.notes == (f"python ({before.pid}) was suspended already",) or str(before.pid) in result.notes[0]
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        assert house.do("shell.undo").ok
        statuses = {row["pid"]: row["status"] for row in house.do("process.list", pid=[process.pid, before.pid]).rows}
        assert statuses[process.pid] != "stopped"
        assert statuses[before.pid] == "stopped"


def test_resuming_what_was_not_suspended(house: House):
    """It is said so, and there is nothing to take back."""
    with running() as process:
        result = house.do("process.resume", pid=process.pid)
        assert "was not suspended" in result.notes[0]
        assert house.undo.last() is None


def test_lowering_a_priority(house: House):
    """`lower` is five steps of niceness more; the row says what it is now."""
    now = os.getpriority(os.PRIO_PROCESS, 0)
    with running() as process:
        result = house.do("process.priority", pid=process.pid, change="lower")
        assert result.rows[0]["nice"] == min(19, now + 5) == os.getpriority(os.PRIO_PROCESS, process.pid)


@root
def test_a_priority_is_taken_back(house: House):
    """Set, then raised: undo goes one step back at a time."""
    with running() as process:
        house.do("process.priority", pid=process.pid, nice=10)
        house.do("process.priority", pid=process.pid, change="raise")
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 5
        house.do("shell.undo")
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 10


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("process.priority", {}),
        ("process.priority", {"nice": 5, "change": "raise"}),
        ("process.priority", {"nice": 40}),
        ("process.io_priority", {}),
        ("process.io_priority", {"class": "idle", "level": 3}),
        ("process.affinity", {"cpus": [4096]}),
        ("process.limit", {}),
        ("process.limit", {"cpu": 0}),
        ("process.limit", {"memory": -5}),
        ("process.limit", {"cpu": 50, "off": True}),
    ],
)
def test_impossible_wishes_change_nothing(house: House, verb: str, args: dict):
    """They are usage errors, before anything is touched."""
    with running() as process:
        with pytest.raises(UsageError):
            house.do(verb, pid=process.pid, **args)
        assert house.undo.last() is None


def test_io_priority(house: House):
    """A level alone means best-effort; the row says it in words."""
    with running() as process:
        assert house.do("process.io_priority", pid=process.pid, level=7).rows[0]["io_priority"] == "best-effort 7"
        assert house.do("process.io_priority", pid=process.pid, **{"class": "idle"}).rows[0]["io_priority"] == "idle"


def test_affinity(house: House):
    """One CPU, then all of them again."""
    everywhere = os.sched_getaffinity(0)
    with running() as process:
        one = min(everywhere)
        assert house.do("process.affinity", pid=process.pid, cpus=[one]).rows[0]["cpus"] == str(one)
        house.do("process.affinity", pid=process.pid)
        assert os.sched_getaffinity(process.pid) >= everywhere


def test_limits_hold_and_are_taken_off(house: House):
    """Memory and open files are limited by the kernel; off brings back what there was."""
    with running() as process:
        before = house.do("process.show", pid=process.pid).rows[0]
        result = house.do("process.limit", pid=process.pid, memory=1 << 31, open_files=30)
        assert "2 GiB of address space, 30 open files" in result.message
        now = house.do("process.show", pid=process.pid).rows[0]
        assert (now["size_limit"], now["files_limit"]) == (1 << 31, 30)
        assert house.do("process.limit", pid=process.pid, off=True).ok
        after = house.do("process.show", pid=process.pid).rows[0]
        assert (after.get("size_limit"), after["files_limit"]) == (before.get("size_limit"), before["files_limit"])


def test_a_limit_below_what_it_holds_is_said(house: House):
    """It keeps what it has; only more is refused."""
    with running("input(); x = bytearray(1 << 24)") as process:
        result = house.do("process.limit", pid=process.pid, memory=1 << 20)
        assert "holds more already" in result.notes[0]
        process.communicate("\n", timeout=20)
    assert process.returncode != 0


def test_a_cpu_limit_is_a_job(house: House):
    """It is there to be cancelled, and undo ends it."""
    with child("print(1, flush=True)\nwhile True: pass") as process:
        said(process)
        result = house.do("process.limit", pid=process.pid, cpu=20)
        job = house.jobs.get(result.job)
        assert job.state == "running"
        assert house.do("shell.undo").ok
        assert job.wait(10)
