"""Runs a piece of shell code in bash and in nlsh, in several forms, and tells what came of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
BASH = ("bash",)
NLSH = (str(Path(sys.executable).with_name("nlsh")),)
PATIENCE = 60
_PID = re.compile(rb"(line \d+:) +\d+ ")
"""Process ids differ from run to run; bash writes one where it tells of a job that a signal has ended."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a shell did: both streams, its status (-n for signal n), and the files that it left."""

    out: bytes
    err: bytes
    status: int
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Shell code with the name of the case and of its group."""

    group: str
    name: str
    body: str

    @property
    def forms(self) -> tuple[str, ...]:
        """The ways to hand it over that make sense for it."""
        return ("pipe", "redirected", "s") if self.group == "stdin" else ("c", "file", "pipe")


def cases() -> Iterator[Case]:
    """Every case of the files in `cases`."""
    for path in sorted(FOLDER.glob("*.sh")):
        for part in path.read_text(encoding="utf-8").split("### ")[1:]:
            name, _, body = part.partition("\n")
            yield Case(group=path.stem, name=name.partition(" | ")[0], body=body)


def run(shell: tuple[str, ...], form: str, body: str, *, env: Mapping[str, str] | None = None) -> Outcome:
    """Hand the code over in that form, in an empty folder that has the same name for every shell."""
    with tempfile.TemporaryDirectory() as top:
        return _run(shell, form, body, Path(top), {**os.environ, **(env or {})})


def both(form: str, body: str) -> tuple[Outcome, Outcome]:
    """What bash does, and what nlsh does."""
    with tempfile.TemporaryDirectory() as top:
        results = [_run(shell, form, body, Path(top), dict(os.environ)) for shell in (BASH, NLSH)]
    return results[0], results[1]


def _run(shell: tuple[str, ...], form: str, body: str, top: Path, env: dict[str, str]) -> Outcome:
    home = top / "home"
    home.mkdir()
    (top / "script").write_text(body, encoding="utf-8")
    words, stdin = _FORMS[form](body, top)
    with open(top / "script", "rb") if stdin is None else tempfile.TemporaryFile() as given:
        pipe = stdin is not None
        process = subprocess.Popen(
            [*shell, *words],
            stdin=subprocess.PIPE if pipe else given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=home,
            env={**env, "LC_ALL": "C.UTF-8"},
        )
        try:
            out, err = process.communicate(stdin, timeout=PATIENCE)
        finally:
            process.kill()
    files = tuple(sorted(str(path.relative_to(home)) for path in home.rglob("*")))
    shutil.rmtree(home)
    return Outcome(out=out, err=_PID.sub(rb"\1 PID ", err), status=process.returncode, files=files)


_FORMS: dict[str, Callable[[str, Path], tuple[list[str], bytes | None]]] = {
    "c": lambda body, top: (["-c", body.removesuffix("\n")], b""),
    "file": lambda body, top: ([str(top / "script"), "one", "two words"], b""),
    "pipe": lambda body, top: ([], body.encode()),
    "redirected": lambda body, top: ([], None),
    "s": lambda body, top: (["-s", "one", "two words"], body.encode()),
}
"""For each form the words after the shell and what is on its standard input; None is the script itself, as a file."""
