"""Workers forked from a zygote."""

from __future__ import annotations

import ast
import os
import select
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlsh.errors import SandboxError
from nlsh.sandbox.confinement import Confinement, Limits
from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.layers import Kernel, probe
from nlsh.sandbox.profiles import Profile
from nlsh.sandbox.worker import Errand, Worker, Zygote

COMPUTE = Confinement()
ROOT = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
"""Where a zygote finds the tests."""


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """A warm process; the tests' own functions are imported in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", ROOT)
        with Zygote(["tests.sandbox.far"]) as made:
            yield made


def errand(function: str, **more: object) -> Errand:
    """What a worker is to do: a function of `tests.sandbox.far`."""
    given = {"confinement": COMPUTE, **more}
    return Errand(run=f"tests.sandbox.far:{function}", **given)  # type: ignore[arg-type]


def test_messages_come_as_they_were_sent(zygote: Zygote) -> None:
    """Two messages are two, whatever is in them, and an empty end is the end."""
    with zygote.fork(errand("echo")) as worker:
        for message in (b"one", bytes(range(256))):
            worker.connection.send(message)
        assert [worker.connection.recv(1000) for _ in range(2)] == [b"one", bytes(range(256))]
        worker.connection.close()
        assert (worker.wait(5), worker.ended) == (0, True)


def test_it_says_which_layers_hold_it(zygote: Zygote) -> None:
    """The same that the kernel has."""
    with zygote.fork(errand("echo")) as worker:
        assert worker.layers == probe().layers()


def test_its_zygote_has_no_capabilities_either(zygote: Zygote) -> None:
    """Nor could it get any: what every worker gives up is given up once."""
    lines = Path(f"/proc/{zygote.pid}/status").read_text().splitlines()
    held = [int(line.split()[1], 16) for line in lines if line.startswith(("CapPrm", "CapEff", "CapInh", "CapAmb"))]
    with zygote.fork(errand("echo")):
        assert held == [0, 0, 0, 0]


def test_what_it_is_given(zygote: Zygote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its arguments, the descriptors in their order, and no environment of this process."""
    monkeypatch.setenv("API_TOKEN", "secret")
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
    files = tuple(os.open(tmp_path / name, os.O_RDONLY) for name in ("one", "two"))
    with zygote.fork(errand("tell", arguments={"word": "ä"}, files=files)) as worker:
        arguments, contents, environment = ast.literal_eval(worker.connection.recv(10000).decode())
    for descriptor in files:
        os.close(descriptor)
    assert (arguments, contents) == ({"word": "ä"}, ["one", "two"])
    assert set(environment) <= {"LANG", "LC_ALL", "LC_CTYPE", "TZ"}


def test_nothing_else_is_open_in_it(zygote: Zygote) -> None:
    """The null device three times, its connection, and nothing of its zygote or of other workers."""
    with zygote.fork(errand("echo")), zygote.fork(errand("descriptors")) as worker:
        assert ast.literal_eval(worker.connection.recv(1000).decode()) == (1, [stat.S_IFSOCK])


@pytest.mark.parametrize(
    ("function", "code", "cause"),
    [("fail", 70, "status 70"), ("leave", 3, "status 3"), ("abort", -signal.SIGABRT, "signal 6")],
)
def test_how_it_ends_is_told(zygote: Zygote, function: str, code: int, cause: str) -> None:
    """An error, an exit code, a crash: each costs one worker, and the next one comes."""
    with zygote.fork(errand(function, arguments={"code": 3})) as worker:
        assert (worker.wait(5), worker.cause) == (code, cause)
    with zygote.fork(errand("echo")) as worker:
        assert not worker.ended and worker.cause == ""


def test_its_output_goes_to_its_log(zygote: Zygote, tmp_path: Path) -> None:
    """The traceback of an error among it."""
    with (tmp_path / "log").open("wb") as log, zygote.fork(errand("fail", log=log.fileno())) as worker:
        worker.wait(5)
    assert "ValueError: as it should" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("function", ["hang", "flood"])
def test_it_can_be_ended(zygote: Zygote, function: str) -> None:
    """Whatever it does."""
    with zygote.fork(errand(function)) as worker:
        with pytest.raises(TimeoutError):
            worker.wait(0.01)
        worker.end()
        assert worker.wait(5) == -signal.SIGKILL


LAST = Path("/proc/sys/kernel/ns_last_pid")


