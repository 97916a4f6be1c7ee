"""Take away from this process all that it was not granted, for good, layer by layer, and prove it.

The order matters: descriptors are closed while that is possible, capabilities go before Landlock, because as root they
would show the environment of other processes under it, and the filter comes last, because it forbids what the others
are made with.
"""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from nlsh.errors import SandboxError
from nlsh.sandbox import canaries, capabilities, landlock, profiles, seccomp
from nlsh.sandbox.confinement import Confinement, Limits
from nlsh.sandbox.layers import Kernel, Layers, probe
from nlsh.sandbox.system import PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, prctl

_ENVIRONMENT = frozenset(("LANG", "LC_ALL", "LC_CTYPE", "TZ"))
"""What stays of the environment: how to write, and no secret."""


def confine(
    confinement: Confinement,
    *,
    keep: Collection[int],
    parent: int | None = None,
    kernel: Kernel | None = None,
    best: bool = False,
) -> Layers:
    """Confine this process; of its descriptors the standard ones and `keep` stay open.

    With `parent`, which is the pid of its parent, it is killed when the thread ends that started it.

    SandboxError where anything fails, in which case the process is half confined and has to end, and where the kernel
    cannot hold these grants; with `best` it then does what it can. Returns the layers in force.
    """
    kernel = kernel or probe()
    reasons = () if best else confinement.unheld(kernel)
    if reasons:
        raise SandboxError(f"the worker cannot be confined: {reasons[0]}", hint="nlshctl doctor")
    try:
        _confine(confinement, keep, parent, kernel)
    except (OSError, ValueError) as error:
        raise SandboxError(f"the worker cannot be confined: {error}") from error
    return kernel.layers()


def _confine(confinement: Confinement, keep: Collection[int], parent: int | None, kernel: Kernel) -> None:
    attempts = canaries.canaries(confinement, kernel)
    _close_all_but(keep)
    _leave_terminal()
    _limit(confinement.limits)
    _clear_environment()
    if parent is not None:
        _end_with(parent)
    capabilities.drop_all()
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    _assert_alone()
    if kernel.landlock:
        landlock.restrict(confinement.grants, connect=confinement.connect, version=kernel.landlock)
    if kernel.seccomp:
        program = profiles.worker_program(confinement.profile, threads=confinement.threads, pid=os.getpid())
        seccomp.install(program)
    canaries.prove(attempts)


def _leave_terminal() -> None:
    """Lead a session that has no terminal, so that there is none to type into or to stop from."""
    if os.getsid(0) != os.getpid():
        os.setsid()
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NONBLOCK))
        raise SandboxError("the worker cannot be confined: it has a terminal")


def _close_all_but(keep: Collection[int]) -> None:
    start = 3
    for descriptor in sorted(each for each in keep if each >= start):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, _beyond_all())


def _beyond_all() -> int:
    """A number that no descriptor reaches."""
    return max(int(name) for name in os.listdir("/proc/self/fd")) + 1  # noqa: PTH208 - names, not paths


def _limit(limits: Limits) -> None:
    _lower(resource.RLIMIT_CORE, 0)
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CPU, limits.cpu),
    ):
        if most is not None:
            _lower(kind, most)


def _lower(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (allowed, allowed))


def _clear_environment() -> None:
    for name in set(os.environ) - _ENVIRONMENT:
        del os.environ[name]


def _end_with(parent: int) -> None:
    """Have the kernel kill this process when its parent dies, and notice if it did before."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SandboxError("the process that wanted this worker is gone")


def _assert_alone() -> None:
    """A thread that runs already would keep everything that this one gives up."""
    tasks = len(list(Path("/proc/self/task").iterdir()))
    if tasks != 1:
        raise SandboxError(f"the worker cannot be confined: it has {tasks} threads before it is")
