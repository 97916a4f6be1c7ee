"""Everything about single processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from children import running
from house import House
from permits import somebody_else

from nlsh.executor.processes.detail import terminal


def test_all_about_a_process(house: House, tmp_path: Path):
    """Working directory, program, parents, threads, limits and start are those of the child."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=tmp_path) as process:
        try:
            result = house.do("process.show", pid=process.pid)
        finally:
            process.kill()
    row = result.rows[0]
    assert result.shape == "record"
    assert row["cwd"] == str(tmp_path.resolve())
    assert f"({os.getpid()})" in row["parents"].split(" < ")[0]
    assert (row["threads"], row["children"]) == (1, 0)
    assert row["started"] > 0
    assert row["files_limit"] > 0
    assert [id.pid for id in result.processes] == [process.pid]


def test_several_are_a_table(house: House):
    """Two processes are two rows, with all the same facts behind fewer columns."""
    with running() as one, running() as two:
        result = house.do("process.show", pid=[one.pid, two.pid])
    assert result.shape == "table"
    assert len(result.columns) < len(result.rows[0])
    assert {row["pid"] for row in result.rows} == {one.pid, two.pid}


def test_the_environment_is_shown(house: House):
    """As it was given when the process was started, one row a variable."""
    given = {"PATH": os.environ["PATH"], "EMPTY": "", "ODD": "a=b\nc"}
    command = [sys.executable, "-c", "print(1, flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=given) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            result = house.do("process.environment", pid=process.pid)
        finally:
            process.kill()
    assert {row["name"]: row["value"] for row in result.rows}.items() >= given.items()
    assert {id.pid for id in result.processes} == {process.pid}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a while")
def test_an_environment_that_is_not_ours_names_the_command_for_root(house: House):
    """Not permitted is a failure with its remedy, not an empty table."""
    with running() as process:
        house.do("process.environment", pid=process.pid)
        with somebody_else():
            result = house.do("process.environment", pid=process.pid)
    assert result.rows == ()
    assert result.failures[0].remedy == f"sudo cat /proc/{process.pid}/environ"


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, ""),
        (34816, "pts/0"),
        (34819, "pts/3"),
        (1025, "tty1"),
        (1088, "ttyS0"),
        (1283, "5:3"),
        (136 << 8 | 1 << 20, "pts/256"),
    ],
)
def test_terminals_have_names(number: int, name: str):
    """Device numbers as the kernel packs them."""
    assert terminal(number) == name
