"""A real sshd on 127.0.0.1 with keys and a configuration of its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_SEPARATION = Path("/run/sshd")
_CONFIG = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/client.pub
AllowUsers {user}
PidFile none
UsePAM no
StrictModes no
UseDNS no
PasswordAuthentication no
PrintMotd no
Subsystem sftp {sftp}
"""
_CLIENT = """\
Host box
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile {folder}/client
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known
    StrictHostKeyChecking yes
    GlobalKnownHostsFile /dev/null
    LogLevel ERROR
    BatchMode yes
    ConnectTimeout 30
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where it is, from the point of view of its clients: a configuration in which it is called `box`."""

    config: Path

    def words(self, program: str, *arguments: str | Path) -> list[str | Path]:
        """The words that run a client with these arguments."""
        return [program, "-F", self.config, *arguments]

    def run(self, program: str, *arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a client to its end."""
        words = self.words(program, *arguments)
        return subprocess.run(words, input=stdin, capture_output=True, timeout=60, check=False)


@contextmanager
def serving(user: str, folder: Path) -> Iterator[Server]:
    """A server that lets this user in; its files are in the folder."""
    sshd, sftp = shutil.which("sshd", path="/usr/sbin:/usr/bin"), Path("/usr/lib/openssh/sftp-server")
    if not sshd or not sftp.exists() or not shutil.which("ssh"):
        pytest.skip("openssh-server, openssh-client or openssh-sftp-server is not installed")
    for name in ("host", "client"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name]
        subprocess.run(words, check=True)
    port = _free_port()
    known = (folder / "host.pub").read_text()
    (folder / "known").write_text(f"[127.0.0.1]:{port} {known}")
    for name, text in (("sshd_config", _CONFIG), ("ssh_config", _CLIENT)):
        (folder / name).write_text(text.format(port=port, folder=folder, user=user, sftp=sftp))
    made = not _SEPARATION.exists()
    _SEPARATION.mkdir(mode=0o755, exist_ok=True)
    try:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([sshd, "-D", "-e", "-f", folder / "sshd_config"], stderr=log)
        try:
            _wait(process, port, folder / "log")
            yield Server(config=folder / "ssh_config")
        finally:
            process.terminate()
            process.wait(30)
    finally:
        if made:
            _SEPARATION.rmdir()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.05)
