"""The lives of nlsh and its model worker: several at once, and every way to end them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.running import PATIENCE, PROGRAM, Nlsh, child, children, ended

pytestmark = pytest.mark.model

BIGGEST = "show the 5 processes using the most memory"


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """What is started from a background job ignores Ctrl-C, and would hand that on to nlsh."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_two_at_once(nlsh: Nlsh, tmp_path: Path) -> None:
    """Two of them in one home do their own work and write one whole audit log."""
    names = ("vexmill", "quindle")
    with child(tmp_path, names[0]) as one, child(tmp_path, names[1]) as two:
        running = [nlsh.start("--yes", "-c", f"kill {name}") for name in names]
        for each in running:
            assert each.communicate(timeout=PATIENCE) and each.returncode == 0
        assert (one.wait(5), two.wait(5)) == (-signal.SIGTERM, -signal.SIGTERM)
    verified = nlsh.control("audit", "verify")
    assert verified.returncode == 0, verified.stderr


def test_eight_at_once(nlsh: Nlsh) -> None:
    """Eight at once all answer, and leave no worker behind."""
    running = [nlsh.start("--json", "-c", BIGGEST) for _ in range(8)]
    workers = [_worker(each) for each in running]
    answers = [json.loads(each.communicate(timeout=2 * PATIENCE)[0]) for each in running]
    assert [(each["exit_code"], len(each["results"][0]["rows"])) for each in answers] == [(0, 5)] * 8
    assert all(ended(worker, 5) for worker in workers)


def test_interrupted_while_the_model_loads(nlsh: Nlsh) -> None:
    """Ctrl-C during the start ends nlsh with 130 and the worker with it, without a word of Python."""
    with nlsh.start("-c", BIGGEST) as process:
        worker = _worker(process)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    # Before Python has its own handler the signal itself ends it, which a shell sees as 130 too.
    assert process.returncode in (130, -signal.SIGINT) and "Traceback" not in said
    assert ended(worker, 2)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_ended_politely(nlsh: Nlsh, tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Ctrl-C, TERM and HUP end a waiting nlsh and its worker; whom it waits for lives on."""
    with _waiting(nlsh, tmp_path) as (process, worker, waited_for):
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == code and "Traceback" not in said
        assert ended(worker, 2)
        assert waited_for.poll() is None


def test_killed(nlsh: Nlsh, tmp_path: Path) -> None:
    """When nlsh is killed its worker ends by itself within two seconds."""
    with _waiting(nlsh, tmp_path) as (process, worker, _):
        process.kill()
        assert ended(worker, 2)


def test_killed_while_the_model_loads(nlsh: Nlsh) -> None:
    """A worker that nobody waits for any more ends as soon as its model is loaded."""
    with nlsh.start("-c", BIGGEST) as process:
        worker = _worker(process)
        process.kill()
        assert ended(worker, PATIENCE)


def test_the_worker_is_killed(nlsh: Nlsh) -> None:
    """A worker that dies under a request is started again, or an error of the model; nlsh never hangs on it."""
    with nlsh.start("-c", BIGGEST) as process:
        os.kill(_worker(process), signal.SIGKILL)
        _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "") or (process.returncode == 7 and "signal 9" in said)


def test_nobody_reads_the_output(nlsh: Nlsh) -> None:
    """Writing to a closed pipe ends it with 141, as SIGPIPE would, and quietly."""
    with nlsh.start("-c", "list all processes") as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, "")


def test_one_line_is_read(nlsh: Nlsh) -> None:
    """`| head -1` shows the heading, and nothing is complained about."""
    line = f"{' '.join(PROGRAM)} -c 'list all processes' | head -n 1"
    done = subprocess.run(
        ["/bin/sh", "-c", line], env=nlsh.environment, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert done.stdout.split()[:3] == ["PID", "User", "Name"] and done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_timeout(nlsh: Nlsh, tmp_path: Path) -> None:
    """--timeout ends what takes longer, with 1."""
    with child(tmp_path, "vexmill"):
        done = nlsh.run("--timeout", "4", "-c", "wait for vexmill to finish")
    assert done.returncode == 1 and "4 s" in done.stderr


def _worker(process: subprocess.Popen[str]) -> int:
    """The model worker of an nlsh that is just starting, as soon as it is there."""
    end = time.monotonic() + PATIENCE
    while not (found := children(process.pid)):
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.002)
    return found[0]


@contextmanager
def _waiting(nlsh: Nlsh, folder: Path) -> Iterator[tuple[subprocess.Popen[str], int, subprocess.Popen[str]]]:
    """An nlsh that waits for a process to end, its worker, and that process."""
    with child(folder, "vexmill") as waited_for, nlsh.start("-c", "wait for vexmill to finish") as process:
        assert process.stdout and "Waiting for vexmill" in process.stdout.readline()
        try:
            yield process, _worker(process), waited_for
        finally:
            process.kill()
