"""What a plugin's verb is handed: where the person is, how much time there is, and what it may ask nlsh to do."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nlsh import errors
from nlsh.errors import NlshError, OperationFailed

_MOST_BYTES: Final = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """What a program wrote, both of its streams, and its exit code."""

    code: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Trashed:
    """What was moved to the trash: its path, its size in bytes, the number of files in it."""

    path: str
    size: int
    files: int
    kind: str


class Call:
    """One request. `folder` is where the person is and `home` their home, both absolute paths.

    `settings` are the plugin's own, from its file in nlsh's configuration; `state` is a folder that it may write to,
    empty where it has none.
    """

    def __init__(self, connection: socket.socket, context: Mapping[str, Any]) -> None:
        self._connection = connection
        self._until = time.monotonic() + float(context["seconds"])
        self.folder = str(context["folder"])
        self.home = str(context["home"])
        self.settings: Mapping[str, Any] = context["settings"]
        self.state = str(context["state"])

    @property
    def left(self) -> float:
        """Seconds until nlsh gives up on this request. What takes long stops before, and says that it did."""
        return max(0.0, self._until - time.monotonic())

    def run(self, program: str, **values: str | float | bool | None) -> Output:
        """Have nlsh run the program of this id in plugin.toml; its holes are filled with what the person said.

        `values` fill holes of a program that only looks. OperationFailed where it is not there or takes too long.
        """
        answer, descriptors = self._ask({"op": "run", "program": program, "values": values}, files=1)
        with os.fdopen(descriptors[0], "rb") as file:
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            text = file.read().decode("utf-8", "replace")
        return Output(code=int(answer["code"]), text=text)

    def trash(self, path: str) -> Trashed:
        """Have nlsh move a file or folder to the trash, after the person agreed where the policy says so."""
        answer, _ = self._ask({"op": "trash", "path": path})
        return Trashed(
            path=str(answer["path"]), size=int(answer["size"]), files=int(answer["files"]), kind=str(answer["kind"])
        )

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to a TCP port that the plugin was granted."""
        _, descriptors = self._ask({"op": "connect", "host": host, "port": port}, files=1)
        return socket.socket(fileno=descriptors[0])

    def secret(self, name: str) -> str:
        """The value of a secret that plugin.toml asks for; OperationFailed where the person has not set it."""
        answer, _ = self._ask({"op": "secret", "name": name})
        return str(answer["value"])

    def log(self, text: str) -> None:
        """Write a line to the plugin's log: `nlshctl plugin logs NAME` shows it."""
        self._send({"op": "log", "text": text})

    def _ask(self, question: Mapping[str, Any], *, files: int = 0) -> tuple[dict[str, Any], list[int]]:
        self._send(question)
        data, descriptors, _, _ = socket.recv_fds(self._connection, _MOST_BYTES, max(1, files))
        if not data:
            raise OperationFailed("nlsh is gone")
        answer: dict[str, Any] = json.loads(data)
        self._until += float(answer["waited"])  # the time of the person is not the plugin's
        if not answer["ok"]:
            raise _error(answer)
        return answer, descriptors

    def _send(self, words: Mapping[str, Any]) -> None:
        self._connection.send(json.dumps(words).encode())


def _error(answer: Mapping[str, Any]) -> NlshError:
    kind = getattr(errors, str(answer["kind"]), OperationFailed)
    known = isinstance(kind, type) and issubclass(kind, NlshError) and kind is not errors.PolicyFileError
    made: NlshError = (kind if known else OperationFailed)(str(answer["message"]), hint=str(answer["hint"]))
    return made
