"""Ways to files that are not granted, and ways to change what is granted for reading only."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

from tests.sandbox.escape.attempt import LIBC, syscall
from tests.sandbox.escape.case import DENIALS, Handed, case
from tests.sandbox.escape.world import SECRET, World

CROSSING = DENIALS | {errno.EXDEV}
"""Landlock refuses what crosses folders as if they were on two disks."""
_HERE = -100


def _read(path: object) -> None:
    assert Path(str(path)).read_bytes() == SECRET


@case()
def read_outside(world: World, handed: Handed) -> None:
    _read(world.secret)


@case()
def list_outside(world: World, handed: Handed) -> None:
    assert list(world.outside.iterdir())


@case()
def write_outside(world: World, handed: Handed) -> None:
    world.secret.write_bytes(b"changed")


@case()
def append_outside(world: World, handed: Handed) -> None:
    with world.secret.open("ab") as file:
        file.write(b"more")


@case()
def write_what_is_to_be_read(world: World, handed: Handed) -> None:
    (world.readable / "file").write_bytes(b"changed")


@case()
def truncate_by_name(world: World, handed: Handed) -> None:
    os.truncate(world.readable / "file", 0)


@case()
def truncate_by_opening(world: World, handed: Handed) -> None:
    os.open(world.readable / "file", os.O_WRONLY | os.O_TRUNC)


@case()
def truncate_by_opening_to_read(world: World, handed: Handed) -> None:
    os.open(world.readable / "file", os.O_RDONLY | os.O_TRUNC)
    assert not (world.readable / "file").stat().st_size


@case()
def make_a_file_outside(world: World, handed: Handed) -> None:
    (world.outside / "made").write_bytes(b"")


@case()
def make_a_file_where_one_may_read(world: World, handed: Handed) -> None:
    (world.readable / "made").write_bytes(b"")


@case()
def make_a_folder_outside(world: World, handed: Handed) -> None:
    (world.outside / "made").mkdir()


@case()
def make_a_link_outside(world: World, handed: Handed) -> None:
    (world.outside / "made").symlink_to("secret")


@case()
def make_a_pipe_outside(world: World, handed: Handed) -> None:
    os.mkfifo(world.outside / "made")


@case(root="only root makes device nodes")
def make_a_device(world: World, handed: Handed) -> None:
    os.mknod(world.writable / "made", 0o600 | 0o060000, os.makedev(8, 0))


@case()
def remove_outside(world: World, handed: Handed) -> None:
    world.secret.unlink()


@case()
def remove_a_folder_outside(world: World, handed: Handed) -> None:
    (world.outside / "folder").rmdir()


@case(errors=CROSSING)
def link_the_outside_in(world: World, handed: Handed) -> None:
    os.link(world.secret, world.writable / "made")
    _read(world.writable / "made")


@case(errors=CROSSING)
def link_the_inside_out(world: World, handed: Handed) -> None:
    os.link(world.writable / "file", world.outside / "made")


@case(errors=CROSSING)
def rename_the_outside_in(world: World, handed: Handed) -> None:
    world.secret.rename(world.writable / "made")


@case(errors=CROSSING)
def rename_the_inside_out(world: World, handed: Handed) -> None:
    (world.writable / "file").rename(world.outside / "made")


@case(errors=CROSSING)
def rename_from_where_one_may_only_read(world: World, handed: Handed) -> None:
    (world.readable / "file").rename(world.writable / "made")


@case(errors=CROSSING)
def exchange_with_the_outside(world: World, handed: Handed) -> None:
    here, there = os.fsencode(world.writable / "file"), os.fsencode(world.secret)
    if LIBC.renameat2(_HERE, here, _HERE, there, 2) < 0:
        raise OSError(ctypes.get_errno(), "renameat2")


@case()
def follow_a_link_out(world: World, handed: Handed) -> None:
    (world.writable / "made").symlink_to(world.secret)
    _read(world.writable / "made")


@case()
def climb_out(world: World, handed: Handed) -> None:
    _read(f"{world.readable}/../outside/secret")


@case()
def climb_out_of_the_working_folder(world: World, handed: Handed) -> None:
    os.chdir(world.outside)
    _read("secret")


@case()
def through_the_root_of_proc(world: World, handed: Handed) -> None:
    _read(f"/proc/self/root{world.secret}")


@case(proc=True)
def through_the_root_of_proc_with_proc_granted(world: World, handed: Handed) -> None:
    _read(f"/proc/self/root{world.secret}")


@case(proc=True)
def through_the_root_of_another(world: World, handed: Handed) -> None:
    _read(f"/proc/{world.victim}/root{world.secret}")


@case(errors=frozenset((errno.EBADF,)))
def a_descriptor_that_was_left_open(world: World, handed: Handed) -> None:
    assert os.read(handed.secret, 100) == SECRET


@case(keep=("folder",))
def through_a_folder_that_was_handed_over(world: World, handed: Handed) -> None:
    assert os.read(os.open("secret", os.O_RDONLY, dir_fd=handed.folder), 100) == SECRET


@case(keep=("folder",))
def above_a_folder_that_was_handed_over(world: World, handed: Handed) -> None:
    assert os.read(os.open("../outside/secret", os.O_RDONLY, dir_fd=handed.folder), 100) == SECRET


@case(keep=("secret",))
def open_again_for_writing(world: World, handed: Handed) -> None:
    os.write(os.open(f"/proc/self/fd/{handed.secret}", os.O_WRONLY), b"changed")


@case(keep=("secret",), proc=True)
def open_again_for_writing_with_proc_granted(world: World, handed: Handed) -> None:
    os.write(os.open(f"/proc/self/fd/{handed.secret}", os.O_WRONLY), b"changed")


@case(errors=CROSSING, keep=("secret",))
def link_a_descriptor_in(world: World, handed: Handed) -> None:
    """linkat with AT_SYMLINK_FOLLOW gives a file that was handed over for reading a name in a folder to write in."""
    old, new = (os.fsencode(path) for path in (f"/proc/self/fd/{handed.secret}", world.writable / "made"))
    if LIBC.linkat(_HERE, old, _HERE, new, 0x400) < 0:
        raise OSError(ctypes.get_errno(), "linkat")
    (world.writable / "made").write_bytes(b"changed")


@case(errors=frozenset((errno.ENOSYS, errno.EPERM)))
def with_openat2(world: World, handed: Handed) -> None:
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, 0)
    syscall("openat2", _HERE, ctypes.c_char_p(os.fsencode(world.secret)), ctypes.byref(how), ctypes.c_ulong(24))


@case(root="only root opens files by handle")
def with_a_handle(world: World, handed: Handed) -> None:
    handle, mount = ctypes.create_string_buffer(136), ctypes.c_int()
    ctypes.c_uint.from_buffer(handle).value = 128
    path = ctypes.c_char_p(os.fsencode(world.secret))
    syscall("name_to_handle_at", _HERE, path, handle, ctypes.byref(mount), ctypes.c_ulong(0))
    assert os.read(syscall("open_by_handle_at", handed.folder, handle, os.O_RDONLY), 100) == SECRET


# --- what Landlock does not judge, so that the filter must ---


@case()
def change_a_mode(world: World, handed: Handed) -> None:
    world.secret.chmod(0o666)


@case()
def change_a_mode_inside(world: World, handed: Handed) -> None:
    (world.writable / "file").chmod(0o4777)


@case(keep=("secret",))
def change_the_mode_of_a_descriptor(world: World, handed: Handed) -> None:
    os.fchmod(handed.secret, 0o666)


@case()
def change_a_mode_with_fchmodat2(world: World, handed: Handed) -> None:
    syscall("fchmodat2", _HERE, ctypes.c_char_p(os.fsencode(world.secret)), 0o666, 0)


@case()
def change_an_owner(world: World, handed: Handed) -> None:
    os.chown(world.secret, world.uid, world.uid)


@case(keep=("secret",))
def change_the_owner_of_a_descriptor(world: World, handed: Handed) -> None:
    os.fchown(handed.secret, world.uid, world.uid)


@case()
def change_times(world: World, handed: Handed) -> None:
    os.utime(world.secret, (0, 0))


@case(keep=("secret",))
def change_the_times_of_a_descriptor(world: World, handed: Handed) -> None:
    os.utime(handed.secret, (0, 0))


@case()
def set_an_attribute(world: World, handed: Handed) -> None:
    os.setxattr(world.secret, "user.nlsh", b"1")


@case()
def set_an_attribute_with_setxattrat(world: World, handed: Handed) -> None:
    value = ctypes.create_string_buffer(b"1")
    args = (ctypes.c_uint64 * 2)(ctypes.addressof(value), 1)
    path, name = ctypes.c_char_p(os.fsencode(world.secret)), ctypes.c_char_p(b"user.nlsh")
    syscall("setxattrat", _HERE, path, 0, name, ctypes.byref(args), ctypes.c_ulong(16))


@case()
def remove_an_attribute(world: World, handed: Handed) -> None:
    """There is none to remove, which only an attempt that is let through can find out."""
    try:
        os.removexattr(world.secret, "user.nothing")
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise


@case()
def remove_an_attribute_with_removexattrat(world: World, handed: Handed) -> None:
    path, name = ctypes.c_char_p(os.fsencode(world.secret)), ctypes.c_char_p(b"user.nothing")
    try:
        syscall("removexattrat", _HERE, path, 0, name)
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise


@case()
def change_times_with_another_call(world: World, handed: Handed) -> None:
    syscall("utimensat", _HERE, ctypes.c_char_p(os.fsencode(world.secret)), None, 0)


@case()
def watch_a_file(world: World, handed: Handed) -> None:
    watcher = LIBC.inotify_init1(0)
    if watcher < 0 or LIBC.inotify_add_watch(watcher, os.fsencode(world.secret), 0xFFF) < 0:
        raise OSError(ctypes.get_errno(), "inotify")
