"""`nlshctl grants`: what you have allowed for a while, and how to take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nlsh.config import Folders
from nlsh.ctl_report import AsJson, print_json, reported
from nlsh.result import Column, Result, Unit

if TYPE_CHECKING:
    from nlsh.sandbox.grants import Grants

app = typer.Typer(help="Grants: what you have allowed for a while.", no_args_is_help=True)

_COLUMNS = (
    Column(key="id", title="Grant"),
    Column(key="effect", title="Effect"),
    Column(key="verb", title="Verb"),
    Column(key="name", title="Name"),
    Column(key="until", title="Until", unit=Unit.TIME),
)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the grants that last beyond a session."""
    with reported() as view:
        rows = tuple({column.key: getattr(grant, column.key) for column in _COLUMNS} for grant in _grants().list())
        if as_json:
            print_json({"grants": rows})
        elif rows:
            view.result(Result(verb="grants.list", shape="table", columns=_COLUMNS, rows=rows))
        else:
            view.result(Result(verb="grants.list", message="there are no grants"))


@app.command()
def revoke(id: Annotated[str, typer.Argument(metavar="GRANT", help="As `nlshctl grants list` names it.")]) -> None:
    """Take a grant back."""
    with reported() as view:
        grant = _grants().revoke(id)
        view.result(Result(verb="grants.revoke", message=f"{grant.verb} is asked about again ({grant.id} is gone)"))


def _grants() -> Grants:
    from nlsh.clock import SystemClock
    from nlsh.sandbox.grants import Grants

    return Grants(Folders.of_user().grants, SystemClock())
