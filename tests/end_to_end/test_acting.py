"""Sentences that change processes: they do what they say, to the processes that they name, and to nobody else."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.running import PATIENCE, Nlsh, child, cpu_seconds, server, state

pytestmark = pytest.mark.model

Process = subprocess.Popen[str]


@pytest.fixture
def vexmill(tmp_path: Path) -> Iterator[Process]:
    """A process of that name."""
    with child(tmp_path, "vexmill") as process:
        yield process


@pytest.fixture
def bystander(tmp_path: Path) -> Iterator[Process]:
    """A process whose name begins like the other one's, and that nobody speaks of."""
    with child(tmp_path, "vexmiller") as process:
        yield process


def test_kill_ends_the_one_that_is_named(nlsh: Nlsh, vexmill: Process, bystander: Process) -> None:
    """A killed process gets TERM; one with a longer name lives on."""
    result = nlsh.do("kill vexmill", "--yes")
    assert vexmill.wait(5) == -signal.SIGTERM
    assert [(row["pid"], row["outcome"]) for row in result["rows"]] == [(vexmill.pid, "ended")]
    assert bystander.poll() is None


def test_force_kill(nlsh: Nlsh, vexmill: Process) -> None:
    """Force is KILL."""
    nlsh.do(f"force kill process {vexmill.pid}", "--yes")
    assert vexmill.wait(5) == -signal.SIGKILL


def test_an_exception_is_spared(nlsh: Nlsh, tmp_path: Path) -> None:
    """Whatever is made of the rest of the sentence, the process that it excepts lives."""
    with child(tmp_path, "vexmill"), child(tmp_path, "vexmill") as spared:
        nlsh.run("--yes", "-c", f"kill all vexmill processes except pid {spared.pid}")
        assert spared.poll() is None


def test_kill_by_port(nlsh: Nlsh, tmp_path: Path, bystander: Process) -> None:
    """The owner of a port is found and ended."""
    with server(tmp_path, "quindle") as (process, port):
        nlsh.do(f"kill whatever is on port {port}", "--yes")
        assert process.wait(5) == -signal.SIGTERM
    assert bystander.poll() is None


def test_pause_and_resume(nlsh: Nlsh, vexmill: Process, bystander: Process) -> None:
    """A paused process is stopped, and a resumed one goes on; neither needs a yes."""
    nlsh.do("pause vexmill")
    assert (state(vexmill), state(bystander)) == ("T", "S")
    assert nlsh.do("resume vexmill")["verb"] == "process.resume"
    assert state(vexmill) in "RS"


def test_lower_priority_and_undo(nlsh: Nlsh, vexmill: Process) -> None:
    """A lowered priority is a higher niceness, and another nlsh can take it back as root."""
    before = os.getpriority(os.PRIO_PROCESS, vexmill.pid)
    nlsh.do("lower the priority of vexmill")
    assert os.getpriority(os.PRIO_PROCESS, vexmill.pid) == min(19, before + 5)
    undone = nlsh.ask("undo the last change")
    assert undone["plan"] == [{"verb": "shell.undo", "args": {}}]
    if os.geteuid() == 0:
        assert undone["exit_code"] == 0 and os.getpriority(os.PRIO_PROCESS, vexmill.pid) == before


def test_several_steps(nlsh: Nlsh, vexmill: Process) -> None:
    """Steps of one sentence are done in their order."""
    envelope = nlsh.ask("set the niceness of vexmill to 11 and then pause it")
    assert [step["verb"] for step in envelope["plan"]] == ["process.priority", "process.suspend"], envelope
    assert envelope["exit_code"] == 0
    assert (os.getpriority(os.PRIO_PROCESS, vexmill.pid), state(vexmill)) == (11, "T")


def test_affinity(nlsh: Nlsh, vexmill: Process) -> None:
    """A process that is pinned to a CPU may run on no other."""
    cpu = min(os.sched_getaffinity(0))
    assert nlsh.do(f"pin vexmill to cpu {cpu}")["verb"] == "process.affinity"
    assert os.sched_getaffinity(vexmill.pid) == {cpu}


def test_limit_cpu(nlsh: Nlsh, tmp_path: Path) -> None:
    """A process that would use all of a core is held near its limit, and let go when nlsh ends."""
    with child(tmp_path, "vexmill", busy=True) as busy:
        with nlsh.start("-c", "limit vexmill to 20% cpu") as limiting:
            _until(lambda: state(busy) == "T")
            began, used = time.monotonic(), cpu_seconds(busy)
            time.sleep(1.5)  # the rate over a while is what is measured
            rate = (cpu_seconds(busy) - used) / (time.monotonic() - began)
            limiting.send_signal(signal.SIGINT)
            assert limiting.wait(10) == 130
        assert 0.1 < rate < 0.3
        assert state(busy) == "R"


def test_wait_for_the_end(nlsh: Nlsh, vexmill: Process) -> None:
    """Waiting goes on until the process ends, and says so."""
    with nlsh.start("-c", "wait for vexmill to finish") as waiting:
        assert waiting.stdout
        assert "Waiting for vexmill" in waiting.stdout.readline()
        vexmill.terminate()
        vexmill.wait()
        rest = waiting.communicate(timeout=20)[0]
    assert waiting.returncode == 0 and str(vexmill.pid) in rest


def test_tell_me_when_it_exits(nlsh: Nlsh, vexmill: Process) -> None:
    """A standing rule of a one-shot request lives until what it waits for has happened."""
    with nlsh.start("-c", "tell me when vexmill exits") as waiting:
        assert waiting.stdout and waiting.stdout.readline()
        vexmill.terminate()
        vexmill.wait()
        assert waiting.stdout.readline()
        waiting.send_signal(signal.SIGINT)
        waiting.communicate(timeout=20)


def test_start_a_program(nlsh: Nlsh, tmp_path: Path) -> None:
    """A program is started once somebody agrees, writes where nlsh writes, and has the niceness that was said."""
    script = tmp_path / "greeter.sh"
    script.write_text("#!/bin/sh\necho hello from $(nice)\n")
    script.chmod(0o755)
    utterance = f"run {script} at niceness 3"
    assert nlsh.run("-c", utterance).returncode == 5
    done = nlsh.run("--yes", "-c", utterance)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "hello from 3")


def test_every_act_is_in_the_audit_log(nlsh: Nlsh, vexmill: Process) -> None:
    """What was said, decided and done to whom can be read afterwards, and the chain is whole."""
    nlsh.ask("kill vexmill", "--yes")
    shown = nlsh.control("audit", "show", "--verb", "process.kill")
    assert "kill vexmill" in shown.stdout and str(vexmill.pid) in shown.stdout
    assert nlsh.control("audit", "verify").returncode == 0


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
