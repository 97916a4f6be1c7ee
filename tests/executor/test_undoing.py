"""Taking back changes of real processes."""

import os
import resource
import signal

import pytest
from house import child, said

from nlsh.errors import NothingMatched


def test_a_suspended_process_goes_on(house):
    """And the change is gone from the log."""
    with child() as process:
        house.do("process.suspend", pid=process.pid)
        os.waitpid(process.pid, os.WUNTRACED)
        result = house.do("shell.undo")
        os.waitpid(process.pid, os.WCONTINUED)
        assert result.message.startswith("Took back: ")
        assert str(process.pid) in result.message
    with pytest.raises(NothingMatched):
        house.do("shell.undo")


def test_a_resumed_process_is_suspended_again(house):
    """Undo puts back what was there, whichever way the change went."""
    with child() as process:
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        house.do("process.resume", pid=process.pid)
        os.waitpid(process.pid, os.WCONTINUED)
        house.do("shell.undo")
        os.waitpid(process.pid, os.WUNTRACED)


def test_values_come_back_one_change_at_a_time(house):
    """The last change first."""
    with child() as process:
        before = os.sched_getaffinity(process.pid)
        house.do("process.affinity", pid=process.pid, cpus=[min(before)])
        house.do("process.limit", pid=process.pid, open_files=100)
        house.do("shell.undo")
        assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE)[0] != 100
        assert os.sched_getaffinity(process.pid) == {min(before)}
        house.do("shell.undo")
        assert os.sched_getaffinity(process.pid) == before


def test_several_limits_of_one_change_come_back_together(house):
    """Each process gets all of its old values."""
    with child() as process:
        limits = (resource.RLIMIT_NOFILE, resource.RLIMIT_AS)
        before = [resource.prlimit(process.pid, each) for each in limits]
        house.do("process.limit", pid=process.pid, open_files=100, memory=8 * 1024**3)
        house.do("shell.undo")
        assert [resource.prlimit(process.pid, each)[0] for each in limits] == [soft for soft, _ in before]


def test_a_cpu_limit_is_lifted(house):
    """Whoever held the process back does so no longer."""
    with child("print(flush=True)\nwhile True: pass") as process:
        said(process)
        house.do("process.limit", pid=process.pid, cpu=5)
        house.do("shell.undo")
        assert all(
            process.pid not in {id.pid for id in job.cpu_limit.ids} for job in house.jobs.list() if job.cpu_limit
        )


def test_a_process_that_has_ended_cannot_be_put_back(house):
    """The others are, and what is missing is said."""
    with child() as gone, child() as there:
        house.do("process.suspend", pid=[gone.pid, there.pid])
        os.waitpid(there.pid, os.WUNTRACED)
        gone.kill()
        gone.wait()
        result = house.do("shell.undo")
        os.waitpid(there.pid, os.WCONTINUED)
    assert any(str(gone.pid) in note for note in result.notes)