@pytest.mark.skipif(not os.access(LAST, os.W_OK) or os.geteuid() != 0, reason="pids cannot be chosen here")
def test_ending_it_reaches_nobody_else(zygote: Zygote) -> None:
    """A process that has the pid of a worker that is gone is left alone."""
    with zygote.fork(errand("leave", arguments={"code": 0})) as worker:
        pid = worker.pid
        assert worker.wait(10) == 0
        worker._over = False  # as if the news had not come yet
        other = _with_pid(pid)
        worker.end()
        ended, _ = os.waitpid(other, os.WNOHANG)
        os.kill(other, signal.SIGKILL)
        assert ended == 0 and os.WTERMSIG(os.waitpid(other, 0)[1]) == signal.SIGKILL
        worker._over = True


def _with_pid(pid: int) -> int:
    """A child with this pid, which waits for its end; others may be quicker to take it, so that it is tried again."""
    for _ in range(200):
        LAST.write_text(str(pid - 1))
        child = os.fork()
        if not child:
            while True:
                signal.pause()
        if child == pid:
            return child
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    pytest.skip("the machine is too busy: others take the pid")


def test_several_at_once(zygote: Zygote) -> None:
    """Forked from several threads, each with its own connection."""
    answers = []

    def ask(word: bytes) -> None:
        with zygote.fork(errand("echo")) as worker:
            worker.connection.send(word)
            answers.append(worker.connection.recv(100))

    threads = [threading.Thread(target=ask, args=(str(number).encode(),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [str(number).encode() for number in range(8)]


def test_grants_that_are_not_there_are_an_error(zygote: Zygote, tmp_path: Path) -> None:
    """It does not begin with less than it was to have."""
    grants = (Grant(path=str(tmp_path / "none"), access=Access.READ),)
    with pytest.raises(SandboxError, match="cannot be confined"):
        zygote.fork(errand("echo", confinement=Confinement(profile=Profile.FILES, grants=grants)))


def test_without_landlock_no_worker_that_opens_files(zygote: Zygote, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused with the reason, before anything is started."""
    monkeypatch.setattr("nlsh.sandbox.worker.probe", lambda: Kernel(landlock=0, seccomp=True))
    with pytest.raises(SandboxError, match="no Landlock"):
        zygote.fork(errand("echo", confinement=Confinement(profile=Profile.FILES)))


def test_too_little_memory_is_an_error_of_that_worker(zygote: Zygote) -> None:
    """A limit below what its zygote has lets it fail, not hang."""
    limits = Limits(memory=1 << 20)
    try:
        with zygote.fork(errand("echo", confinement=Confinement(limits=limits))) as worker:
            worker.connection.send(b"still here")
    except SandboxError:
        pass
    with zygote.fork(errand("echo")) as worker:
        assert not worker.ended


def gone(*marks: int) -> bool:
    """Whether processes have ended, within five seconds."""
    return all(select.select([mark], [], [], 5)[0] for mark in marks)


def test_workers_end_with_their_zygote(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where they do not listen, and it is told apart from an end of their own."""
    monkeypatch.setenv("PYTHONPATH", ROOT)
    with Zygote(["tests.sandbox.far"]) as zygote:
        worker = zygote.fork(errand("hang"))
        mark = os.pidfd_open(worker.pid)
        os.kill(zygote.pid, signal.SIGKILL)
        assert gone(mark)
        assert worker.wait(5) is None and "forked from" in worker.cause
        worker.close()
        with pytest.raises(SandboxError):
            zygote.fork(errand("echo"))
        assert not zygote.alive
    os.close(mark)


def test_nothing_survives_its_owner() -> None:
    """When the process that wanted the workers is killed, zygote and workers go too."""
    code = """
import time
from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.worker import Errand, Zygote
zygote = Zygote(["tests.sandbox.far"])
errands = [Errand(run=f"tests.sandbox.far:{what}", confinement=Confinement()) for what in ("hang", "flood")]
workers = [zygote.fork(errand) for errand in errands]
print(zygote.pid, *(worker.pid for worker in workers), flush=True)
time.sleep(60)
"""
    environment = {**os.environ, "PYTHONPATH": ROOT}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout
        marks = [os.pidfd_open(int(pid)) for pid in owner.stdout.readline().split()]
        owner.kill()
    assert len(marks) == 3 and gone(*marks)
    for mark in marks:
        os.close(mark)


def test_a_worker_that_is_closed_is_gone(zygote: Zygote) -> None:
    """Closing kills it, and closing twice is no error."""
    worker = zygote.fork(errand("hang"))
    assert isinstance(worker, Worker)
    mark = os.pidfd_open(worker.pid)
    worker.close()
    worker.close()
    assert gone(mark)
    os.close(mark)
