"""What the `nlshctl` commands have in common: where they show things, and how they fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlsh.errors import NlshError

if TYPE_CHECKING:
    from nlsh.render.view import View

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_CANCELLED = 130


@contextmanager
def reported() -> Iterator[View]:
    """Show results and errors as a person reads them; an error ends the command with its exit code."""
    view = terminal_view()
    try:
        yield view
    except NlshError as error:
        view.error(error)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        raise typer.Exit(_CANCELLED) from None


def terminal_view() -> View:
    """Tables on a terminal, aligned text elsewhere."""
    from nlsh.render.view import PlainView, RichView

    if not sys.stdout.isatty():
        return PlainView(sys.stdout, sys.stderr)
    return RichView()


def print_json(value: Any) -> None:
    """One line of JSON that is safe on a terminal, written out at once."""
    from nlsh.render import json_out

    sys.stdout.write(json_out.text(value) + "\n")
    sys.stdout.flush()
