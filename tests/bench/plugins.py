"""Requests to plugins: what one costs from its step to its result, and how long its worker takes to be ready."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from nlsh.plugin.found import Found, bundled
from nlsh.plugin.host import Host
from nlsh.plugin.manifest import read
from nlsh.verb import Verb
from tests.bench.machine import processor
from tests.bench.samples import Samples
from tests.plugin.making import FakeHouse, Step, doing, places, plugin

_NOTHING = doing('return Result(verb="demo.do", message="done")')


@dataclass(frozen=True, kw_only=True)
class _Request:
    """One that is made again and again: what is known of its verb, and who judges it, is there before."""

    host: Host
    found: Found
    name: str
    args: dict[str, Any] = field(default_factory=dict)
    house: FakeHouse = field(default_factory=FakeHouse)

    @cached_property
    def verb(self) -> Verb:
        """As its plugin declares it."""
        declared = self.host.declared(self.found)
        return next(each for each in self.host.verbs_of(self.found, declared) if each.name == self.name)

    def perform(self) -> None:
        """From the step to the result."""
        step = Step(self.house, self.name, **self.args)
        assert self.verb.run(step, **self.verb.own(step.intent)).ok


def measure(*, runs: int) -> dict[str, Any]:
    """The first request of a fresh host, then `runs` of each kind in turns, and as many workers that are only made.

    A request that does nothing is all cost; the others look at the routes, and for the size of an empty folder.
    `processor` is the mean of the processor time of all processes for one request, in milliseconds.
    """
    known = {each.name: each for each in bundled()}
    with tempfile.TemporaryDirectory(prefix="nlsh-bench-") as name:
        place = Path(name)
        (place / "empty").mkdir()
        own = plugin(place / "plugins", _NOTHING)
        first = _first(place, own, max(1, runs // 10))
        host = Host(places(place))
        requests = {
            "nothing": _Request(host=host, found=own, name="demo.do"),
            "routes": _Request(host=host, found=known["network"], name="net.routes"),
            "size": _Request(host=host, found=known["files"], name="files.size", args={"path": str(place / "empty")}),
        }
        try:
            return {
                "first": first.report(),
                **_next(host, own, requests, runs),
                "processor": {name: _processor(host, each, runs) for name, each in requests.items()},
            }
        finally:
            host.close()


def _first(place: Path, own: Found, runs: int) -> Samples:
    samples = Samples()
    for _ in range(runs):
        host = Host(places(place))
        host.declared(own)  # makes the schema where there is none yet; the worker for that is not counted
        host.close()
        host = Host(places(place))
        request = _Request(host=host, found=own, name="demo.do")
        assert request.verb and not host.helpers()
        with samples.timed():
            request.perform()
        host.close()
    return samples


def _next(host: Host, own: Found, requests: dict[str, _Request], runs: int) -> dict[str, Any]:
    times = {name: Samples() for name in requests}
    ready = Samples()
    manifest = read(own.folder)
    for each in requests.values():
        each.perform()
    for _ in range(runs):
        for name, each in requests.items():
            with times[name].timed():
                each.perform()
        with ExitStack() as held, ready.timed():
            held.enter_context(host.workshop.worker(manifest, "describe", {}, frozenset(), 5.0))
    return {"request": {name: samples.report() for name, samples in times.items()}, "worker": ready.report()}


def _processor(host: Host, request: _Request, runs: int) -> float:
    (zygote,) = host.helpers()
    before = processor(zygote)
    for _ in range(runs):
        request.perform()
    return round(1000 * (processor(zygote) - before) / runs, 1)
