"""The `nlshctl` command: models, plugins, policy, audit log, grants, and what nlsh makes of sentences."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from nlsh import (
    __version__,
    ctl_audit,
    ctl_doctor,
    ctl_grants,
    ctl_model,
    ctl_parse,
    ctl_plugin,
    ctl_policy,
    ctl_route,
    ctl_verbs,
)

_BROKEN_PIPE = 141

app = typer.Typer(
    name="nlshctl",
    help="Looks after nlsh: models, plugins, policy, audit log, grants, and what it makes of sentences.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(ctl_model.app, name="model")
app.add_typer(ctl_policy.app, name="policy")
app.add_typer(ctl_audit.app, name="audit")
app.add_typer(ctl_grants.app, name="grants")
app.add_typer(ctl_plugin.app, name="plugin")
app.command("parse")(ctl_parse.parse)
app.command("route")(ctl_route.route)
app.command("doctor")(ctl_doctor.doctor)
app.command("verbs")(ctl_verbs.verbs)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"nlshctl {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """What stands before the command."""


def main() -> None:
    """Run nlshctl with the arguments of the process."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except BrokenPipeError:
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_BROKEN_PIPE)
