"""Reports on the machine that are read in a confined worker."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlsh.executor.readers import Readers, confinement
from nlsh.executor.reports import counters
from nlsh.sandbox.warm import Warm
from nlsh.sandbox.worker import Errand, Zygote
from tests.executor.house import House

ROOT = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
QUICK = sorted(set(counters.REPORTS) - {"cpu.usage", "disk.io", "net.usage"})


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


def switches(of: int) -> int:
    """How often a process has waited for something."""
    lines = Path(f"/proc/{of}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))


@pytest.mark.parametrize("verb", counters.REPORTS)
def test_a_worker_reports_what_nlsh_itself_would(verb: str, readers: Readers) -> None:
    """The same columns, as many rows, and what does not change is the same."""
    there, here = readers.read(verb, {}), counters.report(verb, {})
    assert there is not None
    assert (there.verb, there.shape, there.columns, there.notes) == (here.verb, here.shape, here.columns, here.notes)
    steady = ("cores", "physical", "kind", "total", "disk", "interface")
    kept = [[{key: row.get(key) for key in steady} for row in each.rows] for each in (there, here)]
    assert kept[0] == kept[1] and kept[0]


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
    until = time.monotonic() + 20
    while not readers.helpers():
        assert time.monotonic() < until
        time.sleep(0.01)
    first = pid(readers)
    assert readers.read("system.load", {}) is not None and pid(readers) == first


def test_a_dead_one_is_replaced(readers: Readers) -> None:
    """Whoever kills it costs nothing but a new one."""
    readers.read("system.load", {})
    first = pid(readers)
    os.kill(first, signal.SIGKILL)
    until = time.monotonic() + 20
    while Path(f"/proc/{first}").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert readers.read("system.load", {}) is not None
    assert pid(readers) != first


def test_two_at_once(readers: Readers) -> None:
    """A quick one does not wait for one that looks twice, and only one worker is kept."""
    slow = threading.Thread(target=readers.read, args=("net.usage", {}))
    slow.start()
    assert readers.read("system.load", {}) is not None
    slow.join()
    pid(readers)


def test_what_fails_there_is_no_report(readers: Readers) -> None:
    """An interface that there is not: the verb itself is to say so, and the worker is not asked again."""
    assert readers.read("net.usage", {"interface": "nowhere0"}) is None
    assert readers.helpers() == frozenset()


def test_without_a_warm_process_there_is_none(warm: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no error."""
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert Readers(warm).read("system.load", {}) is None


def test_none_is_left(readers: Readers) -> None:
    """After the end of a session it is gone, and a job that is late starts no other."""
    readers.read("system.load", {})
    last = pid(readers)
    readers.close()
    assert readers.read("system.load", {}) is None and readers.helpers() == frozenset()
    until = time.monotonic() + 20
    while Path(f"/proc/{last}").exists():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_it_reaches_the_counters_and_nothing_of_a_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Files that this process can open and it cannot: of a person, of the system, and the environment of another."""
    own = tmp_path / "diary"
    own.write_text("mine")
    open_here = [str(own), "/etc/passwd", f"/proc/{os.getpid()}/environ", "/proc/meminfo", "/proc/net/dev"]
    for path in open_here:
        assert Path(path).read_bytes()
    monkeypatch.setenv("PYTHONPATH", ROOT)
    errand = Errand(run="tests.executor.far:opened", confinement=confinement(), arguments={"paths": open_here})
    with Zygote([]) as zygote, zygote.fork(errand) as worker:
        assert json.loads(worker.connection.recv(1 << 16)) == ["/proc/meminfo", "/proc/net/dev"]


@pytest.mark.parametrize("verb", QUICK)
def test_the_verbs_ask_it(verb: str, readers: Readers, house: House) -> None:
    """Where there is one, it has to work for each of these verbs."""
    house.readers = readers
    readers.read("system.load", {})
    before = switches(pid(readers))
    assert house.do(verb).rows
    assert switches(pid(readers)) > before


@pytest.mark.parametrize("verb", counters.REPORTS)
def test_the_verbs_report_without(verb: str, house: House) -> None:
    """None has to be there."""
    assert house.do(verb).verb == verb
