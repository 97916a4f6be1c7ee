"""The process table, on processes that the tests start and on made-up /proc folders."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from children import running
from house import child, said

from nlsh.executor.table import ProcTable

HOSTILE = "a) S 1 (b\n\x1b[31m"
RENAME = "import ctypes,sys; ctypes.CDLL(None).prctl(15, {!r}.encode(), 0, 0, 0); print('named', flush=True); input()"


def test_a_process_is_read_as_it_is():
    """Owner, parent, command line, program and age are those of the child."""
    with running() as process:
        (found,) = ProcTable().snapshot({"user", "argv", "exe"}, [process.pid])
    assert (found.parent, found.uid) == (os.getpid(), os.geteuid())
    assert found.argv[1:] == ("-c", "print('begun', flush=True)\ninput()")
    assert Path(found.exe).name.startswith("python")
    assert 0 <= found.age < 20
    assert abs(time.time() - found.started) < 20


def test_only_what_is_needed_is_read():
    """Without needs the costly fields stay empty."""
    (found,) = ProcTable().snapshot((), [os.getpid()])
    assert (found.argv, found.user, found.exe, found.cpu, found.files) == ((), "", "", None, None)


def test_a_busy_process_uses_a_core_and_an_idle_one_nothing():
    """CPU is percent of one core over the interval, measured for all together."""
    with child("print(1, flush=True)\nwhile True: pass") as busy, child("print(1, flush=True); input()") as idle:
        said(busy), said(idle)
        rows = {p.pid: p for p in ProcTable(interval=0.3).snapshot({"cpu"}, [busy.pid, idle.pid])}
    assert 5 < (rows[busy.pid].cpu or 0) < 115
    assert (rows[idle.pid].cpu or 0) < 5


def test_the_interval_is_waited_for_once():
    """Measuring everybody takes hardly longer than measuring one."""
    began = time.monotonic()
    ProcTable(interval=0.2).snapshot({"cpu", "io"})
    assert 0.2 <= time.monotonic() - began < 2


def test_writing_shows_in_the_disk_rate(tmp_path: Path):
    """I/O is bytes a second, for a process of one's own."""
    code = f"import os\nwhile True:\n f = open({str(tmp_path / 'f')!r}, 'wb'); f.write(b'x' * 65536)\n f.flush()"
    with running(code + "; os.fsync(f.fileno())") as writer:
        (found,) = ProcTable(interval=0.3).snapshot({"io"}, [writer.pid])
    assert found.io is not None
    assert found.io >= 0


def test_open_files_and_threads_are_counted(tmp_path: Path):
    """A file more is one more, a thread more too."""
    table = ProcTable()
    (before,) = table.snapshot({"files"}, [os.getpid()])
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    with (tmp_path / "f").open("w"):
        thread.start()
        (after,) = table.snapshot({"files"}, [os.getpid()])
        end.set()
    thread.join()
    assert (after.files or 0) == (before.files or 0) + 1
    assert after.threads == before.threads + 1


def test_a_port_leads_to_its_process():
    """Whoever listens on a port is found by it."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        (found,) = ProcTable().snapshot({"ports"}, [os.getpid()])
    assert port in found.ports


def test_a_hostile_name_is_kept_and_shifts_nothing():
    """Parentheses, newlines and escape codes in a name are the name."""
    with child(RENAME.format(HOSTILE)) as process:
        assert said(process) == "named"
        (found,) = ProcTable().snapshot((), [process.pid])
    assert found.comm == HOSTILE[:15]
    assert found.parent == os.getpid()


def test_a_name_that_the_kernel_cut_off_is_completed(tmp_path: Path):
    """The command line gives the rest of a name of more than 15 bytes."""
    program = tmp_path / "a-program-with-a-long-name"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        try:
            (found,) = _until_named(process.pid, "a-program-with-")
        finally:
            process.kill()
    assert (found.comm, found.name) == ("a-program-with-", "a-program-with-a-long-name")


def _until_named(pid: int, comm: str) -> tuple:
    """The process, once it has become the program that it was started as."""
    while True:
        if not Path(
            f"/proc/{pid}/cmdline"
        ).read_bytes():  # empty for a moment while the kernel puts the program in place
            continue
        rows = ProcTable().snapshot((), [pid])
        if rows and rows[0].comm == comm:
            return rows


def test_a_zombie_is_one_and_what_was_waited_for_is_gone():
    """Between its end and its parent's notice a process is a zombie; then it is just not there."""
    table = ProcTable()
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert [p.status for p in table.snapshot((), [process.pid])] == ["zombie"]
    assert table.snapshot({"user", "argv", "exe", "cpu", "io", "files", "ports"}, [process.pid]) == ()
    assert table.read(process.pid, "cmdline") is None
    assert table.link(process.pid, "exe") is None
    assert table.entries(process.pid, "fd") is None


def test_a_thread_is_no_process():
    """The id of a thread names nobody, though /proc has a folder for it."""
    end, ids = threading.Event(), []
    thread = threading.Thread(target=lambda: (ids.append(threading.get_native_id()), end.wait()))
    thread.start()
    while not ids:
        time.sleep(0)
    try:
        assert ProcTable().snapshot((), ids) == ()
    finally:
        end.set()
        thread.join()


def test_vanishing_processes_are_no_error():
    """While processes come and go, looking at all of them always works."""
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            subprocess.run(["/bin/true"], check=True)

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(20):
            assert ProcTable(interval=0.0).snapshot({"user", "argv", "exe", "cpu", "io", "files", "ports"})
    finally:
        stop.set()
        thread.join()


def test_a_folder_without_a_kernel_behind_it_is_read_too(tmp_path: Path):
    """The table of another /proc has what its files say, CPU from the ticks in them."""
    folder = tmp_path / "42"
    folder.mkdir()
    rest = "S 1 42 42 0 -1 0 0 0 0 0 100 0 0 0 20 0 1 0 500 8192 2"
    (folder / "stat").write_bytes(b"42 (x\xff) " + rest.encode())
    (folder / "cmdline").write_bytes(b"x\xff\0--flag\0")
    (found,) = ProcTable(root=str(tmp_path), interval=0.0).snapshot({"user", "argv", "exe", "cpu", "files"})
    assert (found.name, found.argv, found.exe, found.files) == ("x\\xff", ("x\\xff", "--flag"), "", 0)


@pytest.mark.parametrize("pid", [0, -1, 2**31])
def test_a_pid_that_cannot_be_is_not_there(pid: int):
    """Zero, negative and huge pids find nobody."""
    assert ProcTable().snapshot((), [pid]) == ()


def test_reading_everybody_takes_no_longer_than_three_times_ps():
    """With three hundred processes more, what a list needs is read as fast as `ps aux` in the same order of size."""
    pids = [os.posix_spawn("/bin/sleep", ["sleep", "60"], os.environ) for _ in range(300)]
    try:
        ours = min(_seconds(lambda: ProcTable().snapshot({"user", "argv"})) for _ in range(5))
        theirs = min(_seconds(lambda: subprocess.run(["ps", "aux"], check=True, capture_output=True)) for _ in range(5))
    finally:
        for pid in pids:
            os.kill(pid, 9)
            os.waitpid(pid, 0)
    assert ours < 3 * theirs


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
