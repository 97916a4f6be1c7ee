"""CPU quotas of control groups, on made-up cgroup folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlsh.executor import cgroup


@pytest.fixture
def group(tmp_path: Path) -> Path:
    """The group /app.scope, which holds process 42 alone."""
    folder = tmp_path / "mount" / "app.scope"
    folder.mkdir(parents=True)
    (folder / "cgroup.procs").write_text("42\n")
    (folder / "cpu.max").write_text("max 100000\n")
    (tmp_path / "proc" / "42").mkdir(parents=True)
    (tmp_path / "proc" / "42" / "cgroup").write_text("1:name=systemd:/x\n0::/app.scope\n")
    return folder


def found(group: Path) -> Path | None:
    top = group.parent.parent
    return cgroup.own_group(42, proc=top / "proc", mount=top / "mount")


def test_a_process_alone_in_its_group_can_be_limited_by_it(group: Path):
    """Its quota is a share of the period; what stood there before is handed back."""
    assert found(group) == group / "cpu.max"
    assert cgroup.set_quota(group / "cpu.max", cgroup.quota(40)) == "max 100000"
    assert (group / "cpu.max").read_text() == "40000 100000"


def test_a_shared_group_is_left_alone(group: Path):
    """A limit would hold others back too."""
    (group / "cgroup.procs").write_text("42\n43\n")
    assert found(group) is None


def test_a_group_with_groups_below_is_left_alone(group: Path):
    """There may be others in them."""
    (group / "child").mkdir()
    assert found(group) is None


def test_without_the_cpu_controller_there_is_no_quota(group: Path):
    """Where the file is missing the helper does it."""
    (group / "cpu.max").unlink()
    assert found(group) is None


@pytest.mark.parametrize("text", ["0::/\n", "1:cpu:/app.scope\n", "0::/../../etc\n", "0::/gone\n", ""])
def test_the_root_group_and_strange_paths_are_none(group: Path, text: str):
    """Neither the group of everybody, nor one of version 1, nor one outside the mount."""
    (group.parent.parent / "proc" / "42" / "cgroup").write_text(text)
    assert found(group) is None


@pytest.mark.parametrize(("percent", "text"), [(0.1, "1000 100000"), (50, "50000 100000"), (250, "250000 100000")])
def test_quotas(percent: float, text: str):
    """Percent of one core; the kernel takes no less than one millisecond."""
    assert cgroup.quota(percent) == text
