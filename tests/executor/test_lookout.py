"""Looking at conditions, one look at a time."""

import os

import pytest
from house import child, said

from nlsh.condition import Condition
from nlsh.executor.lookout import lookout
from nlsh.intent import Intent
from nlsh.target import Selection

MARK = f"lookout-{os.getpid()}"
MARKED = f"mark = '{MARK}'; print(flush=True); input()"


@pytest.fixture
def look_at(house):
    """Makes the lookout of a condition."""
    call = house.call(Intent(verb="rule.add"), Selection(), None)
    return lambda **when: lookout(Condition.of(when), call)


def test_the_end_of_the_last_one_is_the_exit(look_at):
    """A name is followed from one process to the next; before any was there, none can have ended."""
    look = look_at(event="exits", command=MARK)
    assert not look()
    with child(MARKED) as first:
        said(first)
        with child(MARKED) as second:
            said(second)
            assert not look()
        assert not look()
    assert look()
    assert look.seen.endswith(f"({first.pid}) ended")
    with child(MARKED) as third:
        said(third)
        assert not look()
    assert look()


def test_each_new_process_is_a_start(look_at):
    """Those that are there already are no news, nor is one that was told."""
    with child(MARKED) as early:
        said(early)
        look = look_at(event="starts", command=MARK)
        assert not look()
        with child(MARKED) as late:
            said(late)
            assert look()
            assert f"({late.pid}) started" in look.seen
            assert not look()


def test_a_start_can_have_to_last(look_at):
    """A process that is new counts when it has run for the time that was said."""
    look = look_at(event="starts", command=MARK, **{"for": 0.3})
    with child(MARKED) as process:
        said(process)
        young = look()
        while not look():
            young = True
    assert young
    assert "has run for 0.3 seconds" in look.seen


def test_a_zombie_has_exited(look_at):
    """It only waits for its parent to take note."""
    with child() as process:
        look = look_at(event="exits", pid=process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert look()


def test_the_cpu_of_a_busy_process_is_high(look_at):
    """Percent of one core, measured at each look."""
    with child("print(flush=True)\nwhile True: pass") as process:
        said(process)
        assert look_at(metric="process.cpu", op=">", value=5, pid=process.pid)()
        assert not look_at(metric="process.cpu", op="<", value=5, pid=process.pid)()


@pytest.mark.parametrize("metric", ["cpu", "memory", "swap", "disk", "load", "disk.free", "memory.free"])
def test_every_machine_has_these_metrics(look_at, metric):
    """None of them is below nothing."""
    assert not look_at(metric=metric, op="<", value=0)()


def test_what_was_seen_is_said_with_its_unit(look_at):
    """The person wants to know how far it went."""
    look = look_at(metric="disk.free", op=">", value=0, path="/")
    assert look()
    assert look.seen.startswith("free disk space is ")
    assert look.seen.endswith(("KB", "MB", "GB", "TB"))
