"""The filters, run by an interpreter, so that both architectures are tested on either."""

from __future__ import annotations

import errno
import os
import signal
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.sandbox.bpf import ALLOW, KILL, X32
from nlsh.sandbox.profiles import Profile, offline_program, worker_program
from nlsh.sandbox.seccomp import AUDIT
from nlsh.sandbox.syscalls import ARCHITECTURES, NUMBERS, numbers
from tests.sandbox.interpreter import verdict

PID = 4711
REFUSED = 0x0005_0000
THREAD = 0x3D0F00
"""The flags with which glibc starts a thread."""
I386, ARM = 0x4000_0003, 0x4000_0028
WORDS = st.integers(min_value=0, max_value=(1 << 64) - 1)


def said(machine: str, profile: Profile, name: str, *arguments: int, threads: bool = False) -> int:
    """What the filter of a profile says to a call."""
    program = worker_program(profile, threads=threads, pid=PID, machine=machine)
    return verdict(program, architecture=AUDIT[machine], number=numbers(machine)[name], arguments=arguments)


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize("profile", Profile)
def test_every_call_without_a_rule_is_refused(machine: str, profile: Profile) -> None:
    """An allowlist: numbers that nobody named, those of future kernels among them, fail with EPERM."""
    program = worker_program(profile, threads=True, pid=PID, machine=machine)
    named = set(numbers(machine).values())
    answers = {verdict(program, architecture=AUDIT[machine], number=number) for number in set(range(2000)) - named}
    assert answers == {REFUSED | errno.EPERM}


@pytest.mark.parametrize("profile", Profile)
def test_calls_of_another_architecture_kill(profile: Profile) -> None:
    """32-bit calls, whose numbers mean something else, are not even looked at; x32 ones neither."""
    program = worker_program(profile, threads=True, pid=PID, machine="x86_64")
    for number in (0, 1, 20, 39, 60):
        assert verdict(program, architecture=I386, number=number) == KILL
        assert verdict(program, architecture=AUDIT["x86_64"], number=X32 | number) == KILL


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_a_thread_may_be_started_and_nothing_else(machine: str) -> None:
    """Where threads are granted clone makes threads only, in no new namespace; clone3 has glibc fall back to it."""
    allowed = said(machine, Profile.COMPUTE, "clone", THREAD, threads=True)
    assert allowed == ALLOW
    assert said(machine, Profile.COMPUTE, "clone", THREAD) != ALLOW
    for flags in (0, signal.SIGCHLD, THREAD & ~0x10000, THREAD | 0x1000_0000, THREAD | 0x2000, THREAD | 1 << 32):
        assert said(machine, Profile.COMPUTE, "clone", flags, threads=True) != ALLOW
    assert said(machine, Profile.COMPUTE, "clone3", threads=True) == REFUSED | errno.ENOSYS


@given(high=st.integers(min_value=0, max_value=(1 << 32) - 1))
def test_high_bits_make_no_difference_to_ioctl(high: int) -> None:
    """The kernel drops them, so TIOCSTI is refused and TCGETS allowed with any."""
    assert said("x86_64", Profile.FILES, "ioctl", 0, high << 32 | 0x5412) != ALLOW
    assert said("x86_64", Profile.FILES, "ioctl", 0, high << 32 | 0x5401) == ALLOW


@given(pid=WORDS)
def test_limits_are_those_of_the_worker(pid: int) -> None:
    """prlimit reaches nobody but the worker, whom 0 stands for, and signals nobody but itself."""
    assert (said("x86_64", Profile.FILES, "prlimit64", pid) == ALLOW) is (pid & 0xFFFF_FFFF == 0)
    assert (said("x86_64", Profile.FILES, "tgkill", pid) == ALLOW) is (pid & 0xFFFF_FFFF == PID)


@given(address=WORDS.filter(bool))
def test_nothing_is_sent_to_an_address(address: int) -> None:
    """An address anywhere in memory is refused, also one whose low bits are zero."""
    assert said("x86_64", Profile.FILES_AND_TCP, "sendto", 3, 0, 0, 0, address) != ALLOW
    assert said("x86_64", Profile.FILES_AND_TCP, "sendto", 3, 0, 0, 0, 0) == ALLOW


def test_only_plain_tcp_sockets() -> None:
    """Streams of IPv4 and IPv6, blocking or not; no datagrams, no multipath, no other family."""
    stream, unix = socket.SOCK_STREAM, socket.AF_UNIX
    flags = os.O_CLOEXEC | os.O_NONBLOCK
    for family, kind, protocol in ((2, stream, 0), (10, stream | flags, 6)):
        assert said("x86_64", Profile.FILES_AND_TCP, "socket", family, kind, protocol) == ALLOW
    for family, kind, protocol in ((2, stream, 262), (2, 2, 0), (2, 3, 1), (unix, stream, 0), (16, 3, 0), (40, 1, 0)):
        assert said("x86_64", Profile.FILES_AND_TCP, "socket", family, kind, protocol) != ALLOW
    assert said("x86_64", Profile.FILES, "socket", 2, stream, 0) != ALLOW


def test_a_tcp_socket_stays_one() -> None:
    """Its times and sizes can be set, but not the protocol on top, which Landlock would not take for TCP any more."""
    tcp, no_delay, upper_protocol = 6, 1, 31
    assert said("x86_64", Profile.FILES_AND_TCP, "setsockopt", 3, tcp, no_delay) == ALLOW
    assert said("x86_64", Profile.FILES_AND_TCP, "setsockopt", 3, tcp, upper_protocol) != ALLOW


@pytest.mark.parametrize("name", ["open", "openat", "openat2", "mkdir", "unlink", "socket", "connect", "execve"])
def test_what_only_computes_opens_nothing(name: str) -> None:
    """Not even for reading: what it needs is handed over open."""
    assert name not in NUMBERS or said("x86_64", Profile.COMPUTE, name) != ALLOW


def offline(machine: str, architecture: int, number: int, *arguments: int) -> int:
    """What the filter for programs without network says."""
    return verdict(offline_program(machine), architecture=architecture, number=number, arguments=arguments)


@pytest.mark.parametrize(
    ("machine", "architecture", "number"),
    [
        ("x86_64", AUDIT["x86_64"], 41),
        ("x86_64", I386, 359),
        ("aarch64", AUDIT["aarch64"], 198),
        ("aarch64", ARM, 281),
    ],
)
def test_a_program_without_network_makes_unix_sockets_only(machine: str, architecture: int, number: int) -> None:
    """Every other family does not exist for it, in 64 and in 32 bits; all else is allowed but io_uring."""
    families = {family for family in range(100) if offline(machine, architecture, number, family) == ALLOW}
    assert families == {socket.AF_UNIX}
    assert offline(machine, architecture, number, 2) == REFUSED | errno.EAFNOSUPPORT
    assert offline(machine, architecture, 425) == REFUSED | errno.ENOSYS
    assert offline(machine, architecture, 3) == ALLOW


def test_no_other_way_to_a_socket() -> None:
    """The old call that makes sockets of 32-bit programs, x32, and architectures that are not known."""
    assert offline("x86_64", I386, 102) == REFUSED | errno.ENOSYS
    assert offline("x86_64", AUDIT["x86_64"], X32 | 41, socket.AF_INET) == REFUSED | errno.ENOSYS
    assert offline("x86_64", AUDIT["aarch64"], 198, socket.AF_UNIX) == REFUSED | errno.ENOSYS
