"""nlsh in a folder that every account can reach, whoever owns the checkout and the interpreter that run the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"

AT_THE_PROMPT = ("platformdirs", "prompt_toolkit", "psutil", "rich")
"""What nlsh needs there; no model runs in these tests."""


def install(place: Path) -> Path:
    """The interpreter of a new virtual environment below `place` that has nlsh and what it needs at the prompt."""
    environment = place / "venv"
    subprocess.run([_interpreter(), "-m", "venv", "--without-pip", environment], check=True)
    packages = environment / "lib" / VERSION / "site-packages"
    seen: set[str] = set()
    for name in AT_THE_PROMPT:
        _needed(name, seen)
    for name in sorted(seen):
        found = distribution(name)
        for file in found.files or ():
            if file.parts[0] != "..":
                _link(Path(str(found.locate_file(file))), packages / file)
    ignored = shutil.ignore_patterns("__pycache__", "*.gguf")
    shutil.copytree(ROOT / "nlsh", packages / "nlsh", ignore=ignored)
    shutil.copytree(ROOT / "plugins", packages / "nlsh" / "bundled", ignore=ignored)
    subprocess.run(["chmod", "-R", "a+rX", packages / "nlsh"], check=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-I", "-c", "import nlsh.shell.converse, nlsh.cli, nlsh.session"], check=True)
    return python


def _interpreter() -> Path:
    own = Path(sys._base_executable).resolve()  # type: ignore[attr-defined]
    for each in (own, Path("/usr/bin") / VERSION):
        if each.exists() and all(folder.stat().st_mode & 0o001 for folder in (each, *each.parents)):
            return each
    pytest.skip(f"{own} is closed to other accounts, and /usr/bin has no {VERSION}")


def _needed(name: str, seen: set[str]) -> None:
    """Add the names of a distribution and of what it depends on."""
    name = canonicalize_name(name)
    if name not in seen:
        seen.add(name)
        for requirement in map(Requirement, distribution(name).requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                _needed(requirement.name, seen)


def _link(source: Path, target: Path) -> None:
    if not source.exists() or target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another disk
        shutil.copy2(source, target)
