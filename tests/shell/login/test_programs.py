"""nlsh as the shell that other programs start: su, cron, tmux, script, make and vi."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shell.login.conftest import Account, at_prompt, needs, needs_namespaces


@pytest.fixture
def env(account: Account) -> dict[str, str]:
    """What a login program gives the account."""
    return {
        "HOME": str(account.home), "USER": account.name, "LOGNAME": account.name, "SHELL": str(account.shell),
        "PATH": "/usr/local/bin:/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8",
    }  # fmt: skip


@pytest.fixture
def folder(account: Account, tmp_path: Path) -> Iterator[Path]:
    """A folder that belongs to the account."""
    made = account.home / tmp_path.name
    made.mkdir()
    os.chown(made, account.uid, account.uid)
    yield made
    shutil.rmtree(made)


def su(account: Account, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Become the account without a terminal."""
    return subprocess.run(["su", *arguments], capture_output=True, check=False, timeout=60, cwd="/")


def test_su_runs_a_command(account: Account) -> None:
    """`su -c` hands the command over and its status back."""
    done = su(account, account.name, "-c", "echo $((40+2)) $FROM_PROFILE; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, b"42\n", b"")


def test_su_runs_a_command_of_a_login(account: Account) -> None:
    """`su - -c` reads the profile first; SHELL is nlsh, also for what it starts."""
    done = su(account, "-", account.name, "-c", 'echo $FROM_PROFILE $PWD; "$SHELL" -c "echo inner"')
    assert (done.stdout, done.stderr) == (f"yes {account.home}\ninner\n".encode(), b"")


def test_su_passes_arguments_on(account: Account) -> None:
    """What follows the command is its $0, $1 and so on."""
    done = su(account, account.name, "-c", 'printf "%s|" "$0" "$@"', "--", "name", "a  b")
    assert done.stdout == b"name|a  b|"


def test_su_logs_in(account: Account, terminal) -> None:  # type: ignore[no-untyped-def]
    """`su -` at a terminal gives the prompt, in the home folder, with the profile in force."""
    started = terminal(command=["/bin/su", "-", account.name])
    started.wait(at_prompt)
    started.type("!echo is-$FROM_PROFILE; pwd; echo $SHELL\r")
    started.wait(f"\nis-yes\n{account.home}\n{account.shell}")
    started.wait(at_prompt)
    started.type("\x04")
    assert started.wait_end() == 0


def test_script_records_a_command(account: Account, env: dict[str, str], folder: Path) -> None:
    """`script -c` runs its command with $SHELL, in a terminal of its own."""
    needs("script")
    done = subprocess.run(
        ["script", "-qec", "test -t 1 && echo is-$((40+2)); exit 7", folder / "typescript"],
        env=env, cwd=folder, user=account.uid, group=account.uid, extra_groups=[], stdin=subprocess.DEVNULL,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 7 and b"is-42" in done.stdout


def test_make_runs_its_recipes(account: Account, env: dict[str, str], folder: Path) -> None:
    """make with SHELL set to nlsh builds, and notices what fails."""
    needs("make")
    (folder / "Makefile").write_text(
        f"SHELL = {account.shell}\n"
        "all: made\n\t@echo $$((40+2)) $< $$0\n"
        "made:\n\t@for x in a b; do echo $$x; done > $@; test -s $@\n"
        "fails:\n\t@exit 3\n"
    )

    def make(target: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", target], env=env, cwd=folder, user=account.uid, group=account.uid, extra_groups=[],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    done = make("all")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("42 made ")
    assert (folder / "made").read_text() == "a\nb\n"
    assert "Error 3" in make("fails").stderr


def test_vi_runs_commands(account: Account, env: dict[str, str], folder: Path, terminal) -> None:  # type: ignore[no-untyped-def]
    """`:!` and a filter go through $SHELL."""
    needs("vi", "runuser")
    (folder / "text").write_text("b\na\n")
    os.chown(folder / "text", account.uid, account.uid)
    started = terminal(command=as_account(account, {**env, "TERM": "vt100"}, "vi", str(folder / "text")))
    started.wait("~")
    started.type(":!echo is-$((40+2))\r")
    started.wait("is-42")
    started.type("\r:%!sort\r:wq\r")
    started.wait_end()
    assert (folder / "text").read_text() == "a\nb\n"


def as_account(account: Account, env: dict[str, str], *command: str) -> list[str]:
    """The words that run a command as the account, at a terminal."""
    words = [f"{name}={value}" for name, value in env.items()]
    return ["/usr/bin/env", "-i", *words, shutil.which("runuser") or "runuser", "-u", account.name, "--", *command]


def test_tmux_opens_a_login_shell(account: Account, env: dict[str, str], folder: Path, terminal) -> None:  # type: ignore[no-untyped-def]
    """tmux takes $SHELL for its windows, as a login shell, and for the commands that it opens one with."""
    needs("tmux", "runuser")
    words = as_account(account, env, "tmux", "-S", str(folder / "socket"), "-f", "/dev/null")
    started = terminal(command=words)
    started.wait(lambda it: "nlsh>" in it.text)
    started.type("!echo is-$FROM_PROFILE\r")
    started.wait("\nis-yes")
    subprocess.run([*words, "new-window", "echo $((40+2)); read x"], check=True, timeout=60)
    started.wait("42")
    subprocess.run([*words, "kill-server"], check=True, timeout=60)
    started.wait_end()


def test_cron_runs_a_job(account: Account, folder: Path, tmp_path: Path) -> None:
    """A job whose SHELL is nlsh runs, with nothing but what cron gives it."""
    needs("cron")
    (tmp_path / "empty").touch()
    (tmp_path / "table").write_text(f"SHELL={account.shell}\n@reboot echo $((40+2)) $SHELL > {folder}/ran\n")
    tables = "/var/spool/cron/crontabs"
    script = f"""set -e
        for hidden in /run /etc/cron.d {tables}; do mount -t tmpfs none $hidden; done
        mount --bind {tmp_path}/empty /etc/crontab
        cp {tmp_path}/table {tables}/{account.name}
        chown {account.name} {tables}/{account.name}
        chmod 600 {tables}/{account.name}
        exec cron -f"""
    cron = subprocess.Popen([*needs_namespaces(), script], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not (folder / "ran").exists() or not (folder / "ran").read_text():
            assert cron.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        assert (folder / "ran").read_text() == f"42 {account.shell}\n"
    finally:
        cron.terminate()
        cron.wait(30)
