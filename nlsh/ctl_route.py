"""`nlshctl route`: who would get each line, the shell or the model, without running either."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import Annotated, Literal

import typer

from nlsh.parser.router import route as decide


class Mode(StrEnum):
    """Where the lines come from."""

    c = "c"
    repl = "repl"


def route(
    mode: Annotated[Mode, typer.Option(help="As `nlsh -c` decides, or as the prompt does, which asks more.")] = Mode.c,
) -> None:
    """Read lines from standard input and print `shell`, `intent` or `ask`, a tab and the line.

    It goes by the lines alone, so that the answer is the same on every machine.
    """
    chosen: Literal["c", "repl"] = mode.value
    for raw in iter(sys.stdin.buffer.readline, b""):
        line = raw.rstrip(b"\r\n")
        routed = decide(os.fsdecode(line), mode=chosen)
        sys.stdout.buffer.write(routed.route.encode() + b"\t" + line + b"\n")
        sys.stdout.buffer.flush()
