"""Ways to other processes: programs, signals, memory, priorities."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import shutil
import signal
import threading
from pathlib import Path

from nlsh.sandbox.confinement import Limits
from nlsh.sandbox.landlock import Access, Grant
from tests.sandbox.escape.attempt import LIBC, syscall
from tests.sandbox.escape.case import DENIALS, Handed, case
from tests.sandbox.escape.world import SECRET, World

TRUE = os.path.realpath(shutil.which("true") or "/bin/true")
_LOADERS = [str(path) for path in Path("/").glob("lib*/ld-*.so.*")]
_PROGRAMS = (Grant(path="/", access=Access.READ | Access.EXECUTE),)
"""Landlock would let every program run: the filter does not."""
_SEIZE = 0x4206
_MEMORY = 512 << 20


@case(grants=_PROGRAMS)
def become_a_program(world: World, handed: Handed) -> None:
    os.execv(TRUE, [TRUE])


@case(grants=_PROGRAMS)
def become_a_program_by_the_loader(world: World, handed: Handed) -> None:
    os.execv(_LOADERS[0], [_LOADERS[0], TRUE])


@case(grants=_PROGRAMS)
def become_a_program_in_memory(world: World, handed: Handed) -> None:
    made = os.memfd_create("program")
    os.write(made, Path(TRUE).read_bytes())
    os.execve(made, ["true"], {})


@case(grants=_PROGRAMS)
def become_an_open_program(world: World, handed: Handed) -> None:
    os.execve(os.open(TRUE, os.O_RDONLY), ["true"], {})


@case(grants=_PROGRAMS)
def start_a_program(world: World, handed: Handed) -> None:
    os.waitpid(os.posix_spawn(TRUE, [TRUE], {}), 0)


@case()
def signal_a_process(world: World, handed: Handed) -> None:
    os.kill(world.victim, signal.SIGCONT)


@case()
def signal_a_group(world: World, handed: Handed) -> None:
    os.killpg(world.victim, signal.SIGCONT)


@case()
def signal_everybody(world: World, handed: Handed) -> None:
    os.kill(-1, 0)


@case()
def signal_a_thread(world: World, handed: Handed) -> None:
    syscall("tkill", world.victim, signal.SIGCONT)


@case()
def signal_a_thread_of_a_process(world: World, handed: Handed) -> None:
    syscall("tgkill", world.victim, world.victim, signal.SIGCONT)


@case()
def signal_through_a_descriptor(world: World, handed: Handed) -> None:
    signal.pidfd_send_signal(os.pidfd_open(world.victim), signal.SIGCONT)


@case()
def signal_by_way_of_the_kernel(world: World, handed: Handed) -> None:
    """The owner of a descriptor is signalled when there is something to read."""
    reading, _ = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, world.victim)


@case()
def take_a_descriptor(world: World, handed: Handed) -> None:
    syscall("pidfd_getfd", os.pidfd_open(world.victim), 0, 0)


@case()
def trace(world: World, handed: Handed) -> None:
    syscall("ptrace", _SEIZE, world.victim, 0, 0)


@case()
def read_its_memory(world: World, handed: Handed) -> None:
    _vector("process_vm_readv", world)


@case()
def write_its_memory(world: World, handed: Handed) -> None:
    """The same bytes: `SECRET` is at the same address there, for it is a fork."""
    _vector("process_vm_writev", world)


def _vector(name: str, world: World) -> None:
    own = ctypes.create_string_buffer(SECRET)
    place = id(SECRET) + bytes.__basicsize__ - 1
    here = (ctypes.c_size_t * 2)(ctypes.addressof(own), len(SECRET))
    there = (ctypes.c_size_t * 2)(place, len(SECRET))
    one = ctypes.c_ulong(1)
    assert syscall(name, world.victim, ctypes.byref(here), one, ctypes.byref(there), one, 0) == len(SECRET)


@case(proc=True)
def read_its_environment(world: World, handed: Handed) -> None:
    assert Path(f"/proc/{world.victim}/environ").read_bytes()


@case(proc=True)
def open_its_memory(world: World, handed: Handed) -> None:
    os.open(f"/proc/{world.victim}/mem", os.O_RDONLY)


@case(proc=True)
def see_its_files(world: World, handed: Handed) -> None:
    Path(f"/proc/{world.victim}/fd/0").readlink()


@case(proc=True)
def open_its_files(world: World, handed: Handed) -> None:
    os.open(f"/proc/{world.victim}/fd/0", os.O_RDONLY)


@case()
def limit_it(world: World, handed: Handed) -> None:
    resource.prlimit(world.victim, resource.RLIMIT_CORE, (0, 0))


@case()
def renice_it(world: World, handed: Handed) -> None:
    os.setpriority(os.PRIO_PROCESS, world.victim, 19)


@case()
def pin_it(world: World, handed: Handed) -> None:
    os.sched_setaffinity(world.victim, os.sched_getaffinity(0))


@case()
def schedule_it(world: World, handed: Handed) -> None:
    os.sched_setscheduler(world.victim, os.SCHED_BATCH, os.sched_param(0))


@case()
def lower_its_disk_priority(world: World, handed: Handed) -> None:
    syscall("ioprio_set", 1, world.victim, (3 << 13))


@case()
def compare_its_files(world: World, handed: Handed) -> None:
    syscall("kcmp", os.getpid(), world.victim, 0, 0, 0)


@case(errors=DENIALS)
def fork(world: World, handed: Handed) -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)


@case()
def fork_by_clone(world: World, handed: Handed) -> None:
    _forked(lambda: syscall("clone", signal.SIGCHLD, 0, 0, 0, 0))


@case(threads=True)
def fork_where_threads_are_granted(world: World, handed: Handed) -> None:
    _forked(lambda: syscall("clone", signal.SIGCHLD, 0, 0, 0, 0))


@case(errors=frozenset((errno.ENOSYS,)))
def fork_by_clone3(world: World, handed: Handed) -> None:
    arguments = (ctypes.c_uint64 * 8)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    _forked(lambda: syscall("clone3", ctypes.byref(arguments), ctypes.c_ulong(64)))


def _forked(make) -> None:  # type: ignore[no-untyped-def]
    pid = make()
    if not pid:
        LIBC._exit(0)
    os.waitpid(pid, 0)


@case(errors=frozenset((0,)))
def start_a_thread(world: World, handed: Handed) -> None:
    """A RuntimeError of Python where the kernel refuses."""
    threading.Thread(target=int).start()


@case(errors=frozenset((0,)), limits=Limits(memory=_MEMORY))
def take_much_memory(world: World, handed: Handed) -> None:
    """A MemoryError of Python where there is no more."""
    bytearray(_MEMORY)


@case(errors=frozenset((errno.EMFILE,)), limits=Limits(files=64))
def take_many_descriptors(world: World, handed: Handed) -> None:
    for _ in range(100):
        os.dup(1)


@case(errors=frozenset((errno.EFBIG,)), limits=Limits(file_size=1 << 20))
def write_a_large_file(world: World, handed: Handed) -> None:
    with (world.writable / "made").open("wb", buffering=0) as file:
        file.write(bytes(1 << 20))
        file.write(b"x")


@case(signal=signal.SIGKILL, limits=Limits(cpu=1))
def compute_for_long(world: World, handed: Handed) -> None:
    while os.times().user + os.times().system < 1.2:
        sum(range(10000))
