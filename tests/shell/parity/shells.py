"""Runs a piece of shell code in bash and in nlsh, in several forms, and tells what came of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).parent / "cases"
BASH = "bash"
NLSH = str(Path(sys.executable).with_name("nlsh"))
PATIENCE = 60
Env = Mapping[str, str] | Mapping[bytes, bytes] | None
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


def both(words: Sequence[str | bytes], *, stdin: bytes = b"", script: str = "", env: Env = None) -> list[Outcome]:
    """What bash and then nlsh do with these words, `{}` among them standing for the script, in an empty folder.

    `stdin` is what is in the pipe on standard input; the script itself stands there where a word says `<`.
    """
    with tempfile.TemporaryDirectory() as top:
        return [_run((shell, *words), Path(top), stdin, script, env) for shell in (BASH, NLSH)]


def through(wrapper: str, words: Sequence[str]) -> list[Outcome]:
    """What bash and then nlsh do, started by bash code that ends in `exec "$@"`."""
    with tempfile.TemporaryDirectory() as top:
        return [_run(("bash", "-c", wrapper, "_", shell, *words), Path(top), b"", "", None) for shell in (BASH, NLSH)]


def handed(form: str, case: Case) -> list[Outcome]:
    """What bash and then nlsh do with a case in a form."""
    body = case.body
    match form:
        case "c":
            return both(["-c", body.removesuffix("\n")])
        case "file":
            return both(["{}", "one", "two words"], script=body)
        case "pipe":
            return both([], stdin=body.encode())
        case "redirected":
            return both(["<"], script=body)
        case _:
            return both(["-s", "one", "two words"], stdin=body.encode())


def written_slowly(case: Case) -> list[Outcome]:
    """What bash does with a case on standard input, and nlsh while the script is still being written.

    There the shell reads the script by another descriptor, whose name is put right here.
    """
    body = f":;{case.body}"
    with tempfile.TemporaryDirectory() as top:
        bash = _run((BASH,), Path(top), body.encode(), "", None)
        nlsh = _run((NLSH,), Path(top), body.encode(), "", None, slowly=True)
    return [bash, replace(nlsh, err=nlsh.err.replace(b"/dev/fd/9", b"bash"))]


def _write_slowly(process: subprocess.Popen[bytes], body: bytes) -> None:
    """Write the beginning, and the rest when nlsh has become a shell that waits for it."""
    assert process.stdin
    process.stdin.write(body[:2])
    process.stdin.flush()
    while process.poll() is None and b"/dev/fd/" not in Path(f"/proc/{process.pid}/cmdline").read_bytes():
        time.sleep(0.005)
    process.stdin.write(body[2:])


def _run(
    words: Sequence[str | bytes], top: Path, stdin: bytes, script: str, env: Env, *, slowly: bool = False
) -> Outcome:
    home, path = top / "home", top / "script"
    home.mkdir()
    path.write_text(script, encoding="utf-8")
    with path.open("rb") as opened:
        redirected = words[-1] == "<"
        process = subprocess.Popen(
            [str(path) if word == "{}" else word for word in words if word != "<"],
            stdin=opened if redirected else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=home,
            env={**os.environ, "LC_ALL": "C.UTF-8"} if env is None else env,
        )
        try:
            if slowly:
                _write_slowly(process, stdin)
            out, err = process.communicate(None if redirected or slowly else stdin, timeout=PATIENCE)
        finally:
            process.kill()
    files = tuple(sorted(str(each.relative_to(home)) for each in home.rglob("*")))
    shutil.rmtree(home, ignore_errors=True)
    return Outcome(out=out, err=_PID.sub(rb"\1 PID ", err), status=process.returncode, files=files)
