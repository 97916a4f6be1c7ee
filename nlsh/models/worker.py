"""The model worker: llama.cpp in a confined process, so that an untrusted model file can crash and reach nothing else.

The two sides talk over a socket pair in JSON lines. The worker says `{"ready":true}` once the model is loaded, then
answers requests by their id. It ends when the other side closes the socket, and with this process.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlsh.completion import Choice, Completion
from nlsh.errors import ModelError, UsageError
from nlsh.models.files import Files
from nlsh.models.sentence import is_sentence

if TYPE_CHECKING:
    from nlsh.sandbox.layers import Layers

Prompt = Sequence[tuple[str, bool]]
_LONGEST_ANSWER = 1 << 20
"""Bytes. The worker may be what a hostile file made of it: it is believed nothing that has not the right form."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What the worker is to load: a GGUF file, the context length in tokens, the threads (0: one for each CPU).

    `prefix` is a prompt that all requests begin with; its state is kept in the file `state` between runs.
    """

    path: Path
    context_length: int = 1024
    threads: int = 0
    prefix: Prompt = ()
    state: Path | None = None


class ModelWorker:
    """The near side of a worker. Starting it returns at once; the first request waits until the model is loaded.

    ModelError where the file cannot be read.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._ready = False
        self._next = 0
        self._buffer = bytearray()
        self._layers: dict[str, Any] | None = None
        files = Files.opened(load.path, load.state)
        near, far = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "nlsh.models.inside", str(far.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[far.fileno(), *files.descriptors()],
                start_new_session=True,  # Ctrl-C in the terminal is for nlsh, which abandons the request itself
                env=_environment(),
            )
        except OSError as error:
            near.close()
            files.close()
            raise ModelError(f"cannot start the model worker: {error}") from error
        finally:
            far.close()
        files.close(but=files.kept)
        self._files = files
        self._socket = near
        # Not among its arguments: those are in every list of processes.
        self._send({**_public(load), "files": files.public(), "parent": _parent()})

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the worker's process still runs."""
        return self._process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether the model is loaded, without waiting for it."""
        if not self._ready and select.select([self._socket], [], [], 0)[0]:
            self.wait()
        return self._ready

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the model is loaded; ModelError where it cannot be, TimeoutError after `timeout` seconds."""
        if not self._ready:
            answer = self._receive(None if timeout is None else time.monotonic() + timeout)
            _raise_if_error(answer)
            self._ready = True
            self._layers = answer.get("sandbox")
            self._keep_state(answer.get("state") is True)

    @property
    def layers(self) -> Layers:
        """The layers that hold it, as it says; waits until the model is loaded."""
        from nlsh.sandbox.layers import Layers

        self.wait()
        try:
            return Layers.of(self._layers or {})
        except (KeyError, TypeError):
            raise self._nonsense() from None

    def complete(self, prompt: Prompt, grammar: str, *, timeout: float | None = None) -> Completion:
        """Have the model write under a grammar, and make sure here that it did; ModelError where it did not.

        An interrupted request is abandoned; its answer is dropped later.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        self.wait(timeout)
        self._next += 1
        request = {"id": self._next, "prompt": [list(segment) for segment in prompt], "grammar": grammar}
        self._send(request)
        while True:
            answer = self._receive(deadline)
            if answer.get("id") == request["id"]:
                break
        _raise_if_error(answer)
        try:
            completion = _completion(answer)
            allowed = is_sentence(grammar, completion.text)
        except (KeyError, TypeError, ValueError):
            raise self._nonsense() from None
        if not allowed:
            raise self._unsaid()
        return completion

    def close(self) -> None:
        """End the worker."""
        self._socket.close()
        self._keep_state(False)
        try:
            self._process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _keep_state(self, made: bool) -> None:
        """Keep the state that the worker made of the prefix, if it did, and let go of the memory that it is in."""
        if made and self._load.state is not None:
            self._files.keep(self._load.state)
        if self._files.kept is not None:
            os.close(self._files.kept)
            self._files = replace(self._files, kept=None)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            raise self._died() from None

    def _receive(self, deadline: float | None) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            if len(self._buffer) > _LONGEST_ANSWER:
                raise self._nonsense()
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._socket], [], [], left)[0]:
                raise TimeoutError("the model took too long")
            try:
                received = self._socket.recv(65536)
            except OSError:
                received = b""
            if not received:
                raise self._died()
            self._buffer += received
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError):
            raise self._nonsense() from None
        return answer if isinstance(answer, dict) else {}

    def _nonsense(self) -> ModelError:
        """The error of a worker that does not keep to the protocol, which is ended."""
        self._process.kill()
        return ModelError(f"the model worker answers nonsense on {self._load.path}", hint="nlshctl model verify")

    def _unsaid(self) -> ModelError:
        """The error of a worker that does not keep to its grammar, which is ended."""
        self._process.kill()
        return ModelError(
            f"the model worker answers what the sentence does not say, on {self._load.path}: nothing is done",
            hint="the file may be hostile: nlshctl model verify",
        )

    def _died(self) -> ModelError:
        code = self._process.wait()
        cause = f"signal {-code}" if code < 0 else f"status {code}"
        hint = "the file may be damaged, or memory short: nlshctl model verify"
        return ModelError(f"the model worker ended with {cause} on {self._load.path}", hint=hint)


def _environment() -> dict[str, str]:
    """What the worker needs of the environment, and no secret in it."""
    kept = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "GOMP_SPINCOUNT")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _public(load: Load) -> dict[str, Any]:
    return {
        "path": str(load.path),
        "context_length": load.context_length,
        "threads": load.threads,
        "prefix": [list(segment) for segment in load.prefix],
    }


def _parent() -> int | None:
    """Whose end ends the worker: this process, whose main thread lives as long as it does.

    The kernel watches the thread that started the worker, so that another one's end would take a good worker away.
    """
    return os.getpid() if threading.current_thread() is threading.main_thread() else None


def _completion(answer: dict[str, Any]) -> Completion:
    """The answer as a value; an error where it has not the form of one."""
    choices = tuple(Choice(text=str(text), probability=float(chance)) for text, chance in answer["choices"])
    if not all(0 <= choice.probability <= 1 for choice in choices):
        raise ValueError("a probability that is none")
    counts = int(answer["prompt_tokens"]), int(answer["evaluated_tokens"])
    return Completion(text=str(answer["text"]), choices=choices, prompt_tokens=counts[0], evaluated_tokens=counts[1])


def _raise_if_error(answer: dict[str, Any]) -> None:
    if "error" in answer:
        kind = UsageError if answer["error"] == UsageError.__name__ else ModelError
        raise kind(str(answer.get("message", "")), hint=str(answer.get("hint", "")))
