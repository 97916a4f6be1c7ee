"""Runs a filter as the kernel does, so that filters of another architecture can be tested on this one."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def verdict(program: bytes, *, architecture: int, number: int, arguments: Sequence[int] = ()) -> int:
    """What the filter says to a system call: the action, with the errno in its low 16 bits."""
    words = [number, architecture, 0, 0]
    for argument in (*arguments, 0, 0, 0, 0, 0, 0)[:6]:
        words += [argument & 0xFFFF_FFFF, argument >> 32 & 0xFFFF_FFFF]
    steps = [struct.unpack_from("=HBBI", program, place) for place in range(0, len(program), 8)]
    value, place = 0, 0
    while True:
        code, yes, no, operand = steps[place]
        place += 1
        if code == 0x20:
            value = words[operand // 4]
        elif code == 0x54:
            value &= operand
        elif code == 0x15:
            place += yes if value == operand else no
        elif code == 0x35:
            place += yes if value >= operand else no
        else:
            assert code == 0x06, f"unknown instruction {code:#x}"
            return operand
