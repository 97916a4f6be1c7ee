"""What a worker finds at its post, when it is confined and about to begin."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlsh.sandbox.layers import Layers


@dataclass(frozen=True, kw_only=True)
class Post:
    """Its connection to the near side, the descriptors that were handed over, its arguments, and the layers around it.

    `connection` is a SEQPACKET socket: what was sent as one message comes as one, and an empty one is the end.
    """

    connection: socket.socket
    files: tuple[int, ...]
    arguments: Mapping[str, Any]
    layers: Layers
