"""`nlshctl parse`: what sentences mean, one a line, without doing anything."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlsh.config import Folders, load
from nlsh.ctl_report import print_json, reported
from nlsh.errors import ModelError, NlshError

if TYPE_CHECKING:
    from nlsh.session import Session


def parse(
    no_route: Annotated[
        bool, typer.Option("--no-route", help="Always ask the model; never take a line for a shell command.")
    ] = False,
    model: Annotated[str, typer.Option(metavar="FILE", help="A model file, or a name of the catalogue.")] = "",
) -> None:
    """Read sentences from standard input, one a line, and print what each means as one JSON object a line."""
    from nlsh.session import open_session

    with reported():
        folders = Folders.of_user()
        settings = load(folders.settings)
        session = open_session(folders, replace(settings, model=model) if model else settings)
        failed: ModelError | None = None
        try:
            for line in _lines():
                command = None if no_route else _command(line)
                meaning, error = (command, None) if command else _meaning(session, line)
                print_json(meaning)
                failed = failed or error
        finally:
            session.close()
        if failed:
            raise failed


def _command(line: str) -> dict[str, Any] | None:
    """The public form of a line that is the shell's, None for any other."""
    from nlsh.intent import Plan
    from nlsh.parser.reading import Reading
    from nlsh.parser.router import route

    routed = route(line)
    if not line.strip() or routed.route != "shell":
        return None
    return Reading(utterance=line, route="shell", plan=Plan(), confidence=1.0, command=routed.line).to_public()


def _meaning(session: Session, line: str) -> tuple[dict[str, Any], ModelError | None]:
    """The public form of the line's reading, with `error` and no plan where there is none; and the model's failure."""
    try:
        return session.understand(line).to_public(), None
    except NlshError as error:
        nothing = {"route": "unknown", "confidence": 0.0, "asks": True, "plan": []}
        return {"utterance": line, **nothing, "error": error.message}, error if isinstance(error, ModelError) else None


def _lines() -> Iterator[str]:
    """Lines as they come, so that a program can ask and wait for each answer; bytes that are not UTF-8 are kept."""
    for raw in iter(sys.stdin.buffer.readline, b""):
        yield os.fsdecode(raw).rstrip("\r\n")
