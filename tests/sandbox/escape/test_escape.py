"""The escape suite: every way out is tried free and confined, as root and as an ordinary user."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.sandbox.escape import files, kernel, network, processes
from tests.sandbox.escape.attempt import Outcome, outcome
from tests.sandbox.escape.case import CASES, Case, handed
from tests.sandbox.escape.world import World, world

NOBODY = 65534
USERS = {"root": 0, "user": NOBODY} if os.geteuid() == 0 else {"user": os.geteuid()}
TOPICS = (files, network, processes, kernel)


@pytest.fixture(scope="module", params=USERS.values(), ids=list(USERS))
def place(request: pytest.FixtureRequest) -> Iterator[World]:
    """The world of each user."""
    with world(request.param) as made:
        yield made


def tried(case: Case, place: World, *, confined: bool) -> Outcome:
    """What comes of an attempt in a fresh world."""
    place.reset()
    with handed(place) as given:
        return outcome(
            lambda: case.attempt(place, given),
            uid=place.uid,
            confinement=place.confinement(**case.within(place)) if confined else None,
            keep=[getattr(given, name) for name in case.keep],
        )


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_no_way_out(case: Case, place: World) -> None:
    """What works outside of the sandbox is denied inside."""
    free = tried(case, place, confined=False)
    confined = tried(case, place, confined=True)
    if case.root and place.uid:
        assert not free.did, f"an ordinary user can: {case.root} is wrong"
    else:
        assert free.did, f"it does not even work outside: {free.error}"
    assert not confined.did
    if case.signal:
        assert confined.signal == case.signal, confined
    else:
        assert not confined.signal and confined.errno in case.errors, confined
