"""Logins, from records as login(1) writes them."""

import os
import struct

import pytest

from nlsh.errors import OperationFailed
from nlsh.executor.reports import logins, machine_report

RUN_LEVEL, BOOT, USER, DEAD = 1, 2, 7, 8
TIMES = "qqq16s20x4x" if os.uname().machine == "aarch64" else "iii16s20x"


def record(kind, line, user, host, when):
    return struct.pack(
        "=h2xi32s4s32s256shh" + TIMES, kind, 1, line.encode(), b"", user.encode(), host.encode(), 0, 0, 0, when, 0, b""
    )


@pytest.fixture
def wtmp(tmp_path):
    path = tmp_path / "wtmp"
    path.write_bytes(
        record(BOOT, "~", "reboot", "6.1", 100)
        + record(USER, "pts/0", "alice", "192.0.2.7", 200)
        + record(USER, "pts/1", "bob", "", 250)
        + record(DEAD, "pts/0", "", "", 300)
        + record(BOOT, "~", "reboot", "6.1", 400)
        + record(USER, "tty1", "carol", "", 500)
        + b"a torn record at the end"
    )
    return path


def test_a_login_ends_with_its_terminal_or_with_the_next_boot(wtmp):
    """The newest comes first, and one without an end goes on."""
    found = [(each.user, each.terminal, each.host, each.since, each.ended) for each in logins.past(wtmp)]
    assert found == [
        ("carol", "tty1", "", 500, None),
        ("bob", "pts/1", "", 250, 400),
        ("alice", "pts/0", "192.0.2.7", 200, 300),
    ]


def test_a_shutdown_ends_all_logins(tmp_path):
    """Not the boot that follows, which may be days later."""
    path = tmp_path / "wtmp"
    path.write_bytes(
        record(USER, "tty1", "alice", "", 200)
        + record(RUN_LEVEL, "~", "runlevel", "6.1", 210)
        + record(RUN_LEVEL, "~", "shutdown", "6.1", 300)
        + record(BOOT, "~", "reboot", "6.1", 9000)
    )
    assert [each.ended for each in logins.past(path)] == [300]


def test_the_history_is_a_table_with_the_ends(wtmp, monkeypatch):
    """`system.users` with `history` shows them as times."""
    monkeypatch.setattr(logins.past, "__defaults__", (wtmp,))
    result = machine_report.users(history=True)
    assert [row["ended"] for row in result.rows] == [None, 400, 300]


def test_a_missing_record_file_is_said_plainly(tmp_path, monkeypatch):
    """The error names the file and where else to look."""
    monkeypatch.setattr(logins.past, "__defaults__", (tmp_path / "none",))
    with pytest.raises(OperationFailed) as caught:
        machine_report.users(history=True)
    assert str(tmp_path / "none") in caught.value.message
    assert "journalctl" in caught.value.hint


def test_a_login_whose_process_is_gone_is_not_present(tmp_path, monkeypatch):
    """A terminal that crashed leaves its record in utmp."""
    path = tmp_path / "utmp"
    gone = struct.pack("=h2xi32s4s32s256shh" + TIMES, USER, 2**22 + 1, b"pts/9", b"", b"dave", b"", 0, 0, 0, 1, 0, b"")
    path.write_bytes(gone + record(USER, "pts/0", "alice", "", 200))
    monkeypatch.setattr(logins, "UTMP", path)
    assert [each.user for each in logins.present()] == ["alice"]


def test_without_utmp_the_sessions_of_systemd_are_read(tmp_path, monkeypatch):
    """Sessions of services and closing ones are no logins."""
    (tmp_path / "3").write_text("UID=1000\nUSER=erin\nSTATE=active\nCLASS=user\nTTY=tty2\nREALTIME=1700000000000000\n")
    (tmp_path / "4").write_text("USER=gdm\nSTATE=active\nCLASS=greeter\n")
    (tmp_path / "5").write_text("USER=frank\nSTATE=closing\nCLASS=user\n")
    (tmp_path / "3.ref").write_text("")
    monkeypatch.setattr(logins, "UTMP", tmp_path / "none")
    monkeypatch.setattr(logins, "SESSIONS", tmp_path)
    assert [(each.user, each.terminal, each.since) for each in logins.present()] == [("erin", "tty2", 1.7e9)]
