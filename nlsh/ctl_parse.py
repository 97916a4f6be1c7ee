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
from nlsh.errors import UsageError

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
        try:
            for line in _lines():
                print_json(_meaning(session, line))
        finally:
            session.close()


def _meaning(session: Session, line: str) -> dict[str, Any]:
    """The public form of the line's reading; a line that is no sentence has `error` and no plan."""
    try:
        return session.understand(line).to_public()
    except UsageError as error:
        nothing = {"route": "unknown", "confidence": 0.0, "asks": True, "plan": []}
        return {"utterance": line, **nothing, "error": error.message}


def _lines() -> Iterator[str]:
    """Lines as they come, so that a program can ask and wait for each answer; bytes that are not UTF-8 are kept."""
    for raw in iter(sys.stdin.buffer.readline, b""):
        yield os.fsdecode(raw).rstrip("\r\n")
