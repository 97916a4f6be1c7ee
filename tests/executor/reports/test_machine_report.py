"""Reports on the machine, against what the kernel and the standard library say."""

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.executor.reports import cpu_time, machine, machine_report, sensors

MEMINFO = {
    key: int(value.split()[0]) * 1024
    for key, value in (line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
}
TICKS = st.lists(st.integers(0, 10**6), min_size=len(cpu_time.FIELDS), max_size=len(cpu_time.FIELDS))


@given(TICKS, TICKS)
def test_shares_of_cpu_time_add_up(before, after):
    """Whatever the counters do, running backwards too, the shares are percents of one whole."""
    share = cpu_time.usage(before, after)
    assert all(0 <= value <= 100 for value in share.values())
    assert sum(share[field] for field in cpu_time.FIELDS) == pytest.approx(100, abs=0.5)
    assert share["usage"] == pytest.approx(100 - share["idle"] - share["iowait"], abs=0.11)


def test_a_busy_cpu_is_told_from_an_idle_one():
    """Half of the ticks spent in a program are 50% usage; waiting for a disk is none."""
    assert cpu_time.usage([0] * 8, [5, 0, 0, 5, 0, 0, 0, 0])["usage"] == 50
    assert cpu_time.usage([0] * 8, [0, 0, 0, 5, 5, 0, 0, 0])["usage"] == 0


def test_cpu_usage_has_a_row_for_each_core():
    """All together it is one record with the number of cores."""
    cores = machine_report.cpu_usage(per_core=True)
    assert [row["core"] for row in cores.rows] == list(range(len(cores.rows)))
    assert len(cores.rows) == machine_report.cpu_usage().rows[0]["cores"] == os.cpu_count()


def test_memory_is_what_the_kernel_says():
    """Total is MemTotal; the amounts are bytes."""
    memory, swap = machine_report.memory_usage().rows
    assert memory["total"] == MEMINFO["MemTotal"]
    assert memory["available"] == pytest.approx(MEMINFO["MemAvailable"], rel=0.2)
    assert swap["total"] == MEMINFO["SwapTotal"]


def test_swap_alone_is_one_row():
    """Where there is no swap the result says so."""
    result = machine_report.memory_usage(swap=True)
    assert [row["kind"] for row in result.rows] == ["swap"]
    assert bool(result.notes) == (MEMINFO["SwapTotal"] == 0)


def test_the_load_is_that_of_the_kernel():
    """The three averages, and the threads that run now."""
    row = machine_report.load().rows[0]
    assert [row["load1"], row["load5"], row["load15"]] == pytest.approx(os.getloadavg(), abs=0.5)
    assert 1 <= row["running"] <= row["tasks"]


def test_uptime_counts_from_the_boot():
    """The boot time and the time since then add up to now."""
    row = machine_report.uptime().rows[0]
    assert row["up"] + row["booted"] == pytest.approx(time.time(), abs=2)


def test_info_names_this_machine():
    """Host and kernel are those of uname."""
    row = machine_report.info().rows[0]
    assert row["host"] == os.uname().nodename
    assert row["kernel"].endswith(os.uname().release)
    assert row["memory"] == MEMINFO["MemTotal"]


def test_the_clock_tells_date_time_and_offset():
    """The ISO form parses, and the rest agrees with it."""
    row = machine_report.clock().rows[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", row["iso"])
    assert row["time"] in row["iso"]
    assert row["iso"][:4] in row["date"]
    assert row["offset"].endswith(f"(UTC{row['iso'][-6:]})")


def test_the_zone_of_the_environment_comes_first(monkeypatch):
    """TZ overrides what the machine is set to."""
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert machine.zone() == "Asia/Tokyo"


def test_whoami_is_the_one_who_runs_this():
    """User and group ids are the effective ones."""
    row = machine_report.whoami().rows[0]
    assert (row["uid"], row["gid"]) == (os.geteuid(), os.getegid())
    assert row["group"] in row["groups"].split(", ")


def test_the_environment_can_be_asked_for_one_variable(monkeypatch):
    """The name counts whatever its case, a dollar before it does not, and a wildcard stands for several."""
    monkeypatch.setenv("NLSH_TEST_ONE", "1")
    monkeypatch.setenv("NLSH_TEST_TWO", "2")
    for said in ("NLSH_TEST_ONE", "$NLSH_TEST_ONE", "nlsh_test_one"):
        assert machine_report.environment(said).rows == ({"name": "NLSH_TEST_ONE", "value": "1"},)
    assert len(machine_report.environment("NLSH_TEST_*").rows) == 2
    assert len(machine_report.environment().rows) == len(os.environ)


def test_a_variable_that_is_not_set_is_said_to_be_so():
    """That is an answer, not an error."""
    assert machine_report.environment("NLSH_NOBODY_SETS_THIS").message == "NLSH_NOBODY_SETS_THIS is not set."


def test_sensors_and_battery_answer_on_every_machine():
    """Where there are none the message says so; where there are, there are rows."""
    found = machine_report.temperatures()
    assert bool(found.rows) != bool(found.message)
    assert bool(found.rows) == bool(sensors.readings())
    found = machine_report.battery()
    assert bool(found.rows) == (sensors.battery() is not None)
    assert bool(found.rows) != bool(found.message)
