"""Processes as a table, counted, and as a tree."""

from __future__ import annotations

import os

import pytest
from children import running
from house import House, child, said

from nlsh.errors import NothingMatched


def test_a_list_shows_the_process(house: House):
    """One row with raw numbers; the row's process is what `ref` counts."""
    with running() as process:
        result = house.do("process.list", pid=process.pid)
        (row,) = result.rows
    assert [column.key for column in result.columns] == [
        "pid",
        "user",
        "name",
        "cpu",
        "memory",
        "rss",
        "age",
        "status",
        "command",
    ]
    assert row["pid"] == process.pid
    assert row["command"].endswith("input()")
    assert row["rss"] > 0
    assert row["cpu"] is not None
    assert [id.pid for id in result.processes] == [process.pid]


def test_a_row_can_be_meant_next(house: House):
    """`the second one` is the second row as it was shown."""
    with running() as one, running() as two:
        shown = house.do("process.list", pid=[one.pid, two.pid], sort="pid", reverse=True)
        assert [row["pid"] for row in shown.rows] == [max(one.pid, two.pid), min(one.pid, two.pid)]
        assert house.do("process.list", ref=2).rows[0]["pid"] == min(one.pid, two.pid)


def test_all_processes_are_listed(house: House):
    """Without a selector everybody is there, this process too."""
    assert os.getpid() in [row["pid"] for row in house.do("process.list").rows]


def test_nobody_fitting_is_an_error(house: House):
    """Whether something runs is answered by exit code 4 where it does not."""
    with pytest.raises(NothingMatched):
        house.do("process.list", name="no-such-program-anywhere")


def test_counts(house: House):
    """All together, or by a column, most first."""
    with running(), running():
        mine = house.do("process.count", parent=os.getpid(), command="'begun'")
        assert dict(mine.rows[0]) == {"count": 2}
        by_name = house.do("process.count", by="status").rows
    counts = [row["count"] for row in by_name]
    assert counts == sorted(counts, reverse=True)
    assert dict(house.do("process.count", name="no-such-program-anywhere").rows[0]) == {"count": 0}


NEST = (
    "import subprocess,sys; p = subprocess.Popen([sys.executable, '-c', 'input()']); print(p.pid, flush=True); p.wait()"
)


def test_a_tree_shows_what_was_started_below_who_started_it(house: House):
    """Rows follow their parent, one deeper; a process below another selected one is shown once."""
    with child(NEST) as process:
        below = int(said(process))
        rows = house.do("process.tree", pid=[process.pid, below]).rows
    assert [(row["depth"], row["pid"]) for row in rows] == [(0, process.pid), (1, below)]


def test_the_whole_tree_leaves_the_kernel_out(house: House):
    """It begins at the first process and holds this one; every row has its parent's row before it."""
    rows = house.do("process.tree").rows
    pids = [row["pid"] for row in rows]
    assert os.getpid() in pids
    assert 2 not in pids or "kthreadd" not in [row["name"] for row in rows]
    assert len(pids) == len(set(pids))
