"""Reports on disks and file systems."""

import os
from pathlib import Path

import pytest

from nlsh.errors import OperationFailed
from nlsh.executor.reports import disk_report, disks, mounts, rates


def test_the_space_of_the_root_is_what_statvfs_says():
    """Used and free are bytes, and percent is of what an ordinary user can fill."""
    row = disk_report.usage("/").rows[0]
    state = os.statvfs("/")
    assert row["mount"] == "/"
    assert row["size"] == state.f_blocks * state.f_frsize
    assert row["percent"] == pytest.approx(100 * row["used"] / (row["used"] + row["free"]), abs=0.1)


def test_all_file_systems_are_real_ones_and_come_once():
    """The root is there; proc, sysfs and cgroups are not."""
    rows = disk_report.usage().rows
    places = [row["mount"] for row in rows]
    assert "/" in places
    assert len(set(places)) == len(places)
    assert not {row["type"] for row in rows} & {"proc", "sysfs", "cgroup", "cgroup2", "devpts"}


def test_a_path_means_the_file_system_that_holds_it(tmp_path, monkeypatch):
    """Links are followed, and the home is written with a tilde."""
    (tmp_path / "link").symlink_to("/proc/self")
    assert disk_report.usage(str(tmp_path / "link")).rows[0]["type"] == "proc"
    monkeypatch.setenv("HOME", str(tmp_path))
    (holding,) = disk_report.usage("~").rows
    assert Path(holding["mount"]).stat().st_dev == tmp_path.stat().st_dev


@pytest.mark.parametrize("path", ["/no/such/place", "~nobody-has-this-name/x"])
def test_a_path_that_is_not_there_is_an_error(path):
    """The message names it."""
    with pytest.raises(OperationFailed, match=path):
        disk_report.usage(path)


def test_mount_points_with_blanks_are_read(tmp_path, monkeypatch):
    """The kernel writes them as octal escapes."""
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        "23 22 8:17 / /mnt/my\\040disk rw shared:4 master:1 - vfat /dev/sdb1 rw\n"
        "24 22 0:5 / /proc rw - proc proc rw\n"
    )
    monkeypatch.setattr(mounts, "MOUNTINFO", table)
    assert [(each.path, each.kind, each.number) for each in mounts.mounts()] == [
        ("/", "ext4", "8:1"),
        ("/mnt/my disk", "vfat", "8:17"),
        ("/proc", "proc", "0:5"),
    ]


def test_one_disk_mounted_twice_is_listed_once(tmp_path, monkeypatch):
    """At its shortest mount point; a root that is an overlay is listed too, a file that a container mounts is not."""
    file = tmp_path / "hosts"
    file.write_text("")
    table = tmp_path / "mountinfo"
    table.write_text(
        "22 1 0:40 / / rw - overlay overlay rw\n"
        f"23 22 8:17 / {tmp_path} rw - ext4 /dev/sdb1 rw\n"
        f"24 22 8:17 /sub /usr rw - ext4 /dev/sdb1 rw\n"
        f"25 22 8:33 /hosts {file} rw - ext4 /dev/sdc1 rw\n"
    )
    monkeypatch.setattr(mounts, "MOUNTINFO", table)
    assert [each.path for each in mounts.real_mounts()] == ["/", "/usr"]


def test_a_file_system_that_does_not_answer_is_noted(monkeypatch):
    """A dead file server must not hold the prompt."""
    monkeypatch.setattr(mounts, "space", lambda mount: None)
    result = disk_report.usage("/")
    assert result.rows == ()
    assert "does not answer" in result.notes[0]


def test_disks_come_with_their_partitions():
    """Sizes are bytes and agree with the kernel's count of sectors."""
    rows = disk_report.list_().rows
    for row in rows:
        size = Path("/sys/class/block") / row["name"] / "size"
        if size.exists():
            assert row["size"] == int(size.read_text()) * 512
    assert {row["name"] for row in rows if row["kind"] == "disk"} <= {
        path.name for path in Path("/sys/block").iterdir()
    }


def test_a_tree_of_disks_is_read_from_sysfs(tmp_path, monkeypatch):
    """Partitions follow their disk; an empty loop device is no disk; an encrypted volume has its own name."""
    for name, content in {
        "sda/size": "1000",
        "sda/dev": "8:0",
        "sda/queue/rotational": "0",
        "sda/device/model": "Example SSD",
        "sda/sda1/partition": "1",
        "sda/sda1/size": "10",
        "sda/sda1/dev": "8:1",
        "sda/sda2/partition": "2",
        "sda/sda2/size": "20",
        "sda/sda2/dev": "8:2",
        "dm-0/size": "20",
        "dm-0/dev": "253:0",
        "dm-0/dm/name": "secret",
        "dm-0/dm/uuid": "CRYPT-LUKS2-0",
        "loop0/size": "0",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    monkeypatch.setattr(disks, "BLOCK", tmp_path)
    rows = list(disks.disks())
    assert [(row["name"], row["kind"], row["size"]) for row in rows] == [
        ("secret", "encrypted", 20 * 512),
        ("sda", "disk", 1000 * 512),
        ("sda1", "partition", 10 * 512),
        ("sda2", "partition", 20 * 512),
    ]
    assert (rows[1]["media"], rows[1]["model"]) == ("solid state", "Example SSD")


def test_rates_of_disks_are_those_of_whole_disks():
    """Partitions are part of their disk; nothing is negative."""
    rows = rates.disk_rates(disks.disk_names(), interval=0.05)
    assert {row["disk"] for row in rows} <= disks.disk_names()
    assert all(row["read"] >= 0 and row["written"] >= 0 and 0 <= row["busy"] <= 100 for row in rows)
