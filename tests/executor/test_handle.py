"""Holding processes, and waiting for their end."""

from __future__ import annotations

import time

import pytest
from children import running

from nlsh.executor.handle import held, identify, still_there
from nlsh.target import ProcessId


def test_who_ends_is_gone_and_who_stays_is_there():
    """The end of a process is seen at once, whether its parent took note or not."""
    with running() as ending, running() as staying:
        ids = [identify(ending.pid), identify(staying.pid)]
        ending.kill()
        began = time.monotonic()
        assert still_there([ids[0]], 10) == []
        assert still_there(ids, 0.05) == [ids[1]]
        assert time.monotonic() - began < 5


def test_another_process_with_that_pid_is_not_waited_for():
    """A start time that differs means that the process has ended."""
    with running() as process:
        assert still_there([ProcessId(pid=process.pid, start=1)], 5) == []


def test_a_process_that_ended_cannot_be_held():
    """Neither one that is gone nor one whose pid another has."""
    with running() as process:
        id = identify(process.pid)
        assert id is not None
        with held(id) as handle:
            assert handle.threads() == [process.pid]
        with pytest.raises(ProcessLookupError), held(ProcessId(pid=id.pid, start=id.start + 1)):
            pass
        process.kill()
        process.wait()
        with pytest.raises(ProcessLookupError), held(id):
            pass
    assert identify(process.pid) is None


def test_ending_while_held_is_noticed():
    """What was set by pid is checked against the pidfd afterwards."""
    with running() as process, held(identify(process.pid)) as handle:
        handle.check()
        process.kill()
        process.wait()
        for looked in (handle.check, handle.stat, handle.threads):
            with pytest.raises(ProcessLookupError):
                looked()
