"""`nlshctl doctor`: whether everything that nlsh needs is there and works, and what to do where it does not."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from nlsh.ctl_checks import Check, all_checks
from nlsh.ctl_report import AsJson, print_json, reported
from nlsh.render import safe

_MARKS = {True: "✓", False: "✗", None: "!"}


def doctor(
    quick: Annotated[bool, typer.Option("--quick", help="Do not load the model.")] = False, as_json: AsJson = False
) -> None:
    """Check the model, the sandbox, the policy, the folders and the versions; exit code 1 where something is broken."""
    found: list[Check] = []
    with reported():
        for check in all_checks(load_model=not quick):
            found.append(check)
            if not as_json:
                _show(check)
    broken = any(check.ok is False for check in found)
    if as_json:
        print_json({"ok": not broken, "checks": [check.public() for check in found]})
    raise typer.Exit(1 if broken else 0)


def _show(check: Check) -> None:
    fix = f"\n  {safe.line(check.fix)}" if check.fix else ""
    sys.stdout.write(f"{_MARKS[check.ok]} {check.name}: {safe.line(check.found)}{fix}\n")
    sys.stdout.flush()
