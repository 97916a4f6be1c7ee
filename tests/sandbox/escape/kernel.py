"""Ways around the sandbox itself: namespaces, other doors to the kernel, other numbers for the same calls."""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import signal
import sys

from nlsh.sandbox.profiles import Profile
from tests.sandbox.escape.attempt import LIBC, syscall
from tests.sandbox.escape.case import Handed, case
from tests.sandbox.escape.world import World

NEW_USER, NEW_NS, NEW_UTS = 0x1000_0000, 0x0002_0000, 0x0400_0000
_TIOCSTI = 0x5412


def _unshare(flags: int) -> None:
    if LIBC.unshare(flags) < 0:
        raise OSError(ctypes.get_errno(), "unshare")


@case()
def make_a_user_namespace(world: World, handed: Handed) -> None:
    _unshare(NEW_USER)


@case()
def clone_into_a_user_namespace(world: World, handed: Handed) -> None:
    pid = syscall("clone", NEW_USER | signal.SIGCHLD, 0, 0, 0, 0)
    if not pid:
        LIBC._exit(0)
    os.waitpid(pid, 0)


@case()
def mount(world: World, handed: Handed) -> None:
    """In namespaces of its own everybody may mount something."""
    if os.geteuid():
        _unshare(NEW_USER)
    _unshare(NEW_NS)
    if LIBC.mount(b"none", b"/", None, (1 << 18) | (1 << 14), None) < 0:
        raise OSError(ctypes.get_errno(), "mount")


@case(root="only root changes its root")
def change_the_root(world: World, handed: Handed) -> None:
    os.chroot("/")


@case(root="only root joins the namespace of others")
def join_a_namespace(world: World, handed: Handed) -> None:
    other = syscall("pidfd_open", world.victim, 0)
    if LIBC.setns(other, NEW_UTS) < 0:
        raise OSError(ctypes.get_errno(), "setns")


@case(root="only root joins the namespace of others", proc=True)
def join_a_namespace_by_its_file(world: World, handed: Handed) -> None:
    if LIBC.setns(os.open(f"/proc/{world.victim}/ns/uts", os.O_RDONLY), NEW_UTS) < 0:
        raise OSError(ctypes.get_errno(), "setns")


@case()
def make_an_io_uring(world: World, handed: Handed) -> None:
    syscall("io_uring_setup", 1, ctypes.create_string_buffer(120))


@case(root="typing for others takes their terminal", keep=("terminal",))
def type_for_others(world: World, handed: Handed) -> None:
    fcntl.ioctl(handed.terminal, _TIOCSTI, b"x")


@case(root="typing for others takes their terminal", keep=("terminal",))
def type_for_others_with_high_bits(world: World, handed: Handed) -> None:
    """The kernel looks at the low 32 bits of the number."""
    syscall("ioctl", handed.terminal, 0xDEAD_BEEF_0000_0000 | _TIOCSTI, ctypes.create_string_buffer(b"x"))


@case(keep=("terminal",))
def take_a_terminal(world: World, handed: Handed) -> None:
    if os.getsid(0) != os.getpid():
        os.setsid()
    fcntl.ioctl(handed.terminal, 0x540E, 0)


@case()
def filter_itself(world: World, handed: Handed) -> None:
    """A filter of its own could lie to it about what failed."""
    steps = ctypes.create_string_buffer(b"\x06\0\0\0\0\0\xff\x7f", 8)
    program = (ctypes.c_size_t * 2)(1, ctypes.addressof(steps))
    if LIBC.prctl(38, 1, 0, 0, 0) < 0 or LIBC.prctl(22, 2, ctypes.byref(program), 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl")


@case()
def outlive_its_parent(world: World, handed: Handed) -> None:
    if LIBC.prctl(1, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl")


@case()
def put_in_a_key(world: World, handed: Handed) -> None:
    kind, name, value = ctypes.c_char_p(b"user"), ctypes.c_char_p(b"nlsh-escape"), ctypes.c_char_p(b"1")
    syscall("add_key", kind, name, value, ctypes.c_ulong(1), -1)


@case()
def share_memory(world: World, handed: Handed) -> None:
    made = syscall("shmget", 0, 4096, 0o600)
    syscall("shmctl", made, 0, 0)  # nothing of it is left


@case()
def make_a_file_in_memory(world: World, handed: Handed) -> None:
    os.memfd_create("made")


@case(profile=Profile.COMPUTE, grants=())
def map_code(world: World, handed: Handed) -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC).close()


@case(profile=Profile.COMPUTE, grants=())
def open_a_file_where_nothing_is_granted(world: World, handed: Handed) -> None:
    (world.readable / "file").read_bytes()


@case(profile=Profile.COMPUTE, grants=())
def make_a_folder_where_nothing_is_granted(world: World, handed: Handed) -> None:
    (world.writable / "made").mkdir()


def _run(code: bytes) -> int:
    """Run machine code, which is there before anything is confined."""
    with mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as page:
        page.write(code)
        view = ctypes.c_char.from_buffer(page)
        result = int(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(view))())
        del view
        return result


if os.uname().machine == "x86_64" and sys.maxsize > 1 << 32:

    @case(signal=signal.SIGSYS)
    def call_as_32_bits(world: World, handed: Handed) -> None:
        """`int 0x80` with the number of getpid there, which is that of writev here."""
        assert _run(b"\xb8\x14\0\0\0\xcd\x80\xc3") == os.getpid()
