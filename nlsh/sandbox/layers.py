"""The layers that hold a worker: which of them this kernel has, and what is open where one is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from nlsh.sandbox import landlock, seccomp


@dataclass(frozen=True, kw_only=True, slots=True)
class Kernel:
    """What there is to build on: the version of Landlock (0: none), and whether calls can be filtered."""

    landlock: int
    seccomp: bool

    def layers(self) -> Layers:
        """The layers of a worker on this kernel."""
        there = ["no capabilities", "no new privileges"]
        if self.landlock:
            there.append(f"Landlock ABI {self.landlock}")
        if self.seccomp:
            there.append("seccomp")
        missing = [*_landlock_gaps(self.landlock), *([] if self.seccomp else ["no seccomp filter"])]
        return Layers(in_force=tuple(there), missing=tuple(missing))


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """The layers in force, and what a missing one leaves open, each in words."""

    in_force: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def degraded(self) -> bool:
        """Whether a layer is missing, or an old one that holds less."""
        return bool(self.missing)

    def __str__(self) -> str:
        there = ", ".join(self.in_force)
        return f"degraded ({'; '.join(self.missing)}); in force: {there}" if self.missing else f"full ({there})"

    def public(self) -> dict[str, Any]:
        """The layers as JSON."""
        return {"in_force": list(self.in_force), "missing": list(self.missing)}

    @classmethod
    def of(cls, public: Mapping[str, Any]) -> Layers:
        """The layers from what `public` made."""
        return cls(in_force=tuple(public["in_force"]), missing=tuple(public["missing"]))


@cache
def probe() -> Kernel:
    """What the running kernel has. Asked for once: it does not change."""
    return Kernel(landlock=min(landlock.abi(), landlock.NEWEST), seccomp=seccomp.available())


def _landlock_gaps(version: int) -> list[str]:
    if not version:
        return ["no Landlock"]
    gaps = landlock.gaps(version)
    return [f"Landlock ABI {version} does not hold {', '.join(gaps)}"] if gaps else []
