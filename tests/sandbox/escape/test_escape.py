"""The escape suite: every way out is tried free and confined, as root and as an ordinary user."""

from __future__ import annotations

import errno
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from nlsh.sandbox.layers import probe
from nlsh.sandbox.profiles import Profile
from nlsh.sandbox.syscalls import numbers
from tests.sandbox.escape import files, kernel, network, processes
from tests.sandbox.escape.attempt import Outcome, outcome, syscall
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
    if place.confinement(**case.within(place)).unheld(probe()):
        assert probe().layers().degraded
        with pytest.raises(AssertionError, match="cannot be confined"):
            tried(case, place, confined=True)
        return
    free = tried(case, place, confined=False)
    confined = tried(case, place, confined=True)
    if free.errno == errno.ENOSYS:
        assert not confined.did and not case.root  # a kernel without this door
        return
    if case.root and place.uid:
        assert not free.did, f"an ordinary user can: {case.root} is wrong"
    else:
        assert free.did, f"it does not even work outside: {free.error}"
    assert not confined.did
    if case.signal:
        assert confined.signal == case.signal, confined
    else:
        assert not confined.signal and confined.errno in case.errors, confined


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 is another face of x86_64 alone")
def test_x32_calls_kill(place: World) -> None:
    """A kernel may have them or not: outside they do whatever it does, inside they are the end."""

    def attempt() -> None:
        syscall(0x4000_0000 | 39)

    assert outcome(attempt, uid=place.uid, confinement=None).signal == 0
    assert outcome(attempt, uid=place.uid, confinement=place.confinement()).signal == signal.SIGSYS


def test_every_other_call_is_refused(place: World) -> None:
    """All numbers that have no rule, with nonsense for arguments, tried on the kernel itself."""
    # Linux shows no filter the two calls of its own probes on x86_64, and kills whoever else makes them.
    allowed = {*numbers().values(), *((335, 336) if os.uname().machine == "x86_64" else ())}

    def attempt() -> list[int]:
        passed = []
        for number in set(range(600)) - allowed:
            try:
                syscall(number, -1, -1, -1, -1, -1, -1)
            except PermissionError:
                continue
            except OSError:
                passed.append(number)
            else:
                passed.append(number)
        return passed

    assert outcome(attempt, uid=place.uid, confinement=place.confinement()).said == "[]"


@pytest.mark.parametrize("profile", Profile)
def test_what_is_granted_works(profile: Profile, place: World) -> None:
    """The suite proves nothing if a worker can do nothing: it computes, and reads and writes where it may."""
    place.reset()
    grants = () if profile is Profile.COMPUTE else place.grants
    ports = (place.tcp,) if profile is Profile.FILES_AND_TCP else ()

    def attempt() -> int:
        if grants:
            (place.writable / "made").write_bytes((place.readable / "file").read_bytes())
            (place.writable / "made").rename(place.writable / "folder" / "moved")
            (place.writable / "folder" / "moved").unlink()
        if ports:
            with socket.create_connection(("127.0.0.1", place.tcp)) as made:
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sum(range(100))

    confinement = place.confinement(profile=profile, grants=grants, connect=ports)
    assert outcome(attempt, uid=place.uid, confinement=confinement).said == "4950"
