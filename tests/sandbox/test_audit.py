"""The audit log: on the disk before the act, one chain whoever writes, and whole again after a crash."""

import json
import os
import resource
import stat
import subprocess
import sys

import pytest

from nlsh.errors import AuditError
from nlsh.sandbox.audit import Audit, show, verify
from nlsh.sandbox.redact import HIDDEN
from nlsh.testing import FakeClock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "audit.jsonl"


def filled(path, count=3):
    audit = Audit(path, FakeClock())
    for number in range(count):
        audit.write("decision", {"utterance": f"number {number}"})
    return audit


def test_a_record_is_one_line_of_json(path):
    """It carries its number, the time, who wrote it, and the state of the sandbox."""
    Audit(path, FakeClock(now=12.3456), sandbox="degraded (no Landlock)").start("1.0")
    record = json.loads(path.read_text())
    assert record["event"] == "start"
    assert (record["seq"], record["time"], record["uid"], record["process"]) == (1, 12.346, os.getuid(), os.getpid())
    assert record["sandbox"] == "degraded (no Landlock)"
    assert set(record) == {"seq", "time", "event", "v", "uid", "process", "sandbox", "version", "prev", "hash"}


def test_nobody_else_may_read_it(path):
    """Mode 0600 in a folder of mode 0700, and 0600 again where somebody opened it up."""
    audit = filled(path, 1)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    audit.write("decision", {})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.with_name("audit.jsonl.head").stat().st_mode) == 0o600


def test_a_good_log_holds(path):
    """Number after number, with nothing to note; so does one that is not there."""
    assert verify(path).ok
    filled(path, 5)
    assert verify(path) == type(verify(path))(records=5)


def test_secrets_are_hidden(path):
    """Wherever they stand in a record."""
    Audit(path, FakeClock()).write(
        "decision",
        {"utterance": "run x --token abc", "targets": [{"command": "x --password y"}], "env": {"API_KEY": "z"}},
    )
    (record,) = show(path)
    assert (record["utterance"], record["targets"][0]["command"]) == (
        f"run x --token {HIDDEN}",
        f"x --password {HIDDEN}",
    )
    assert record["env"] == {"API_KEY": HIDDEN}


def test_it_is_synced_before_it_returns(path, monkeypatch):
    """The disk has the record before anybody can act on it."""
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(os.fstat(file).st_size), real(file))[1])
    filled(path, 1)
    assert path.stat().st_size in synced


def test_a_failed_sync_leaves_the_log_as_it_was(path, monkeypatch):
    """What the disk did not take is taken back."""
    audit = filled(path)
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        with pytest.raises(AuditError, match="Input/output error"):
            audit.write("decision", {})
    assert path.read_bytes() == before
    assert audit.write("decision", {}) == 4
    assert verify(path).ok


WRITE_IN_CHILD = """
import sys
from pathlib import Path
from nlsh.clock import SystemClock
from nlsh.errors import AuditError
from nlsh.sandbox.audit import Audit
audit = Audit(Path(sys.argv[1]), SystemClock())
try:
    for number in range(int(sys.argv[2])):
        audit.write("decision", {"utterance": "x" * int(sys.argv[3])})
except AuditError as error:
    print(error.message)
"""


def child(path, count, size=10, **more):
    command = [sys.executable, "-c", WRITE_IN_CHILD, str(path), str(count), str(size)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **more)


def test_a_full_disk_is_an_audit_error(path):
    """A record that does not fit is not half written, and the log goes on once there is room."""
    filled(path, 1)
    full = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))  # noqa: E731
    with child(path, 100, 1000, preexec_fn=full) as process:
        assert "cannot write the audit log" in process.communicate()[0]
    assert path.read_bytes().endswith(b"\n")
    written = verify(path)
    assert written.ok
    assert 1 < written.records < 6
    assert filled(path, 1).write("decision", {}) == written.records + 2
    assert verify(path).ok


def test_two_writers_keep_one_chain(path):
    """Two processes that append at once interleave whole records."""
    with child(path, 60) as one, child(path, 60) as other:
        assert (one.communicate()[0], other.communicate()[0]) == ("", "")
    assert verify(path) == type(verify(path))(records=120)
    assert len({record["process"] for record in show(path)}) == 2


