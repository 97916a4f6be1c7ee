"""`nlshctl policy`: show the rules in force, and check a policy file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlsh.config import SYSTEM_POLICY, Folders
from nlsh.ctl_report import AsJson, print_json, reported
from nlsh.errors import PolicyFileError, UsageError
from nlsh.result import Column, Result

if TYPE_CHECKING:
    from nlsh.sandbox.policy import Policy
    from nlsh.sandbox.rule import Rule, When

app = typer.Typer(help="The policy: what is allowed, asked about, or denied.", no_args_is_help=True)

_COLUMNS = (
    Column(key="id", title="Rule"),
    Column(key="decision", title="Decision"),
    Column(key="when", title="When"),
    Column(key="reason", title="Reason"),
    Column(key="from", title="From"),
)


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the rules in force: the machine's, your own, and those that nlsh comes with."""
    from nlsh.sandbox.policy import load

    with reported() as view:
        policy = load(system=SYSTEM_POLICY, user=Folders.of_user().policy)
        rows = list(_rows(policy))
        if as_json:
            print_json({"rules": rows, "errors": [error.message for error in policy.errors]})
        else:
            view.result(Result(verb="policy.show", shape="table", columns=_COLUMNS, rows=tuple(rows)))
        for error in policy.errors:
            view.error(error)
        if policy.errors:
            raise typer.Exit(PolicyFileError.exit_code)


@app.command()
def check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy file.")]) -> None:
    """Check a policy file, its own examples included; exit code 1 and the line where it is wrong."""
    from nlsh.sandbox.policy_file import read

    with reported() as view:
        try:
            rules = read(file)
        except FileNotFoundError:
            raise UsageError(f"there is no file {file}", hint="give the path of a policy file") from None
        view.result(Result(verb="policy.check", message=f"{file}: {len(rules)} rules, all well"))


def _rows(policy: Policy) -> Iterator[dict[str, Any]]:
    for level in ("system", "user", "default"):
        for rule in getattr(policy, level):
            yield {
                "id": rule.id,
                "decision": decision(rule),
                "when": conditions(rule.when),
                "reason": rule.reason,
                "from": f"{rule.source}:{rule.line}" if rule.line else rule.source,
                "level": level,
            }


def decision(rule: Rule) -> str:
    """What a rule says, in words."""
    how = ", by the word" if rule.by_word else ""
    return f"{rule.outcome.value}{how}{', in person' if rule.in_person else ''}"


def conditions(when: When) -> str:
    """The conditions that matter, in the words of a policy file."""
    stated = [(field.name, getattr(when, field.name)) for field in fields(when)]
    return "; ".join(f"{name} {_words(value)}" for name, value in stated if value is not None) or "always"


def _words(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(getattr(item, "value", item)) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "over"):
        most = f" up to {value.up_to}" if value.up_to is not None else ""
        return f"over {value.over}{most}" if value.over >= 0 else most.strip()
    return f"{_clock(value.start)} to {_clock(value.end)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
