"""What there is to escape to: files, sockets and a process of the same user, all outside of what is granted."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nlsh.sandbox.confinement import Confinement
from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.profiles import Profile
from nlsh.sandbox.system import prctl

SECRET = b"the secret"
PR_SET_DUMPABLE = 4


@dataclass(frozen=True, kw_only=True)
class World:
    """Folders of a user, of which one may be read and one written, and things outside of both.

    `victim` is a process of that user that has SECRET in its environment; `tcp` a port that somebody listens at, `udp`
    one that takes datagrams; `stream` and `datagram` are unix sockets outside, `abstract` names of two without a path.
    """

    uid: int
    root: Path
    victim: int
    tcp: int
    udp: int
    abstract_stream: str
    abstract_datagram: str

    @property
    def readable(self) -> Path:
        """A folder that is granted for reading."""
        return self.root / "readable"

    @property
    def writable(self) -> Path:
        """A folder that is granted for reading and writing."""
        return self.root / "writable"

    @property
    def outside(self) -> Path:
        """A folder of the same user that is not granted."""
        return self.root / "outside"

    @property
    def secret(self) -> Path:
        """A file in there."""
        return self.outside / "secret"

    @property
    def stream(self) -> str:
        """A unix stream socket in there."""
        return str(self.outside / "stream")

    @property
    def datagram(self) -> str:
        """A unix datagram socket in there."""
        return str(self.outside / "datagram")

    def confinement(self, **more: object) -> Confinement:
        """The two folders, and nothing else."""
        given = {"profile": Profile.FILES, "grants": self.grants, **more}
        return Confinement(**given)  # type: ignore[arg-type]

    @property
    def grants(self) -> tuple[Grant, ...]:
        """The two folders."""
        return (
            Grant(path=str(self.readable), access=Access.READ),
            Grant(path=str(self.writable), access=Access.READ | Access.WRITE),
        )

    def reset(self) -> None:
        """Put the files back, whatever an attempt did to them."""
        for folder in (self.readable, self.writable, self.outside):
            for entry in folder.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                elif str(entry) not in (self.stream, self.datagram):
                    entry.unlink()
        for path in (self.secret, self.outside / "other", self.readable / "file", self.writable / "file"):
            path.write_bytes(SECRET)
            os.chown(path, self.uid, self.uid)
        for path in (self.outside / "folder", self.writable / "folder"):
            path.mkdir()
            os.chown(path, self.uid, self.uid)


@contextmanager
def world(uid: int) -> Iterator[World]:
    """A world of this user; it is below /tmp, because the home of root is closed to others."""
    root = Path(tempfile.mkdtemp(prefix="nlsh-escape-"))
    root.chmod(0o755)
    names = f"nlsh-escape-{os.getpid()}-{uid}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX) as stream,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagram,
        socket.socket(socket.AF_UNIX) as abstract_stream,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as abstract_datagram,
    ):
        udp.bind(("127.0.0.1", 0))
        made = World(
            uid=uid,
            root=root,
            victim=_victim(uid),
            tcp=tcp.getsockname()[1],
            udp=udp.getsockname()[1],
            abstract_stream=f"\0{names}-stream",
            abstract_datagram=f"\0{names}-datagram",
        )
        for folder in (made.readable, made.writable, made.outside):
            folder.mkdir()
            os.chown(folder, uid, uid)
        for bound, name in (
            (stream, made.stream),
            (datagram, made.datagram),
            (abstract_stream, made.abstract_stream),
            (abstract_datagram, made.abstract_datagram),
        ):
            bound.bind(name)
            if not name.startswith("\0"):
                os.chown(name, uid, uid)
        for listening in (stream, abstract_stream):
            listening.listen(64)
        for receiving in (udp, datagram, abstract_datagram):
            receiving.setblocking(False)
        try:
            yield made
        finally:
            os.kill(made.victim, signal.SIGKILL)
            os.waitpid(made.victim, 0)
            shutil.rmtree(root)


def become(uid: int) -> None:
    """Be this user, without exec, so that it does not matter which files that user may read."""
    if uid != os.geteuid():
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    prctl(PR_SET_DUMPABLE, 1)


def _victim(uid: int) -> int:
    """A process of that user with a group of its own. The null device is its file 0."""
    there, ready = os.pipe()
    pid = os.fork()
    if not pid:
        os.setsid()
        become(uid)
        os.dup2(os.open(os.devnull, os.O_RDWR), 0)
        os.write(ready, b"1")
        while True:
            time.sleep(60)
    os.read(there, 1)
    os.close(there)
    os.close(ready)
    return pid
