"""Confining a process: that it is refused where it cannot hold, said what holds, and proved."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from nlsh.errors import SandboxError
from nlsh.sandbox import canaries, capabilities
from nlsh.sandbox.confine import confine
from nlsh.sandbox.confinement import Confinement, Limits
from nlsh.sandbox.landlock import NEWEST, Access, Grant
from nlsh.sandbox.layers import Kernel, Layers, probe
from nlsh.sandbox.profiles import Profile
from tests.sandbox.escape.attempt import outcome

COMPUTE = Confinement()
FILES = Confinement(profile=Profile.FILES, grants=(Grant(path="/tmp", access=Access.READ),))
TCP = Confinement(profile=Profile.FILES_AND_TCP, connect=(443,))
NEW = Kernel(landlock=NEWEST, seccomp=True)


def inside(attempt, confinement: Confinement = COMPUTE, **more: object):  # type: ignore[no-untyped-def]
    """What comes of it in a confined process."""
    return outcome(attempt, uid=os.geteuid(), confinement=confinement, **more)


@pytest.mark.parametrize(
    ("confinement", "kernel", "held"),
    [
        (COMPUTE, NEW, True),
        (COMPUTE, Kernel(landlock=0, seccomp=True), True),
        (COMPUTE, Kernel(landlock=NEWEST, seccomp=False), False),
        (FILES, Kernel(landlock=1, seccomp=True), True),
        (FILES, Kernel(landlock=0, seccomp=True), False),
        (TCP, Kernel(landlock=4, seccomp=True), True),
        (TCP, Kernel(landlock=3, seccomp=True), False),
    ],
)
def test_grants_that_a_kernel_cannot_hold_are_refused(confinement: Confinement, kernel: Kernel, held: bool) -> None:
    """Files need Landlock, ports its version 4, everything seccomp; nothing is confined by halves."""
    assert (confinement.unheld(kernel) == ()) is held
    if not held:
        with pytest.raises(SandboxError):
            confine(confinement, keep=(), kernel=kernel)


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (Kernel(landlock=0, seccomp=True), "degraded (no Landlock)"),
        (Kernel(landlock=2, seccomp=True), "does not hold truncating files, TCP ports"),
        (Kernel(landlock=5, seccomp=True), "signals and abstract sockets"),
        (Kernel(landlock=7, seccomp=False), "no seccomp filter"),
    ],
)
def test_what_is_missing_is_said(kernel: Kernel, words: str) -> None:
    """A layer that is not there, or is too old for something, is named."""
    layers = kernel.layers()
    assert layers.degraded and words in str(layers)
    assert Layers.of(layers.public()) == layers


def test_all_layers_are_full() -> None:
    """With the newest of everything nothing is degraded."""
    assert str(NEW.layers()) == "full (no capabilities, no new privileges, Landlock ABI 7, seccomp)"


def test_this_kernel_is_probed() -> None:
    """What is said of it is what the kernel itself reports of a confined process."""

    def status() -> str:
        return "".join(line for line in Path("/proc/self/status").open() if line.startswith(("Seccomp:", "NoNew")))

    proc = Confinement(profile=Profile.FILES, grants=(Grant(path="/proc", access=Access.READ),))
    kernel = probe()
    assert kernel.seccomp and kernel.landlock, f"this machine has not all layers: {kernel.layers()}"
    assert inside(status, proc).said.split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]


@pytest.mark.parametrize("landlock", range(1, NEWEST + 1))
def test_old_landlock_holds_files(landlock: int, tmp_path: Path) -> None:
    """With seccomp beside it every version keeps a worker to its folder, whatever it leaves open itself."""
    if landlock > probe().landlock:
        assert probe().layers().degraded
        return
    (tmp_path / "in").mkdir()
    (tmp_path / "out").write_text("text")
    grant = Grant(path=str(tmp_path / "in"), access=Access.READ | Access.WRITE)
    kernel = Kernel(landlock=landlock, seccomp=True)
    confinement = Confinement(profile=Profile.FILES, grants=(grant,))
    for attempt in (
        lambda: (tmp_path / "out").read_text(),
        lambda: os.truncate(tmp_path / "out", 0),
        lambda: os.open(tmp_path / "out", os.O_RDONLY | os.O_TRUNC),
        lambda: os.kill(os.getppid(), 0),
    ):
        assert not inside(attempt, confinement, kernel=kernel).did
    assert inside((tmp_path / "in" / "made").touch, confinement, kernel=kernel).did


def test_seccomp_alone_holds_what_only_computes(tmp_path: Path) -> None:
    """Without Landlock it opens nothing all the same."""
    (tmp_path / "file").write_text("text")
    kernel = Kernel(landlock=0, seccomp=True)
    assert not inside((tmp_path / "file").read_text, kernel=kernel).did
    assert inside(lambda: sum(range(10)), kernel=kernel).did


def test_the_best_there_is() -> None:
    """Who would rather have little than nothing gets Landlock without seccomp."""

    def attempt() -> None:
        layers = confine(COMPUTE, keep=range(64), kernel=Kernel(landlock=probe().landlock, seccomp=False), best=True)
        assert layers.degraded
        Path("/etc/passwd").read_text()

    assert outcome(attempt, uid=os.geteuid(), confinement=None).errno == 13


def refused(prepare) -> str:  # type: ignore[no-untyped-def]
    """Why a process is not confined."""

    def attempt() -> str:
        kept = prepare()
        try:
            confine(COMPUTE, keep=range(64))
        except SandboxError as error:
            return f"{error.message} beside {kept}"
        return ""

    return outcome(attempt, uid=os.geteuid(), confinement=None).said


def test_a_second_thread_is_noticed() -> None:
    """A thread that runs already would keep everything, so nothing is confined beside one."""

    def prepare() -> threading.Thread:
        made = threading.Thread(target=time.sleep, args=(10,), daemon=True)
        made.start()
        return made

    assert "2 threads" in refused(prepare)


def test_threads_that_are_granted_are_confined_too(tmp_path: Path) -> None:
    """A thread that is started inside has no more than the one that started it."""
    (tmp_path / "file").write_text("text")
    seen: list[object] = []

    def look() -> None:
        try:
            seen.append((tmp_path / "file").read_text())
        except PermissionError as error:
            seen.append(error.errno)

    def attempt() -> object:
        made = threading.Thread(target=look)
        made.start()
        made.join()
        return seen[0]

    assert inside(attempt, Confinement(threads=True)).said in ("1", "13")


def test_an_orphan_is_not_started() -> None:
    """A worker whose parent is gone by then does not begin."""

    def attempt() -> str:
        try:
            confine(COMPUTE, keep=range(64), parent=1 << 22)
        except SandboxError as error:
            return error.message
        return ""

    assert "gone" in outcome(attempt, uid=os.geteuid(), confinement=None).said


def test_a_canary_that_lives_is_an_error() -> None:
    """What can still be done where it should be denied ends the worker."""
    attempts = canaries.canaries(COMPUTE, NEW)
    assert {"starting a program", "starting a process", "reading /dev/null"} <= {what for what, _ in attempts}
    for canary in attempts:
        assert (
            f"the sandbox does not hold: {canary[0]}"
            in outcome(lambda canary=canary: _proved(canary), uid=os.geteuid(), confinement=None).said
        )


def _proved(canary: canaries.Canary) -> str:
    try:
        canaries.prove((canary,))
    except SandboxError as error:
        return error.message
    return ""


def test_nothing_is_left_of_root() -> None:
    """No capability, also as root, and none comes back."""
    assert inside(lambda: 1 / 0 if capabilities.held() else None).did is False or os.geteuid() == 0
    lines = outcome(_capabilities, uid=os.geteuid(), confinement=None).said.split()
    assert set(lines[1::2]) == {"0000000000000000"}


def _capabilities() -> str:
    capabilities.drop_all()
    text = Path("/proc/self/status").read_text()
    names = ("CapInh", "CapPrm", "CapEff", *(("CapBnd",) if os.geteuid() == 0 else ()), "CapAmb")
    return " ".join(line for line in text.splitlines() if line.startswith(names))


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of its parent but those that say how to write."""
    monkeypatch.setenv("API_TOKEN", "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert inside(lambda: sorted(os.environ)).said in ("['LANG']", "['LANG', 'LC_ALL']", "['LANG', 'LC_CTYPE']")


def test_a_confinement_travels() -> None:
    """It is the same after it was JSON."""
    limits = Limits(memory=1 << 30, file_size=0, files=10, cpu=5)
    for confinement in (COMPUTE, FILES, TCP, Confinement(threads=True, limits=limits)):
        assert Confinement.of(confinement.public()) == confinement


@pytest.mark.parametrize(
    "wrong",
    [{"grants": FILES.grants}, {"connect": (80,)}, {"profile": Profile.FILES_AND_TCP}],
)
def test_grants_without_a_use_are_errors(wrong: dict[str, object]) -> None:
    """A profile that opens nothing takes no files, and ports go with the profile for them."""
    with pytest.raises(ValueError, match=r"profile|computes"):
        Confinement(**wrong)  # type: ignore[arg-type]
