"""A way out that is tried: outside of the sandbox it works, inside it is denied."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.profiles import Profile
from tests.sandbox.escape.world import World

DENIALS = frozenset((errno.EPERM, errno.EACCES))
PROC = Grant(path="/proc", access=Access.READ)


@dataclass(frozen=True, kw_only=True)
class Handed:
    """Descriptors that are open before the attempt: of the secret, of the folder it is in, and of a terminal."""

    secret: int
    folder: int
    terminal: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """An attempt, and what must come of it inside: one of `errors`, or death by `signal`.

    `keep` names what of `Handed` the worker gets; `proc` grants it /proc; `root` says why an ordinary user cannot even
    try.
    """

    attempt: Callable[[World, Handed], object]
    errors: frozenset[int] = DENIALS
    signal: int = 0
    keep: tuple[str, ...] = ()
    proc: bool = False
    root: str = ""
    confinement: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """What is attempted."""
        return self.attempt.__name__

    def within(self, world: World) -> dict[str, Any]:
        """The arguments of the confinement that it is tried in."""
        given = dict(self.confinement)
        if self.proc:
            given["grants"] = (*world.grants, PROC)
        return {"profile": Profile.FILES, **given}


CASES: list[Case] = []


def case(
    *,
    errors: frozenset[int] = DENIALS,
    signal: int = 0,
    keep: tuple[str, ...] = (),
    proc: bool = False,
    root: str = "",
    **confinement: Any,
) -> Callable[[Callable[[World, Handed], object]], Callable[[World, Handed], object]]:
    """Add an attempt to the suite."""

    def add(attempt: Callable[[World, Handed], object]) -> Callable[[World, Handed], object]:
        CASES.append(
            Case(
                attempt=attempt, errors=errors, signal=signal, keep=keep, proc=proc, root=root,
                confinement=tuple(confinement.items()),
            )
        )  # fmt: skip
        return attempt

    return add


@contextmanager
def handed(world: World) -> Iterator[Handed]:
    """Open what may be handed over."""
    master, terminal = os.openpty()
    secret = os.open(world.secret, os.O_RDONLY)
    folder = os.open(world.outside, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield Handed(secret=secret, folder=folder, terminal=terminal)
    finally:
        for descriptor in (master, terminal, secret, folder):
            os.close(descriptor)
