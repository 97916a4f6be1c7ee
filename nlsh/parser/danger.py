"""The programs that no sentence may reach by mistake, because what they do is not undone."""

from __future__ import annotations

DANGEROUS = frozenset("kill pkill killall reboot shutdown halt poweroff rm dd mkfs mount umount service".split())


def dangerous(name: str) -> bool:
    """Whether a sentence must not reach the program by mistake."""
    base = name.rsplit("/", 1)[-1]
    return base in DANGEROUS or base.startswith("mkfs.")
