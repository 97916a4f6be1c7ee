"""Ways to the network and to the sockets of other processes."""

from __future__ import annotations

import encodings.idna  # noqa: F401 - Python looks for it when a name is resolved, and an ordinary user may not read it
import socket

from nlsh.sandbox.profiles import Profile
from tests.sandbox.escape.case import Handed, case
from tests.sandbox.escape.world import World

_TCP = {"profile": Profile.FILES_AND_TCP, "connect": (1,)}
"""One port is granted, and it is another one."""
_HOST = "127.0.0.1"
_FAST_OPEN = 0x2000_0000
_MPTCP = 262


@case()
def connect_with_tcp(world: World, handed: Handed) -> None:
    socket.create_connection((_HOST, world.tcp)).close()


@case(**_TCP)
def connect_to_another_port(world: World, handed: Handed) -> None:
    socket.create_connection((_HOST, world.tcp)).close()


@case(**_TCP)
def connect_to_another_port_while_sending(world: World, handed: Handed) -> None:
    """TCP Fast Open connects without connect(), which is all that Landlock judges."""
    with socket.socket(socket.AF_INET) as made:
        made.sendto(b"hello", _FAST_OPEN, (_HOST, world.tcp))


@case(**_TCP)
def connect_to_another_port_while_sending_a_message(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_INET) as made:
        made.sendmsg([b"hello"], (), _FAST_OPEN, (_HOST, world.tcp))


@case(**_TCP)
def connect_with_multipath_tcp(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, _MPTCP) as made:
        made.connect((_HOST, world.tcp))


@case(**_TCP)
def serve_tcp(world: World, handed: Handed) -> None:
    socket.create_server((_HOST, 0)).close()


@case(**_TCP)
def serve_tcp_at_a_port_of_the_kernels_choice(world: World, handed: Handed) -> None:
    """Listening without bind() takes any free port, which Landlock does not judge."""
    with socket.socket(socket.AF_INET) as made:
        made.listen(1)


@case(**_TCP)
def send_udp(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.sendto(b"hello", (_HOST, world.udp))


@case()
def receive_udp(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind((_HOST, 0))


@case(**_TCP)
def ask_netlink(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as made:
        made.bind((0, 0))


@case(root="only root makes raw sockets", **_TCP)
def send_raw_packets(world: World, handed: Handed) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()


@case(root="only root makes packet sockets")
def sniff(world: World, handed: Handed) -> None:
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()


@case(**_TCP)
def connect_to_a_unix_socket(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(world.stream)


@case(**_TCP)
def send_to_a_unix_socket(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.sendto(b"hello", world.datagram)


@case(**_TCP)
def connect_to_an_abstract_socket(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(world.abstract_stream)


@case(**_TCP)
def send_to_an_abstract_socket(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.sendto(b"hello", world.abstract_datagram)


@case(**_TCP)
def turn_a_pair_to_another_socket(world: World, handed: Handed) -> None:
    """A pair of datagram sockets is made connected, and sends to whoever is named all the same."""
    near, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    near.sendmsg([b"hello"], (), 0, world.datagram)


@case(**_TCP)
def serve_a_unix_socket(world: World, handed: Handed) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(world.writable / "made"))
