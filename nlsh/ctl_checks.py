"""What `nlshctl doctor` looks at: each check says what it found and, where that is not well, what to do."""

from __future__ import annotations

import os
import platform
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from nlsh import __version__
from nlsh.config import SYSTEM_POLICY, Folders, Settings, load
from nlsh.errors import NlshError

_PARTS = ("llama-cpp-python", "llguidance", "numpy", "psutil", "prompt_toolkit", "rich")
_LIBRARIES = ("llama_cpp", "llguidance", "psutil")
_PATIENCE = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One finding: `ok` is True for well, False for broken, None for something to know. `fix` is the next step."""

    name: str
    ok: bool | None
    found: str
    fix: str = ""

    def public(self) -> dict[str, Any]:
        """The finding as JSON."""
        return {"name": self.name, "ok": self.ok, "found": self.found, "fix": self.fix}


def all_checks(*, load_model: bool) -> Iterator[Check]:
    """All findings in turn; with `load_model` the model is loaded and asked something, which takes seconds."""
    folders = Folders.of_user()
    yield versions()
    for name in _LIBRARIES:
        yield library(name)
    yield settings_file(folders)
    for title in ("config", "data", "state", "cache"):
        yield folder(title, getattr(folders, title))
    yield policy(folders)
    yield audit_log(folders)
    yield private("history", folders.history)
    yield sandbox()
    yield plugins(folders)
    yield from model(folders, load_model=load_model)


def versions() -> Check:
    """What runs here."""
    parts = ", ".join(f"{name} {_version(name)}" for name in _PARTS)
    kernel = f"{platform.system()} {platform.release()} {platform.machine()}"
    return Check(
        name="versions", ok=True, found=f"nlsh {__version__}, Python {platform.python_version()}, {parts}, {kernel}"
    )


def library(name: str) -> Check:
    """Whether a compiled library loads: in a process of its own, because one built for another processor kills it."""
    try:
        run = subprocess.run(
            [sys.executable, "-c", f"import {name}"], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        reason = (run.stderr.strip().splitlines() or [f"its process ended with {run.returncode}"])[-1]
    except subprocess.TimeoutExpired:
        return Check(name=name, ok=False, found=f"does not load within {_PATIENCE} s")
    if run.returncode == 0:
        return Check(name=name, ok=True, found="loads")
    return Check(name=name, ok=False, found=f"does not load: {reason}", fix="install nlsh again, for this machine")


def settings_file(folders: Folders) -> Check:
    """Whether the settings can be read."""
    there = str(folders.settings) if folders.settings.exists() else "all defaults"
    return _tried("settings", lambda: (load(folders.settings), there)[1])


def folder(title: str, path: Path) -> Check:
    """Whether nlsh can write to one of its folders, and only its owner too."""
    name = f"{title} folder"
    nearest = next(each for each in (path, *path.parents) if each.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Check(name=name, ok=False, found=f"{path} cannot be written", fix=f"make {nearest} yours and writable")
    if path.exists() and path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return Check(name=name, ok=False, found=f"{path} can be written by others", fix=f"chmod go-w {path}")
    return Check(name=name, ok=True, found=str(path))


def private(title: str, path: Path) -> Check:
    """Whether nobody but its owner can read a file."""
    if not path.exists():
        return Check(name=title, ok=True, found=f"{path} is not there yet")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Check(name=title, ok=False, found=f"{path} can be read by others", fix=f"chmod 600 {path}")
    return Check(name=title, ok=True, found=str(path))


def policy(folders: Folders) -> Check:
    """Whether the policy files can be read."""
    from nlsh.sandbox.policy import load as load_policy

    rules = load_policy(system=SYSTEM_POLICY, user=folders.policy)
    for error in rules.errors:
        return _wrong("policy", error)
    counts = f"{len(rules.system)} of the machine, {len(rules.user)} of your own, {len(rules.default)} of nlsh"
    return Check(name="policy", ok=True, found=f"rules: {counts}")


def audit_log(folders: Folders) -> Check:
    """Whether the audit log is whole and private."""
    from nlsh.sandbox.audit import verify

    def found() -> str:
        chain = verify(folders.audit)
        if chain.fault:
            raise NlshError(f"line {chain.fault.line}: {chain.fault.reason}", hint="nlshctl audit verify")
        return f"{chain.records} records, all whole"

    whole = _tried("audit log", found)
    return whole if whole.ok is False else _first_bad(private("audit log", folders.audit), whole)


def sandbox() -> Check:
    """The layers that this kernel has to hold workers; less than everything is no fault, but to be known."""
    from nlsh.sandbox.layers import probe

    layers = probe().layers()
    fix = "a newer kernel, or a container that hides less of it; see docs/security.md" if layers.degraded else ""
    return Check(name="sandbox", ok=None if layers.degraded else True, found=str(layers), fix=fix)


def plugins(folders: Folders) -> Check:
    """Whether every plugin that is used can be; a verb of one that cannot is not understood."""
    from nlsh.plugin.host import Host
    from nlsh.session import full_registry, plugin_places

    host = Host(plugin_places(folders))
    try:
        registry, wrong = full_registry(host)
    finally:
        host.close()
    if wrong:
        return Check(name="plugins", ok=False, found="; ".join(wrong), fix="nlshctl plugin list")
    used = {verb.plugin for verb in registry if verb.plugin}
    return Check(name="plugins", ok=True, found=", ".join(sorted(used)) or "none is used")


def model(folders: Folders, *, load_model: bool) -> Iterator[Check]:
    """Whether there is a model, and whether it answers."""
    from nlsh.models.catalogue import Catalogue
    from nlsh.models.store import Store

    try:
        chosen = Store(folders.models, Catalogue.load()).resolve(_settings(folders))
    except NlshError as error:
        yield _wrong("model", error)
        return
    outdated = ", built with an older adapter" if chosen.outdated else ""
    fix = "nlshctl model install" if chosen.outdated else ""
    yield Check(
        name="model", ok=None if chosen.outdated else True, found=f"{chosen.name}: {chosen.path}{outdated}", fix=fix
    )
    if load_model:
        yield _tried("model runs", lambda: _answers(chosen.path))


def _answers(path: Path) -> str:
    from nlsh.models.self_test import self_test

    return f"it loads and answers; its process is held by: {', '.join(self_test(path).in_force)}"


def _settings(folders: Folders) -> Settings:
    try:
        return load(folders.settings)
    except NlshError:
        return Settings()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, found=look())
    except NlshError as error:
        return _wrong(name, error)


def _wrong(name: str, error: NlshError) -> Check:
    return Check(name=name, ok=False, found=error.message, fix=error.hint)


def _first_bad(*checks: Check) -> Check:
    return next((check for check in checks if not check.ok), checks[-1])
