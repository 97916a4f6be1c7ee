"""Waiting for processes to end."""

from __future__ import annotations

from children import running
from house import House


def test_the_end_is_told(house: House):
    """When the last of them has ended a result says so, with the time."""
    with running() as one, running() as two:
        result = house.do("process.wait", pid=[one.pid, two.pid])
        assert result.job is not None
        one.kill()
        two.kill()
        told = house.next()
    assert {row["pid"] for row in told.rows} == {one.pid, two.pid}
    assert all(row["ended"] > 0 for row in told.rows)
    assert told.ok
    house.jobs.wait_all()
    assert house.jobs.get(result.job).state == "done"


def test_time_runs_out(house: House):
    """Who has not ended by then is a failure."""
    with running() as process:
        house.do("process.wait", pid=process.pid, timeout=0.2)
        told = house.next()
    assert [failure.target.id.pid for failure in told.failures] == [process.pid]
    assert "has not ended" in told.failures[0].reason


def test_it_can_be_cancelled(house: House):
    """Then nothing is told."""
    with running() as process:
        result = house.do("process.wait", pid=process.pid)
        assert house.jobs.cancel(result.job).state == "cancelled"
    assert house.shown.empty()
