"""Connections of plugins: made by nlsh, to the host and port that were granted, and handed over."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlsh.errors import OperationFailed, PluginError
from nlsh.plugin.consent import grant
from nlsh.plugin.host import Host
from nlsh.plugin.manifest import read
from tests.plugin.making import FakeHouse, Perform, doing, performing, plugin

BODY = """
with call.connect(host, port) as made:
    made.sendall(b"hello")
    made.shutdown(1)
    return Result(verb="demo.do", message=made.recv(100).decode())
"""


def _answer(server: socket.socket) -> None:
    """Answer each connection in capitals, until the server is closed."""
    while True:
        try:
            made, _ = server.accept()
        except OSError:
            return
        with made:
            made.sendall(made.recv(100).upper())


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """Two ports of this machine at which somebody answers."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        threads = [threading.Thread(target=_answer, args=(server,)) for server in (one, two)]
        for thread in threads:
            thread.start()
        yield one.getsockname()[1], two.getsockname()[1]
        for server in (one, two):
            server.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def connecting(host: Host, folder: Path, granted: str) -> Perform:
    """A plugin that connects to the host and port that it is told, and was granted one."""
    more = f'[[capability]]\nname = "net.connect:{granted}"\nreason = "for a test"\n'
    code = doing(BODY, needs=f"net.connect:{granted}", arguments="host: Text = '', port: Port = 0")
    found = plugin(folder, code, more=more)
    manifest = read(found.folder)
    grant(host.records, found, manifest, [ask.capability for ask in manifest.asks])
    return performing(host, found)


def test_what_is_granted_is_connected(host: Host, tmp_path: Path, ports: tuple[int, int]) -> None:
    """What the plugin sends arrives, and the answer too; the policy was asked about exactly this."""
    house = FakeHouse()
    perform = connecting(host, tmp_path, f"127.0.0.1:{ports[0]}")
    assert perform(house, host="127.0.0.1", port=ports[0]).message == "HELLO"
    assert house.acts[-1].title == f"connect to 127.0.0.1:{ports[0]}"


def test_another_port_is_refused(host: Host, tmp_path: Path, ports: tuple[int, int]) -> None:
    """At which somebody answers as well."""
    house = FakeHouse()
    with pytest.raises(PluginError, match=f"may not use net.connect:127.0.0.1:{ports[1]}"):
        connecting(host, tmp_path, f"127.0.0.1:{ports[0]}")(house, host="127.0.0.1", port=ports[1])
    assert house.acts == []


def test_another_name_of_the_host_is_refused(host: Host, tmp_path: Path, ports: tuple[int, int]) -> None:
    """What was granted is the name that was shown."""
    with pytest.raises(PluginError, match=r"may not use net\.connect:localhost"):
        connecting(host, tmp_path, f"127.0.0.1:{ports[0]}")(FakeHouse(), host="localhost", port=ports[0])


def test_nobody_there_is_an_error(host: Host, tmp_path: Path) -> None:
    """That names where."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(OperationFailed, match=f"cannot connect to 127.0.0.1:{port}"):
        connecting(host, tmp_path, f"127.0.0.1:{port}")(FakeHouse(), host="127.0.0.1", port=port)
