"""A web server for downloads that misbehaves on request."""

from __future__ import annotations

import array
import fcntl
import hashlib
import socket
import struct
import termios
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer. After `upto` bytes of the body the `fault` happens: truncate, stall or reset."""

    body: bytes = b""
    status: int = 200
    etag: str = '"one"'
    ranges: bool = True
    length: bool = True
    fault: str = ""
    upto: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class ModelServer(ThreadingHTTPServer):
    """Serves the answers of `plans`: for each path one after another, the last one for ever."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.plans: dict[str, list[Answer]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.release = threading.Event()

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def plan(self, path: str, *answers: Answer) -> str:
        """Serve these answers at the path; its address."""
        self.plans[path] = list(answers)
        return self.url(path)

    def ranges(self) -> list[str]:
        """The Range header of each request so far, empty where it had none."""
        return [headers.get("range", "") for _, headers in self.asked]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away are what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ModelServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.server.asked.append((self.path, headers))
        plan = self.server.plans.get(path, [Answer(status=404)])
        self._answer(plan.pop(0) if len(plan) > 1 else plan[0], headers)

    def _answer(self, answer: Answer, asked: Mapping[str, str]) -> None:
        start, status = self._start(answer, asked)
        body = answer.body[start:]
        self.send_response(status)
        if answer.ranges:
            self.send_header("Accept-Ranges", "bytes")
        if answer.etag:
            self.send_header("ETag", answer.etag)
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(answer.body) - 1}/{len(answer.body)}")
        if status == 416:
            self.send_header("Content-Range", f"bytes */{len(answer.body)}")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.length:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: max(0, answer.upto - start)] if answer.fault else body)
        self.wfile.flush()
        self._misbehave(answer.fault)
        self.close_connection = self.close_connection or bool(answer.fault) or not answer.length

    def _start(self, answer: Answer, asked: Mapping[str, str]) -> tuple[int, int]:
        wanted = asked.get("range", "").removeprefix("bytes=").removesuffix("-")
        fresh = asked.get("if-range", answer.etag) == answer.etag
        if answer.status != 200 or not (wanted and answer.ranges and fresh):
            return 0, answer.status
        start = int(wanted)
        return (start, 206) if start < len(answer.body) else (len(answer.body), 416)

    def _misbehave(self, fault: str) -> None:
        if fault == "stall":
            self.server.release.wait(30)
        if fault == "reset":
            self._drain()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _drain(self) -> None:
        """Wait until the other side's kernel has all that was sent, which a reset would throw away."""
        left = array.array("i", [1])
        deadline = time.monotonic() + 5
        while left[0] and time.monotonic() < deadline:
            fcntl.ioctl(self.connection, termios.TIOCOUTQ, left)
            time.sleep(0.002)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@contextmanager
def serving() -> Iterator[ModelServer]:
    """A running server."""
    with ModelServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.release.set()
            server.shutdown()
            thread.join()


def sha256(data: bytes) -> str:
    """In hexadecimal."""
    return hashlib.sha256(data).hexdigest()
