"""Requests to plugins: what one costs from its step to its result, and how long its worker takes to be ready."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from nlsh.plugin.found import Found, bundled
from nlsh.plugin.host import Host
from nlsh.plugin.manifest import read
from tests.bench.machine import processor
from tests.bench.samples import Samples
from tests.plugin.making import FakeHouse, Step, doing, places, plugin

_NOTHING = doing('return Result(verb="demo.do", message="done")')


def measure(*, runs: int) -> dict[str, Any]:
    """The first request of a fresh host, then `runs` of each kind in turns, and as many workers that are only made.

    A request that does nothing is all cost; the others look at the routes, and for the size of an empty folder. The
    processor time of requests has what nlsh does before, too: looking up which verb it is.
    """
    known = {each.name: each for each in bundled()}
    with tempfile.TemporaryDirectory(prefix="nlsh-bench-") as name:
        place = Path(name)
        (place / "empty").mkdir()
        own = plugin(place / "plugins", _NOTHING)
        wanted: dict[str, tuple[Found, str, dict[str, Any]]] = {
            "nothing": (own, "demo.do", {}),
            "routes": (known["network"], "net.routes", {}),
            "size": (known["files"], "files.size", {"path": str(place / "empty")}),
        }
        first = _first(place, wanted["nothing"], max(1, runs // 10))
        host = Host(places(place))
        try:
            return {"first": first.report(), **_next(host, own, wanted, runs)}
        finally:
            host.close()


def _first(place: Path, wanted: tuple[Found, str, dict[str, Any]], runs: int) -> Samples:
    samples = Samples()
    for _ in range(runs):
        host = Host(places(place))
        host.declared(wanted[0])  # makes the schema where there is none yet; the worker for that is not counted
        host.close()
        host = Host(places(place))
        host.declared(wanted[0])
        assert not host.helpers(), "a worker runs before the first is wanted"
        _perform(host, *wanted, samples)
        host.close()
    return samples


def _next(
    host: Host, own: Found, wanted: dict[str, tuple[Found, str, dict[str, Any]]], runs: int
) -> dict[str, dict[str, Any]]:
    requests = {name: Samples() for name in wanted}
    ready = Samples()
    manifest = read(own.folder)
    for number in range(runs + 1):
        for name, each in wanted.items():
            _perform(host, *each, requests[name] if number else Samples())
        with ExitStack() as held, (ready if number else Samples()).timed():
            held.enter_context(host.workshop.worker(manifest, "describe", {}, frozenset(), 5.0))
    return {
        "request": {name: samples.report() for name, samples in requests.items()},
        "worker": ready.report(),
        "processor": {name: _processor(host, each, runs) for name, each in wanted.items()},
    }


def _processor(host: Host, wanted: tuple[Found, str, dict[str, Any]], runs: int) -> float:
    """Milliseconds of processor time for a request, of all processes together: the mean."""
    (zygote,) = host.helpers()
    before = processor(zygote)
    for _ in range(runs):
        _perform(host, *wanted, Samples())
    return round(1000 * (processor(zygote) - before) / runs, 1)


def _perform(host: Host, found: Found, name: str, args: dict[str, Any], samples: Samples) -> None:
    """One request; what is known of the verb before it is not counted."""
    verb = next(each for each in host.verbs_of(found, host.declared(found)) if each.name == name)
    step = Step(FakeHouse(), name, **args)
    with samples.timed():
        result = verb.run(step, **verb.own(step.intent))
    assert result.ok
