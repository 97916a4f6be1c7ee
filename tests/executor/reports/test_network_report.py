"""Reports on interfaces, connections and ports, on sockets that the tests open."""

import os
import socket

import pytest
from house import child, said

from nlsh.errors import OperationFailed
from nlsh.executor.reports import network_report, rates
from nlsh.executor.reports.connections import connections, end

LISTENER = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
input()
"""


@pytest.fixture
def listener():
    """A child that listens on a port of its own."""
    with child(LISTENER) as process:
        yield process, int(said(process))


def test_loopback_has_its_address():
    """Addresses carry their prefix length."""
    (row,) = network_report.interfaces("lo").rows
    assert row["up"]
    assert row["ipv4"] == "127.0.0.1/8"


def test_an_unknown_interface_is_an_error_that_names_the_known():
    """So that the next try is right."""
    with pytest.raises(OperationFailed) as caught:
        network_report.interfaces("nosuch0")
    assert "lo" in caught.value.hint


def test_traffic_is_counted():
    """What goes through the loopback interface is in its totals."""
    before = {row["interface"]: row for row in rates.network_rates(0.01)}
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.sendall(bytes(5000))
    after = {row["interface"]: row for row in rates.network_rates(0.01)}
    assert after["lo"]["total_sent"] >= before["lo"]["total_sent"] + 5000


def test_an_interface_named_for_its_traffic_is_alone():
    """`net.usage` with an interface has one row."""
    assert [row["interface"] for row in network_report.usage("lo").rows] == ["lo"]


def test_a_listening_port_names_its_process(house, listener):
    """The row has the process, so that the next sentence can mean it."""
    process, port = listener
    result = house.do("net.ports")
    (place,) = [place for place, row in enumerate(result.rows) if row["port"] == port]
    assert result.rows[place]["pid"] == process.pid
    assert result.processes[place].pid == process.pid
    assert len(result.processes) == len(result.rows)


def test_a_port_shows_its_owner_before_its_clients(house, listener):
    """Who uses a port are those at both ends of it."""
    process, port = listener
    with socket.create_connection(("127.0.0.1", port)):
        result = house.do("net.ports", port=port)
    pids = [row["pid"] for row in result.rows]
    assert pids[0] == process.pid
    assert os.getpid() in pids
    assert result.rows[0]["state"] == "listen"


def test_it_can_be_killed_after_it_was_found(house, listener):
    """`ref` counts the rows of the port's report."""
    process, port = listener
    house.do("net.ports", port=port)
    house.do("process.kill", ref=1)
    assert process.wait(10) != 0


def test_an_unused_port_is_said_to_be_unused(house):
    """That is an answer, not an error."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert house.do("net.ports", port=port).message == f"Nothing uses port {port}."


def test_a_udp_socket_without_a_partner_is_an_open_port(house):
    """It takes what comes, as a listening TCP socket does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        rows = [row for row in house.do("net.ports").rows if row["port"] == port]
    assert [(row["kind"], row["pid"]) for row in rows] == [("udp", os.getpid())]


def test_connections_are_filtered_by_kind_state_and_process(house, listener):
    """The selector means processes, `kind` and `state` mean sockets."""
    process, port = listener
    result = house.do("net.connections", pid=process.pid, kind="tcp", state="listen")
    assert [row["local"] for row in result.rows] == [f"127.0.0.1:{port}"]
    assert house.do("net.connections", pid=process.pid, kind="udp").message


def test_a_port_in_the_selector_is_one_at_either_end(house, listener):
    """A connection to a port is a connection on it."""
    _, port = listener
    with socket.create_connection(("127.0.0.1", port)) as client:
        rows = house.do("net.connections", port=port, state="established").rows
        mine = f"127.0.0.1:{client.getsockname()[1]}"
    assert mine in [row["local"] for row in rows]
    assert all(f"127.0.0.1:{port}" in (row["local"], row["remote"]) for row in rows)


def test_connections_to_a_port_elsewhere_are_found(house, listener):
    """No process here need own the port; a number alone counts connections."""
    _, port = listener
    with socket.create_connection(("127.0.0.1", port)) as client:
        mine = client.getsockname()[1]
        assert f"127.0.0.1:{port}" in [row["local"] for row in house.do("net.connections", port=mine).rows]
        assert len(house.do("net.connections", limit=1).rows) == 1


def test_unix_sockets_are_shown_where_they_are_asked_for(house, tmp_path):
    """With their path and who listens there."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        rows = house.do("net.connections", kind="unix", state="listen").rows
        assert path not in [row["local"] for row in house.do("net.connections").rows]
    assert [row["pid"] for row in rows if row["local"] == path] == [os.getpid()]


def test_a_socket_shared_by_two_processes_has_a_row_for_each(house):
    """A server that forks its workers is all of them."""
    code = LISTENER.replace("input()", "import os; os.fork(); input()")
    with child(code) as process:
        port = int(said(process))
        rows = ()
        while len(rows) < 2:
            rows = house.do("net.ports", port=port).rows
        assert process.pid in [row["pid"] for row in rows]


def test_addresses_are_read_in_both_families(tmp_path):
    """IPv4 mapped into IPv6 is shown as IPv4; a table that is missing has no rows."""
    (tmp_path / "net").mkdir()
    header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    row = "   0: {}:1F90 {}:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 20 4 30 10 -1\n"
    v4 = socket.inet_aton("192.0.2.1")
    v6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    mapped = socket.inet_pton(socket.AF_INET6, "::ffff:192.0.2.1")
    (tmp_path / "net/tcp").write_text(header + row.format(words(v4), words(v4)))
    (tmp_path / "net/tcp6").write_text(header + row.format(words(v6), words(mapped)))
    first, second = connections(("tcp", "udp"), str(tmp_path))
    assert (end(first.local, first.port), first.state, first.inode) == ("192.0.2.1:8080", "established", 4711)
    assert end(second.local, second.port) == "[2001:db8::1]:8080"
    assert end(second.remote, second.remote_port) == "192.0.2.1:54321"


def words(raw):
    """The bytes of an address as the kernel prints them: 32-bit words of this machine, in hexadecimal."""
    import struct

    return "".join(f"{word:08X}" for word in struct.unpack(f"={len(raw) // 4}I", raw))
