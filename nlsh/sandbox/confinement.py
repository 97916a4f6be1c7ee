"""What a confined process may still do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlsh.sandbox.landlock import Access, Grant
from nlsh.sandbox.layers import Kernel
from nlsh.sandbox.profiles import Profile


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much it may use; None is as much as its parent.

    `memory` is address space in bytes, `file_size` bytes of one file, `files` open descriptors, `cpu` seconds of
    processor time.
    """

    memory: int | None = None
    file_size: int | None = None
    files: int | None = None
    cpu: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Confinement:
    """The grants of a worker: files and folders, TCP ports to connect to, threads, and limits.

    It can start no program and no process, signal nobody, make no socket that is not granted, and change no file's
    owner, mode, times or attributes, wherever that lies.
    """

    profile: Profile = Profile.COMPUTE
    grants: tuple[Grant, ...] = ()
    connect: tuple[int, ...] = ()
    threads: bool = False
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        if self.grants and self.profile is Profile.COMPUTE:
            raise ValueError("a worker that only computes opens no files: it has no use for grants")
        if bool(self.connect) is not (self.profile is Profile.FILES_AND_TCP):
            raise ValueError("ports to connect to go with the profile for TCP, and it with them")

    def unheld(self, kernel: Kernel) -> tuple[str, ...]:
        """Why this kernel cannot hold the worker to these grants, in words; empty where it can.

        seccomp alone holds a worker that opens nothing. One that opens files needs Landlock, of any version: what old
        versions leave open is closed by seccomp. Ports need ABI 4.
        """
        reasons = []
        if not kernel.seccomp:
            reasons.append("there is no seccomp filter to deny it other programs, signals and sockets")
        if self.profile is not Profile.COMPUTE and not kernel.landlock:
            reasons.append("there is no Landlock to hold it to its files")
        if self.connect and kernel.landlock < 4:
            reasons.append("Landlock is too old to hold it to its TCP ports")
        return tuple(reasons)

    def public(self) -> dict[str, Any]:
        """The confinement as JSON."""
        limits = self.limits
        return {
            "profile": self.profile.value,
            "grants": [[grant.path, grant.access.value] for grant in self.grants],
            "connect": list(self.connect),
            "threads": self.threads,
            "limits": [limits.memory, limits.file_size, limits.files, limits.cpu],
        }

    @classmethod
    def of(cls, public: Mapping[str, Any]) -> Confinement:
        """The confinement from what `public` made."""
        memory, file_size, files, cpu = public["limits"]
        return cls(
            profile=Profile(public["profile"]),
            grants=tuple(Grant(path=path, access=Access(access)) for path, access in public["grants"]),
            connect=tuple(public["connect"]),
            threads=public["threads"],
            limits=Limits(memory=memory, file_size=file_size, files=files, cpu=cpu),
        )
