"""Rules on system calls, and the BPF program that a kernel runs for each call to apply them (seccomp(2)).

The program looks at the number and the arguments of a call as they are in registers. It cannot follow pointers, so a
call whose meaning stands in memory is allowed as a whole or not at all.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

ALLOW: Final = 0x7FFF_0000
KILL: Final = 0x8000_0000
_ERRNO: Final = 0x0005_0000

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_IF_EQUAL, _IF_AT_LEAST = 0x15, 0x35
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_LOW: Final = 0xFFFF_FFFF
X32: Final = 0x4000_0000
"""Set in the number of a call of the x32 ABI, which shares the architecture's code."""

Step = tuple[int, int, int, int]
"""An instruction: code, jump if true, jump if false, operand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class When:
    """A condition on one argument: what is left of it under `mask` is one of `values`.

    The kernel reads the arguments that are asked about as 32 bits, whatever stands above them; so does this. With
    `wide` it reads all 64, and those above must be zero.
    """

    argument: int
    mask: int = _LOW
    values: tuple[int, ...] = (0,)
    wide: bool = False

    def steps(self) -> Iterator[Step]:
        """Instructions that go on behind the last one if it holds, and refuse the call if not."""
        place = _ARGUMENTS + 8 * self.argument
        if self.wide:
            yield from ((_LOAD, 0, 0, place + 4), (_IF_EQUAL, 1, 0, 0), refusal(errno.EPERM))
        yield (_LOAD, 0, 0, place)
        if self.mask != _LOW:
            yield (_AND, 0, 0, self.mask)
        for left, value in zip(reversed(range(len(self.values))), self.values, strict=True):
            yield (_IF_EQUAL, left + 1, 0, value & _LOW)
        yield refusal(errno.EPERM)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """What happens to one system call: with `error` it fails with that errno, else it is allowed if all `when` hold."""

    name: str
    when: tuple[When, ...] = ()
    error: int = 0

    def steps(self, number: int) -> tuple[Step, ...]:
        """Instructions for this call, behind which other calls go on."""
        verdict = refusal(self.error) if self.error else (_RETURN, 0, 0, ALLOW)
        inside = (*(step for when in self.when for step in when.steps()), verdict)
        return ((_IF_EQUAL, 0, len(inside), number), *inside)


def refusal(code: int) -> Step:
    """The instruction that makes the call fail with an errno."""
    return (_RETURN, 0, 0, _ERRNO | code)


def refuse_all_but(*parts: bytes, architecture: int) -> bytes:
    """A program that applies the rules of its parts and refuses every other call with EPERM.

    It kills the process for a call of another architecture, 32-bit ones and x32 among them: their numbers mean
    something else.
    """
    head: list[Step] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, 0, 1, X32),
        (_RETURN, 0, 0, KILL),
    ]
    return b"".join((assembled(head), *parts, assembled([refusal(errno.EPERM)])))


def part(rules: Iterable[Rule], numbers: Mapping[str, int]) -> bytes:
    """The part of a program that applies some rules; those on calls that the architecture lacks are left out."""
    return assembled(step for rule in rules if rule.name in numbers for step in rule.steps(numbers[rule.name]))


def assembled(steps: Iterable[Step]) -> bytes:
    """The instructions as the kernel takes them (struct sock_filter)."""
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
