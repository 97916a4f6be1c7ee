"""nlsh does with shell code what bash does: the same bytes, status, signals and files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from shells import Case, cases, handed, written_slowly

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_nlsh_does_what_bash_does(case: Case) -> None:
    """In every form that makes sense for the case."""
    with ThreadPoolExecutor(len(case.forms)) as pool:
        outcomes = list(pool.map(lambda form: handed(form, case), case.forms))
    for form, (bash, nlsh) in zip(case.forms, outcomes, strict=True):
        assert nlsh == bash, form


SLOWLY = [
    case
    for case in CASES
    if case.group in ("stdin", "heredocs", "redirections")
    and case.name not in ("dollar zero", "a syntax error ends it")
]
"""But for $-, which has no s there, and for the text of a line that is wrong, which has a blank before it."""


@pytest.mark.parametrize("case", SLOWLY, ids=lambda case: f"{case.group}: {case.name}")
def test_a_script_may_be_written_while_it_runs(case: Case) -> None:
    """Then too each command finds its input where bash leaves it."""
    bash, nlsh = written_slowly(case)
    assert nlsh == bash


def test_there_are_many_cases() -> None:
    """At least 200, each with a name of its own."""
    assert len({(case.group, case.name) for case in CASES}) == len(CASES) >= 200