def test_a_log_that_stays_locked_is_an_audit_error(path, monkeypatch):
    """A writer that hangs does not hang everybody."""
    import fcntl

    monkeypatch.setattr("nlsh.sandbox.audit._LOCK_SECONDS", 0.05)
    audit = filled(path, 1)
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(AuditError, match="another process keeps it locked"):
            audit.write("decision", {})


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("elsewhere")], ids=["fifo", "folder", "link"]
)
def test_only_a_regular_file_is_a_log(path, make):
    """Nothing is written through a link, and a pipe hangs nobody."""
    path.parent.mkdir()
    make(path)
    with pytest.raises(AuditError):
        Audit(path, FakeClock()).write("decision", {})


def test_a_torn_last_line_is_told_and_passed_over(path):
    """After a crash in the middle of a line verify says so, appending goes on, and the chain holds."""
    audit = filled(path)
    with path.open("ab") as log:
        log.write(b'{"event":"deci')
    torn = verify(path)
    assert torn.ok
    assert torn.notes == ("line 4 is torn, as a crash leaves it; nothing is lost before it",)
    assert audit.write("decision", {}) == 4
    assert verify(path) == type(torn)(records=4)
    assert len(show(path)) == 4


def test_two_crashes_in_a_row_are_passed_over(path):
    """The line that would have told of the first crash may be torn itself."""
    audit = filled(path)
    with path.open("ab") as log:
        log.write(b'{"event":"deci\n{"ev')
    audit.write("decision", {})
    assert verify(path) == type(verify(path))(records=4)


def test_only_the_line_end_may_be_torn_off(path):
    """A record without its line end is whole."""
    audit = filled(path)
    os.truncate(path, path.stat().st_size - 1)
    assert audit.write("decision", {}) == 4
    assert verify(path) == type(verify(path))(records=4)


def test_an_edited_torn_line_shows(path):
    """What a crash left is sealed by the record after it."""
    audit = filled(path)
    with path.open("ab") as log:
        log.write(b'{"event":"deci')
    audit.write("decision", {})
    for text in (path.read_text().replace("deci\n", "dexi\n"), path.read_text().replace('{"event":"deci\n', "")):
        path.write_text(text)
        assert not verify(path).ok


def test_a_crash_before_the_head_was_kept_is_no_fault(path):
    """The head may be one record behind."""
    head = path.with_name("audit.jsonl.head")
    audit = filled(path, 2)
    old = head.read_text()
    audit.write("decision", {})
    head.write_text(old)
    assert verify(path) == type(verify(path))(records=3)
    assert audit.write("decision", {}) == 4
    assert verify(path).ok


@pytest.mark.parametrize("text", ["", "nonsense", None])
def test_a_lost_head_is_noted(path, text):
    """Without it a cut at the end would not show, and that is said."""
    audit = filled(path)
    head = path.with_name("audit.jsonl.head")
    head.unlink() if text is None else head.write_text(text)
    assert "head file is gone" in verify(path).notes[0]
    audit.write("decision", {})
    assert verify(path).notes == ()


def test_a_cut_stays_visible_after_appending(path):
    """Records that were cut off at the end are missed for ever, even when the log has gone on."""
    audit = filled(path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:1]))
    assert verify(path).fault.reason == "the last record is 1, but 3 were written"
    audit.write("decision", {})
    assert verify(path).fault.reason == "records 2 to 3 are missing before it"


def test_a_long_record_is_found_again(path):
    """The last record is found however long it is."""
    audit = filled(path, 1)
    audit.write("decision", {"utterance": "x" * 300_000})
    assert audit.write("decision", {}) == 3
    assert verify(path).ok


def test_show_filters(path):
    """By time, verb, effect and event; the limit takes the last ones."""
    clock = FakeClock(now=100.0)
    audit = Audit(path, clock)
    for verb, effect in (("process.kill", "destroy"), ("process.suspend", "change"), ("service.stop", "destroy")):
        audit.write("decision", {"step": {"verb": verb, "args": {}}, "effect": effect})
        clock.advance(10)
    audit.write("outcome", {"of": 3})

    def numbers(**filters):
        return [record["seq"] for record in show(path, **filters)]

    assert numbers() == [1, 2, 3, 4]
    assert numbers(since=110.0) == [2, 3, 4]
    assert numbers(verb="process.kill") == [1]
    assert numbers(verb="process.*") == [1, 2]
    assert numbers(effect="destroy") == [1, 3]
    assert numbers(event="outcome") == [4]
    assert numbers(limit=2) == [3, 4]
    assert show(path.with_name("none")) == ()


def test_a_log_that_cannot_be_read_is_an_error(path):
    """Not an empty answer."""
    path.mkdir(parents=True)
    for read in (show, verify):
        with pytest.raises(AuditError, match="cannot read"):
            read(path)
