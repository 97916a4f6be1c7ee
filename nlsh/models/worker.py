"""The model worker: llama.cpp in a process of its own, so that an untrusted model file can crash nothing else.

The two sides talk over a socket pair in JSON lines. The worker says `{"ready":true}` once the model is loaded, then
answers requests by their id. It ends when the other side closes the socket.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlsh import errors
from nlsh.completion import Choice, Completion
from nlsh.errors import ModelError, NlshError

Prompt = Sequence[tuple[str, bool]]


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
    """The near side of a worker. Starting it returns at once; the first request waits until the model is loaded."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._ready = False
        self._next = 0
        self._buffer = bytearray()
        near, far = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "nlsh.models.worker", str(far.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[far.fileno()],
                start_new_session=True,  # Ctrl-C in the terminal is for nlsh, which abandons the request itself
                env=_environment(),
            )
        except OSError as error:
            near.close()
            raise ModelError(f"cannot start the model worker: {error}") from error
        finally:
            far.close()
        self._socket = near
        # Not among its arguments: those are in every list of processes.
        self._send(_public(load))

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
            _raise_if_error(self._receive(None if timeout is None else time.monotonic() + timeout))
            self._ready = True

    def complete(self, prompt: Prompt, grammar: str, *, timeout: float | None = None) -> Completion:
        """Have the model write under a grammar. An interrupted request is abandoned; its answer is dropped later."""
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
        choices = tuple(Choice(text=text, probability=probability) for text, probability in answer["choices"])
        return Completion(
            text=answer["text"],
            choices=choices,
            prompt_tokens=answer["prompt_tokens"],
            evaluated_tokens=answer["evaluated_tokens"],
        )

    def close(self) -> None:
        """End the worker."""
        self._socket.close()
        try:
            self._process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            raise self._died() from None

    def _receive(self, deadline: float | None) -> dict[str, Any]:
        while b"\n" not in self._buffer:
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
        answer = json.loads(line)
        return answer if isinstance(answer, dict) else {}

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
        "state": str(load.state) if load.state else None,
    }


def _raise_if_error(answer: dict[str, Any]) -> None:
    if "error" in answer:
        kind = getattr(errors, str(answer["error"]), ModelError)
        raise kind(str(answer["message"]), hint=str(answer.get("hint", "")))


# --- the far side ----------------------------------------------------------------------------------------------------


def main() -> None:
    """Serve completions on the socket whose descriptor is the argument; its first line says what to load."""
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rwb") as stream:
        try:
            engine = _engine(json.loads(stream.readline()))
        except Exception as error:
            _say(stream, _error(error))
            return
        _say(stream, {"ready": True})
        for line in stream:
            _say(stream, _answer(engine, json.loads(line)))


def _skip_package(name: str) -> None:
    """Make a package importable without running its `__init__`: only its submodules are wanted.

    That of llama_cpp imports its chat templates, cache and server types, for twice the time of all that is used here.
    """
    import importlib.util
    import types

    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations and name not in sys.modules:
        package = types.ModuleType(name)
        package.__spec__, package.__path__ = spec, list(spec.submodule_search_locations)
        sys.modules[name] = package


def _engine(wanted: dict[str, Any]) -> Any:
    _skip_package("llama_cpp")
    from nlsh.models.engine import Engine

    engine = Engine(Path(wanted["path"]), context_length=wanted["context_length"], threads=wanted["threads"])
    if wanted["state"]:
        state = Path(wanted["state"])
        if not (state.exists() and engine.load_state(state)):
            engine.save_state(state, [(text, special) for text, special in wanted["prefix"]])
    return engine


def _answer(engine: Any, request: dict[str, Any]) -> dict[str, Any]:
    try:
        done = engine.complete([(text, special) for text, special in request["prompt"]], request["grammar"])
    except Exception as error:
        return {"id": request["id"], **_error(error)}
    return {
        "id": request["id"],
        "text": done.text,
        "choices": [[choice.text, choice.probability] for choice in done.choices],
        "prompt_tokens": done.prompt_tokens,
        "evaluated_tokens": done.evaluated_tokens,
    }


def _error(error: Exception) -> dict[str, Any]:
    if isinstance(error, NlshError):
        return {"error": type(error).__name__, "message": error.message, "hint": error.hint}
    return {"error": "ModelError", "message": f"the model failed: {error}"}


def _say(stream: Any, message: dict[str, Any]) -> None:
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


if __name__ == "__main__":
    main()
