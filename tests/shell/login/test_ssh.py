"""nlsh as the login shell of an account, over a real ssh connection."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.shell.login.conftest import Account, at_prompt, needs
from tests.shell.login.server import Server

BINARY = random.Random(7).randbytes(3 << 20)


def test_a_command(server: Server) -> None:
    """Its words are the shell's, and its output is all there is."""
    done = server.run("ssh", "box", "printf '%s|' \"$SHELL\" $((40+2)); echo error >&2")
    assert done.stdout.endswith(b"/nlsh-login|42|") and done.stderr == b"error\n" and done.returncode == 0


@pytest.mark.parametrize(
    ("command", "status"),
    [("true", 0), ("exit 3", 3), ("/etc/passwd", 126), ("frobnicate --all", 127), ("kill -TERM $$", 255)],
)
def test_an_exit_status(server: Server, command: str, status: int) -> None:
    """The client ends with the status of the command; a signal is 255 to it, as with any shell."""
    assert server.run("ssh", "box", command).returncode == status


def test_binary_data_both_ways(server: Server) -> None:
    """Three megabytes go in and out unchanged."""
    done = server.run("ssh", "box", "cat", stdin=BINARY)
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(BINARY).digest()
    counted = server.run("ssh", "box", "sha256sum", stdin=BINARY)
    assert counted.stdout.split()[0].decode() == hashlib.sha256(BINARY).hexdigest()


def test_a_script_on_standard_input(server: Server) -> None:
    """Without a command and without a terminal the lines of standard input are a script, of a login shell."""
    done = server.run("ssh", "-T", "box", stdin=b"echo $FROM_PROFILE\nexit 4\n")
    assert (done.returncode, done.stdout) == (4, b"yes\n")


def test_a_command_with_a_terminal(server: Server) -> None:
    """`ssh -tt` gives the command a terminal."""
    done = server.run("ssh", "-tt", "box", "test -t 0 && test -t 1 && echo both; exit 5")
    assert (done.returncode, done.stdout) == (5, b"both\r\n")


def test_an_interactive_login(server: Server, terminal) -> None:  # type: ignore[no-untyped-def]
    """A person gets the prompt, with the profile in force, and leaves with Ctrl-D."""
    started = terminal(command=["/usr/bin/env", *map(str, server.words("ssh", "-tt", "box"))])
    started.wait(at_prompt)
    started.type("!echo is-$FROM_PROFILE-$((40+2))\r")
    started.wait("\nis-yes-42")
    started.wait(at_prompt)
    started.type("\x04")
    started.wait_end()


def test_a_hang_up_reaches_what_runs(server: Server, terminal, account: Account) -> None:  # type: ignore[no-untyped-def]
    """When the connection breaks, the jobs in the foreground and in the background end."""
    started = terminal(command=["/usr/bin/env", *map(str, server.words("ssh", "-tt", "box"))])
    started.wait(at_prompt)
    started.type("!sleep 1000 & echo go; sleep 1000\r")
    started.wait("\ngo")
    os.kill(started.pid, signal.SIGKILL)
    until = time.monotonic() + 30
    while _runs(account, "sleep"):
        assert time.monotonic() < until, "a job still runs"
        time.sleep(0.05)


def _runs(account: Account, name: str) -> bool:
    found = subprocess.run(["pgrep", "-u", str(account.uid), "-x", name], check=False, capture_output=True)
    return bool(found.stdout)


def test_editors_that_work_over_ssh(server: Server) -> None:
    """They run bash with a script on its standard input, and ask an interactive login shell for its environment."""
    assert server.run("ssh", "-T", "box", "bash", stdin=b"echo got $((40+2))\n").stdout == b"got 42\n"
    asked = server.run("ssh", "-T", "box", "$SHELL -i -l -c 'echo mark-$FROM_PROFILE-mark'")
    assert asked.stdout == b"mark-yes-mark\n"


@pytest.mark.parametrize("protocol", [(), ("-O",)], ids=["sftp", "rcp"])
def test_scp(server: Server, account: Account, tmp_path: Path, protocol: tuple[str, ...]) -> None:
    """A file goes there and back, with both protocols."""
    (tmp_path / "out").write_bytes(BINARY)
    there = server.run("scp", "-q", *protocol, tmp_path / "out", "box:copied file" if not protocol else "box:copied")
    back = server.run("scp", "-q", *protocol, "box:copied file" if not protocol else "box:copied", tmp_path / "in")
    assert (there.returncode, there.stderr, back.returncode, back.stderr) == (0, b"", 0, b"")
    assert (tmp_path / "in").read_bytes() == BINARY


def test_sftp(server: Server, tmp_path: Path) -> None:
    """A batch of commands works."""
    (tmp_path / "out").write_bytes(BINARY)
    batch = f"put {tmp_path}/out up\nrename up down\nget down {tmp_path}/in\nrm down\n"
    done = server.run("sftp", "-q", "-b", "-", "box", stdin=batch.encode())
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "in").read_bytes() == BINARY


def test_rsync(server: Server, tmp_path: Path) -> None:
    """A folder with an odd name in it goes there and back."""
    needs("rsync")
    odd = tmp_path / "out" / "a  b'$x"
    odd.parent.mkdir()
    odd.write_bytes(BINARY)
    remote = f"ssh -F {server.config}"
    for source, target in ((f"{tmp_path}/out/", "box:synced/"), ("box:synced/", f"{tmp_path}/in/")):
        done = subprocess.run(
            ["rsync", "-a", "-e", remote, source, target], capture_output=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "in" / odd.name).read_bytes() == BINARY


def test_git(server: Server, tmp_path: Path) -> None:
    """A repository can be cloned from there and pushed to."""
    needs("git")
    env = {
        "GIT_SSH_COMMAND": f"ssh -F {server.config}", "HOME": str(tmp_path), "PATH": os.environ["PATH"],
        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b",
    }  # fmt: skip

    def git(*words: str) -> None:
        subprocess.run(["git", *words], env=env, cwd=tmp_path, check=True, capture_output=True, timeout=60)

    assert server.run("ssh", "box", "git init --quiet --bare repo.git").returncode == 0
    git("clone", "--quiet", "box:repo.git", "one")
    (tmp_path / "one" / "file").write_bytes(BINARY)
    git("-C", "one", "add", "file")
    git("-C", "one", "commit", "--quiet", "-m", "a file")
    git("-C", "one", "push", "--quiet", "origin", "HEAD:refs/heads/main")
    git("clone", "--quiet", "--branch", "main", "box:repo.git", "two")
    assert (tmp_path / "two" / "file").read_bytes() == BINARY


def test_the_way_around_nlsh(server: Server, terminal) -> None:  # type: ignore[no-untyped-def]
    """What the guide says of one login without nlsh is right."""
    command = server.words("ssh", "-t", "box", "NLSH_SAFE=1 exec $SHELL -l")
    started = terminal(command=["/usr/bin/env", *map(str, command)])
    started.wait("nlsh: safe mode, because NLSH_SAFE is set; this is the plain shell")
    started.type("echo $0-$FROM_PROFILE; exit\r")
    started.wait("sh-yes")
    assert started.wait_end() == 0
