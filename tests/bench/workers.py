"""Confined workers: how long one takes to be ready, and what a message to it and back costs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.post import Post
from nlsh.sandbox.profiles import Profile
from nlsh.sandbox.worker import Errand, Zygote
from tests.bench.samples import Samples

MESSAGES = 20
_GRANTS = tuple(Grant(path=path, access=Access.READ) for path in ("/usr", "/proc", "/etc"))
_CONFINEMENTS = {
    "computes": Confinement(),
    "reads_files": Confinement(profile=Profile.FILES, grants=_GRANTS),
}
_ROOT = str(Path(__file__).parents[2])


def measure(*, runs: int) -> dict[str, Any]:
    """A fresh zygote and its first worker, then `runs` workers of each kind, ready and confined when they are there."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (_ROOT, before)))
    try:
        return {"first": _first(max(1, runs // 5)).report(), **_next(runs)}
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before


def _first(runs: int) -> Samples:
    samples = Samples()
    for _ in range(runs):
        with samples.timed():
            zygote = Zygote([__name__])
            worker = zygote.fork(_errand(Confinement()))
        worker.close()
        zygote.close()
    return samples


def _next(runs: int) -> dict[str, Any]:
    ready = {name: Samples() for name in _CONFINEMENTS}
    message = Samples()
    with Zygote([__name__]) as zygote:
        zygote.fork(_errand(Confinement())).close()
        for _ in range(runs):
            for name, confinement in _CONFINEMENTS.items():
                with ready[name].timed():
                    worker = zygote.fork(_errand(confinement))
                with worker:
                    _talk(worker.connection, message)
    return {"next": {name: samples.report() for name, samples in ready.items()}, "message": message.report()}


def _talk(connection: Any, message: Samples) -> None:
    for _ in range(MESSAGES):
        with message.timed():
            connection.send(b"x" * 1000)
            connection.recv(2000)


def _errand(confinement: Confinement) -> Errand:
    return Errand(run=f"{__name__}:echo", confinement=confinement)


def echo(post: Post) -> None:
    """The far side: send back every message."""
    while message := post.connection.recv(2000):
        post.connection.send(message)
