"""What a verb does to the world, and what it needs to be allowed to do it."""

from __future__ import annotations

import enum


class Effect(enum.Enum):
    """How far an act reaches, mildest first; effects compare by that order."""

    READ = "read"
    CHANGE = "change"
    DESTROY = "destroy"

    @property
    def rank(self) -> int:
        """0 for a read, 1 for a change that can be undone, 2 for what cannot."""
        return ("read", "change", "destroy").index(self.value)

    def __lt__(self, other: Effect) -> bool:
        return self.rank < other.rank

    def __le__(self, other: Effect) -> bool:
        return self.rank <= other.rank


CAPABILITIES = {
    "proc.read": "see processes",
    "proc.signal": "send signals to processes",
    "proc.priority": "change the priority and CPU affinity of processes",
    "proc.limit": "limit the CPU, memory and files of processes",
    "proc.spawn": "start programs",
    "fs.read": "read files below a path",
    "fs.write": "change files below a path",
    "net.connect": "connect to a host",
    "exec": "run one program",
    "secret": "read a secret that was set for it",
    "service.control": "start and stop services",
    "power.control": "shut down, restart or suspend the machine",
}
"""Capability to its meaning in words. `fs.*`, `net.connect`, `exec` and `secret` come with `:` and what they reach."""


def capability(text: str) -> str:
    """Return `text` if it names a capability (`proc.read`, `fs.read:/var/log`), else raise ValueError."""
    base, colon, reach = text.partition(":")
    scoped = base in ("fs.read", "fs.write", "net.connect", "exec", "secret")
    if base not in CAPABILITIES or scoped != bool(colon and reach):
        raise ValueError(f"not a capability: {text!r}")
    return text
