"""The launcher: with a real nlsh behind it, with a broken one, and as the login shell of an account."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.shell.login import placing
from tests.shell.login.server import Server, serving

ROOT = placing.ROOT
INSTALL = ROOT / "scripts" / "install_login_shell.sh"
CC = shutil.which(os.environ.get("CC", "cc"))
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@dataclass(frozen=True, kw_only=True)
class Launcher:
    """A `nlsh-login` and the place where it looks for Python."""

    program: Path
    python: Path

    def behind(self, script: str) -> None:
        """Put a shell script where Python should be."""
        self.python.unlink(missing_ok=True)
        self.python.write_text("#!/bin/sh\n" + script)
        self.python.chmod(0o755)

    def real(self) -> None:
        """Put the Python of the tests there, with the nlsh of this checkout."""
        self.behind(f'shift\nPYTHONPATH={ROOT} exec {sys.executable} -P "$@"\n')


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Launcher:
    """A launcher whose Python is a file that a test can exchange."""
    if CC is None:
        pytest.skip("there is no C compiler")
    folder = tmp_path_factory.mktemp("launcher")
    made = Launcher(program=folder / "nlsh-login", python=folder / "python")
    source = ROOT / "scripts" / "nlsh_login.c"
    definition = f'-DNLSH_PYTHON="{made.python}"'
    words = [CC, "-O2", "-Wall", "-Wextra", "-Werror", definition, source, "-o", made.program]
    if subprocess.run([*words, "-static"], check=False, stderr=subprocess.DEVNULL).returncode:
        subprocess.run(words, check=True)
    return made


@pytest.fixture
def launcher(compiled: Launcher) -> Launcher:
    """The launcher with a real nlsh behind it."""
    compiled.real()
    return compiled


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder of one's own, with settings that name a model so that none is offered."""
    settings = tmp_path / "home" / ".config" / "nlsh" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('model = "own.gguf"\n')
    return tmp_path / "home"


@pytest.fixture
def env(home: Path) -> dict[str, str]:
    """A small environment."""
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm"}


@pytest.fixture
def run(compiled: Launcher, env: dict[str, str], home: Path) -> Run:
    """Runs the launcher without a terminal."""

    def start(
        *arguments: str | bytes, name: str = "nlsh-login", stdin: bytes = b"", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [name, *arguments],
            executable=compiled.program,
            input=stdin,
            env={**env, **(more or {})},
            cwd=home,
            capture_output=True,
            timeout=60,
            check=False,
        )

    return start


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user whose login shell is nlsh."""

    name: str
    uid: int
    home: Path
    shell: Path


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """A folder that every account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="nlsh-login-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def installed(place: Path) -> Iterator[Path]:
    """`nlsh-login`, really installed by the script and allowed in /etc/shells, for an nlsh that everybody can reach."""
    if os.geteuid() != 0:
        pytest.skip("only root can install a login shell")
    if CC is None:
        pytest.skip("there is no C compiler")
    python = placing.install(place)
    arguments = [INSTALL, "--prefix", place, "--python", python]
    subprocess.run(arguments, check=True, capture_output=True)
    yield place / "bin" / "nlsh-login"
    subprocess.run([INSTALL, "--prefix", place, "--uninstall"], check=True, capture_output=True)


@pytest.fixture(scope="session")
def account(installed: Path, place: Path) -> Iterator[Account]:
    """An account for the tests, gone afterwards with all its processes."""
    needs("useradd", "userdel", "su")
    name = f"nlsh-test-{os.getpid()}"
    home = place / "homes" / name
    home.parent.mkdir()
    words = ["--create-home", "--home-dir", home, "--skel", "/nonexistent", "--password", "*", "--shell", installed]
    subprocess.run(["useradd", *words, name], check=True, capture_output=True)
    try:
        found = Account(name=name, uid=home.stat().st_uid, home=home, shell=installed)
        _furnish(found)
        yield found
        _end_all(found.uid)
    finally:
        subprocess.run(["userdel", name], check=True, capture_output=True)


def _furnish(account: Account) -> None:
    config = account.home / ".config" / "nlsh"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('model = "own.gguf"\n')
    state = account.home / ".local" / "state" / "nlsh"
    state.mkdir(parents=True)
    (state / "model-offered").touch()
    (account.home / ".profile").write_text('export FROM_PROFILE=yes PATH="$HOME/bin:$PATH"\n')
    subprocess.run(["chown", "-R", f"{account.name}:", account.home], check=True)


def _end_all(uid: int) -> None:
    until = time.monotonic() + 10
    while processes := [each for each in Path("/proc").glob("[0-9]*") if _owner(each) == uid]:
        for each in processes:
            with suppress(OSError):
                os.kill(int(each.name), signal.SIGKILL)
        assert time.monotonic() < until, f"still there: {processes}"
        time.sleep(0.05)


def _owner(process: Path) -> int:
    try:
        return process.stat().st_uid
    except OSError:
        return -1


def at_prompt(terminal) -> bool:  # type: ignore[no-untyped-def]
    """Whether a person can type: the prompt of nlsh is the last thing on the screen."""
    return str(terminal.last).endswith(("nlsh>", "nlsh#"))


def needs(*programs: str) -> None:
    """Skip the test where one of these programs is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def needs_namespaces() -> Sequence[str]:
    """The start of a command that runs in a file system of its own; the test is skipped where that cannot be."""
    needs("unshare")
    if subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespaces here")
    return ("/usr/bin/unshare", "--mount", "/bin/sh", "-c")


@pytest.fixture(scope="session")
def server(account: Account, place: Path) -> Iterator[Server]:
    """An sshd that lets the account in."""
    folder = place / "sshd"
    folder.mkdir(mode=0o755)
    with serving(account.name, folder) as started:
        yield started
