"""`scripts/install_login_shell.sh`: installs below a folder, allows the shell, and takes both back."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shell.login.conftest import CC, INSTALL, ROOT, Account

Script = Callable[..., "subprocess.CompletedProcess[str]"]
PROGRAM = "/usr/local/bin/nlsh-login"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the nlsh of this checkout, although it is isolated."""
    path = tmp_path_factory.mktemp("python") / "python"
    path.write_text(f'#!/bin/sh\nshift\nPYTHONPATH={ROOT} exec {sys.executable} -P "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def script(tmp_path: Path, python: Path) -> Script:
    """Runs the script for a file system below a folder."""
    if CC is None:
        pytest.skip("there is no C compiler")

    def run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
        given = arguments if "--python" in arguments else (*arguments, "--python", python)
        env = {**os.environ, "DESTDIR": str(tmp_path / "root"), **variables}
        return subprocess.run([INSTALL, *given], env=env, cwd="/", capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def shells(tmp_path: Path) -> Path:
    """An /etc/shells with a comment, and without a newline at its end."""
    path = tmp_path / "root" / "etc" / "shells"
    path.parent.mkdir(parents=True)
    path.write_text("# shells\n/bin/sh\n/bin/bash")
    path.chmod(0o640)
    return path


def test_it_installs_a_launcher_that_works(script: Script, shells: Path, tmp_path: Path) -> None:
    """The program is there for everybody, starts nlsh, and the way back is printed with the way in."""
    done = script()
    assert done.returncode == 0, done.stderr
    program = tmp_path / "root" / PROGRAM[1:]
    assert stat.S_IMODE(program.stat().st_mode) == 0o755
    ran = subprocess.run([program, "-c", "echo works"], capture_output=True, text=True, check=True, cwd="/")
    assert (ran.stdout, ran.stderr) == ("works\n", "")
    assert f"chsh -s {PROGRAM}\n" in done.stdout and "chsh -s /bin/bash\n" in done.stdout
    assert list(program.parent.iterdir()) == [program]


def test_it_allows_the_shell_once(script: Script, shells: Path) -> None:
    """A second run changes nothing, and the other lines and the rights of the file stay."""
    assert script().returncode == script().returncode == 0
    assert shells.read_text() == f"# shells\n/bin/sh\n/bin/bash\n{PROGRAM}\n"
    assert stat.S_IMODE(shells.stat().st_mode) == 0o640
    assert list(shells.parent.iterdir()) == [shells]


def test_the_list_may_be_a_link(script: Script, shells: Path) -> None:
    """What the link leads to is changed, and the link stays."""
    real = shells.rename(shells.parent / "real")
    shells.symlink_to("real")
    assert script().returncode == 0
    assert shells.is_symlink() and real.read_text().endswith(f"/bin/bash\n{PROGRAM}\n")


def test_without_a_list_sh_stays_allowed(script: Script, tmp_path: Path) -> None:
    """A system that had no list allowed sh: the new list does too."""
    assert script().returncode == 0
    assert (tmp_path / "root" / "etc" / "shells").read_text() == f"/bin/sh\n{PROGRAM}\n"


def test_another_prefix(script: Script, shells: Path, tmp_path: Path) -> None:
    """The program goes where it is wanted, and that path is allowed."""
    assert script("--prefix", "/opt/nlsh/").returncode == 0
    assert (tmp_path / "root/opt/nlsh/bin/nlsh-login").exists()
    assert shells.read_text().splitlines()[-1] == "/opt/nlsh/bin/nlsh-login"


def test_uninstalling_takes_both_back(script: Script, shells: Path, tmp_path: Path) -> None:
    """Afterwards the list is what it was, and a second time is no error."""
    script()
    assert script("--uninstall").returncode == script("--uninstall").returncode == 0
    assert shells.read_text() == "# shells\n/bin/sh\n/bin/bash\n"
    assert not (tmp_path / "root" / PROGRAM[1:]).exists()


@pytest.mark.parametrize("action", [(), ("--uninstall",)])
def test_a_dry_run_changes_nothing(script: Script, shells: Path, tmp_path: Path, action: tuple[str, ...]) -> None:
    """It says what would be done."""
    done = script("--dry-run", *action)
    assert done.returncode == 0 and str(tmp_path / "root") + PROGRAM in done.stdout
    assert sorted(path.name for path in (tmp_path / "root").rglob("*")) == ["etc", "shells"]


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        ((), {"CC": "no-such-compiler"}, "there is no C compiler no-such-compiler"),
        (("--python", "/nonexistent"), {}, "there is no program /nonexistent"),
        (("--python", "python3"), {}, "has to begin with a /"),
        (("--python", "/usr/bin/env"), {}, "does not find nlsh"),
        (("--prefix", "here"), {}, "--prefix has to begin with a /"),
        (("--prefix",), {}, "--prefix"),
        (("--frobnicate",), {}, "there is no option --frobnicate"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_changed(
    script: Script, shells: Path, tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    """An error leaves everything as it was."""
    done = script(*arguments, **variables)
    assert done.returncode == 1 and said in done.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and path != shells]


def test_a_launcher_that_does_not_start_nlsh_is_not_installed(script: Script, shells: Path, tmp_path: Path) -> None:
    """It is tried before it is put in its place."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\ncase $2 in -c) exit 0 ;; esac\necho no luck >&2\nexit 1\n")
    python.chmod(0o755)
    done = script("--python", python)
    assert done.returncode == 1 and "no luck" in done.stderr
    assert PROGRAM not in shells.read_text() and not list((tmp_path / "root").rglob("nlsh-login"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_only_root_may(python: Path) -> None:
    """Another user is told so."""
    env = {"PATH": os.environ["PATH"]}
    text = INSTALL.read_text()
    done = subprocess.run(
        ["sh", "-s"], input=text, user="nobody", group="nogroup", extra_groups=[], cwd="/", env=env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "only root can do this" in done.stderr


def test_it_is_allowed_for_real(installed: Path) -> None:
    """As root the shell is in /etc/shells, so that chsh takes it."""
    assert str(installed) in Path("/etc/shells").read_text().splitlines()


def test_a_shell_in_use_is_not_uninstalled(account: Account) -> None:
    """An account that has it as its shell would be locked out."""
    prefix = account.shell.parent.parent
    done = subprocess.run([INSTALL, "--prefix", prefix, "--uninstall"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and f"still the shell of: {account.name}" in done.stderr
    assert account.shell.exists()
