"""Reports on the machine that are read in a confined worker."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nlsh.executor.readers import Readers, confinement
from nlsh.executor.reports import counters
from nlsh.sandbox.layers import Kernel, probe
from nlsh.sandbox.warm import Warm
from nlsh.sandbox.worker import Errand
from tests.executor.house import House

pytestmark = pytest.mark.skipif(not probe().landlock, reason="this kernel has no Landlock to confine a reader with")

ROOT = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])


@pytest.fixture
def warm() -> Iterator[Warm]:
    """What workers are forked from."""
    made = Warm([])
    yield made
    made.close()


@pytest.fixture
def readers(warm: Warm) -> Iterator[Readers]:
    """Readers of which none is there yet."""
    made = Readers(warm)
    yield made
    made.close()


def pid(readers: Readers) -> int:
    """The one worker that is there."""
    (found,) = readers.helpers()
    return found


def state(of: int) -> str:
    """The letter of its state in proc_pid_stat(5), empty where it is gone."""
    try:
        return Path(f"/proc/{of}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return ""


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def tests(monkeypatch: pytest.MonkeyPatch) -> Iterator[Warm]:
    """What workers are forked from that run functions of the tests."""
    monkeypatch.setenv("PYTHONPATH", ROOT)
    with closing(Warm(["tests.executor.far"])) as made:
        yield made


@pytest.mark.parametrize("verb", counters.REPORTS)
def test_a_worker_reports_what_nlsh_itself_would(verb: str, readers: Readers) -> None:
    """The same columns, as many rows, and what does not change is the same."""
    there, here = readers.read(verb, {}), counters.report(verb, {})
    assert there is not None
    assert (there.verb, there.shape, there.columns, there.notes) == (here.verb, here.shape, here.columns, here.notes)
    steady = ("cores", "physical", "kind", "total", "disk", "interface")
    kept = [[{key: row.get(key) for key in steady} for row in each.rows] for each in (there, here)]
    assert kept[0] == kept[1]


def test_the_time_of_the_boot_is_the_same(readers: Readers) -> None:
    """Within the seconds that go by."""
    there, here = readers.read("system.uptime", {}), counters.report("system.uptime", {})
    assert there is not None and abs(there.rows[0]["booted"] - here.rows[0]["booted"]) <= 2


def test_arguments_reach_the_worker(readers: Readers) -> None:
    """Swap alone is one row, and both are two."""
    both, swap = readers.read("memory.usage", {"swap": False}), readers.read("memory.usage", {"swap": True})
    assert both is not None and swap is not None
    assert [row["kind"] for row in both.rows] == ["memory", "swap"] and [row["kind"] for row in swap.rows] == ["swap"]


def test_it_is_kept(readers: Readers) -> None:
    """The second request goes to the worker of the first."""
    readers.read("system.load", {})
    first = pid(readers)
    readers.read("system.uptime", {})
    assert pid(readers) == first


def test_it_can_be_had_beforehand(readers: Readers) -> None:
    """It is there before anybody asks."""
    readers.prepare()
    wait_until(lambda: bool(readers.helpers()))
    first = pid(readers)
    assert readers.read("system.load", {}) is not None and pid(readers) == first


def test_a_dead_one_is_replaced(readers: Readers) -> None:
    """Whoever kills it costs nothing but a new one."""
    readers.read("system.load", {})
    first = pid(readers)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: not state(first))
    assert readers.read("system.load", {}) is not None
    assert pid(readers) != first


def test_a_quick_one_does_not_wait_for_a_slow_one(readers: Readers) -> None:
    """While one worker cannot go on another reports, and one is kept."""
    readers.read("system.load", {})
    first = pid(readers)
    slow = threading.Thread(target=readers.read, args=("net.usage", {}))
    os.kill(first, signal.SIGSTOP)
    slow.start()
    try:
        assert readers.read("system.load", {}) is not None
    finally:
        os.kill(first, signal.SIGCONT)
    slow.join()
    pid(readers)


def test_what_cannot_be_is_no_report(readers: Readers) -> None:
    """An interface that there is not: the verb itself is to say so, and the worker stays."""
    readers.read("system.load", {})
    first = pid(readers)
    assert readers.read("net.usage", {"interface": "nowhere0"}) is None
    assert pid(readers) == first


@pytest.mark.parametrize("fault", ["empty", "silent", "tall"])
def test_one_that_breaks_the_rules_is_given_up(fault: str, tests: Warm) -> None:
    """In time, without a trace, and after a second time for good."""
    with closing(Readers(tests, run=f"tests.executor.far:{fault}")) as readers:
        began = time.monotonic()
        for _ in range(4):
            assert readers.read("system.load", {}) is None and readers.helpers() == frozenset()
        assert time.monotonic() - began < 2 * 6 + 5


def test_what_nobody_asked_for_answers_nothing(tests: Warm) -> None:
    """One that speaks out of turn is replaced before the next request."""
    with closing(Readers(tests, run="tests.executor.far:early")) as readers:
        assert readers.read("system.load", {}) is not None
        first = pid(readers)
        wait_until(lambda: state(first) == "S")  # it has said all that it says
        assert readers.read("system.load", {}) is not None and pid(readers) != first


def test_without_a_warm_process_there_is_none(warm: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no error."""
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert Readers(warm).read("system.load", {}) is None


def test_where_it_cannot_be_confined_nothing_is_started(warm: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel without Landlock, and no process more for that."""
    monkeypatch.setattr("nlsh.executor.readers.probe", lambda: Kernel(landlock=0, seccomp=True))
    assert Readers(warm).read("system.load", {}) is None and warm.helpers() == frozenset()


def test_none_is_left(readers: Readers) -> None:
    """After the end of a session it is gone, and a job that is late starts no other."""
    readers.read("system.load", {})
    last = pid(readers)
    readers.close()
    assert readers.read("system.load", {}) is None and readers.helpers() == frozenset()
    wait_until(lambda: not state(last))


def test_it_reaches_the_counters_and_nothing_of_a_person(tests: Warm, tmp_path: Path) -> None:
    """Files that this process can open and it cannot: of a person, of the system, and the environment of another."""
    own = tmp_path / "diary"
    own.write_text("mine")
    open_here = [str(own), "/etc/passwd", f"/proc/{os.getpid()}/environ", "/proc/meminfo", "/proc/net/dev"]
    for path in open_here:
        assert Path(path).read_bytes()
    errand = Errand(run="tests.executor.far:opened", confinement=confinement(), arguments={"paths": open_here})
    with tests.zygote().fork(errand) as worker:
        assert json.loads(worker.connection.recv(1 << 16)) == ["/proc/meminfo", "/proc/net/dev"]


@pytest.mark.parametrize("verb", counters.REPORTS)
def test_the_verbs_ask_it(verb: str, tests: Warm, house: House) -> None:
    """Where there is one, what it says is what is shown."""
    with closing(Readers(tests, run="tests.executor.far:early")) as house.readers:
        assert house.do(verb).message == "early"


@pytest.mark.parametrize("verb", counters.REPORTS)
def test_the_verbs_report_without(verb: str, house: House) -> None:
    """None has to be there."""
    assert house.do(verb).verb == verb
