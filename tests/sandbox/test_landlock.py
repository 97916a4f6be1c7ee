"""Landlock: every version of it, as far as this kernel has them."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from nlsh.sandbox import landlock
from nlsh.sandbox.landlock import Access, Grant
from tests.sandbox.escape.attempt import Outcome, outcome

VERSIONS = range(1, min(landlock.abi(), landlock.NEWEST) + 1)


def restricted(attempt, *grants: Grant, version: int = 0, connect: tuple[int, ...] = ()) -> Outcome:  # type: ignore[no-untyped-def]
    """What comes of it under Landlock alone."""

    def inside() -> object:
        landlock.restrict(grants, connect=connect, version=version or VERSIONS[-1])
        return attempt()

    return outcome(inside, uid=os.geteuid(), confinement=None)


def test_a_kernel_without_it_has_nothing_to_offer() -> None:
    """No version lacks everything, the newest nothing, and each no more than the one before."""
    assert landlock.gaps(0) == ("no Landlock",)
    assert landlock.gaps(landlock.NEWEST) == ()
    counts = [len(landlock.gaps(version)) for version in range(1, landlock.NEWEST + 1)]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_denies_what_is_not_granted(version: int, tmp_path: Path) -> None:
    """Reading, writing and making files outside of a granted folder."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "file").write_text("text")
    grant = Grant(path=str(inside), access=Access.READ | Access.WRITE)
    for attempt in (
        lambda: (outside / "file").read_text(),
        lambda: (outside / "file").write_text("more"),
        lambda: (outside / "new").mkdir(),
        lambda: list(outside.iterdir()),
        lambda: (inside / "file").rename(outside / "moved"),
    ):
        assert restricted(attempt, grant, version=version).errno in (errno.EACCES, errno.EXDEV)
    assert restricted(lambda: (inside / "file").write_text((inside / "file").read_text()), grant, version=version).did


def test_a_grant_of_one_file_is_of_that_file(tmp_path: Path) -> None:
    """Its neighbours are closed, and reading is not writing."""
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")
    grant = Grant(path=str(tmp_path / "one"), access=Access.READ)
    assert restricted(lambda: (tmp_path / "one").read_text(), grant).did
    assert not restricted(lambda: (tmp_path / "two").read_text(), grant).did
    assert not restricted(lambda: (tmp_path / "one").write_text("3"), grant).did


def test_granted_ports_can_be_connected_to() -> None:
    """And no others."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = one.getsockname()[1], two.getsockname()[1]
        for port, did in zip(ports, (True, False), strict=True):
            # Without a look-up, for which Python would have to read a module.
            attempt = lambda port=port: socket.socket().connect(("127.0.0.1", port))  # noqa: E731
            assert restricted(attempt, connect=ports[:1]).did is did


def test_a_version_that_knows_no_ports_refuses_them() -> None:
    """It never runs with less than was asked for."""
    with pytest.raises(ValueError, match="TCP"):
        landlock.restrict((), connect=(80,), version=3)


def test_no_landlock_is_an_error() -> None:
    """Nothing pretends to have restricted anything."""
    with pytest.raises(ValueError, match="no Landlock"):
        landlock.restrict((), version=0)


def test_a_grant_of_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It is not silently left out."""
    assert restricted(int, Grant(path=str(tmp_path / "none"), access=Access.READ)).errno == errno.ENOENT
