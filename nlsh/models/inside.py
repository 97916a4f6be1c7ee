"""The far side of the model worker: llama.cpp, confined before it sees the first byte of the file.

Run as `python -m nlsh.models.inside DESCRIPTOR`. Its first line says what to load; all files that it needs were opened
by the near side. It imports everything while it still may, gives up the rest for good, and only then loads the model.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlsh.errors import ModelError, NlshError, SandboxError
from nlsh.models.files import Files

if TYPE_CHECKING:
    from nlsh.models.engine import Engine, Library
    from nlsh.sandbox.layers import Layers

_LONGEST_STATE = 4 << 30
"""Bytes: more than the state of any prefix that fits a context."""


def main() -> None:
    """Serve completions on the socket whose descriptor is the argument, until the other side closes it."""
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rwb") as stream:
        try:
            wanted = json.loads(stream.readline())
            files = Files.of(wanted["files"])
            library = _imported()
            layers = _confined(connection.fileno(), files, wanted["parent"])
            engine = _engine(library, wanted, files)
            kept = _know_prefix(engine, wanted["prefix"], files)
        except Exception as error:
            _say(stream, _error(error))
            return
        _say(stream, {"ready": True, "state": kept, "sandbox": layers.public()})
        for line in stream:
            _say(stream, _answer(engine, json.loads(line)))


def _imported() -> Library:
    """Everything that is used later: nothing can be imported once this process is confined."""
    # One thread: OpenBLAS starts its own at import, and nothing here multiplies matrices.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    for package in ("llama_cpp", "llguidance"):
        _skip_package(package)
    from nlsh.models.engine import Library

    return Library()


def _skip_package(name: str) -> None:
    """Make a package importable without running its `__init__`: only its submodules are wanted.

    That of llama_cpp imports its chat templates, cache and server types, that of llguidance reads its own metadata: for
    twice the time of all that is used here.
    """
    import importlib.util
    import types

    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations and name not in sys.modules:
        package = types.ModuleType(name)
        package.__spec__, package.__path__ = spec, list(spec.submodule_search_locations)
        sys.modules[name] = package


def _confined(connection: int, files: Files, parent: int | None) -> Layers:
    """Give up all but the open files and threads; on a kernel without some layer, whatever that has."""
    from nlsh.sandbox.confine import confine
    from nlsh.sandbox.confinement import Confinement, Limits

    limits = Limits(file_size=_LONGEST_STATE if files.kept is not None else 0)
    try:
        confinement = Confinement(threads=True, limits=limits)
        return confine(confinement, keep=[connection, *files.descriptors()], parent=parent, best=True)
    except SandboxError as error:
        raise ModelError(f"the model is not loaded: {error.message}", hint=error.hint or "nlshctl doctor") from error


def _engine(library: Library, wanted: dict[str, Any], files: Files) -> Engine:
    from nlsh.models.engine import Engine

    return Engine(
        Path(wanted["path"]),
        context_length=wanted["context_length"],
        threads=wanted["threads"],
        library=library,
        descriptors=(files.weights, files.vocabulary),
    )


def _know_prefix(engine: Engine, prefix: list[list[Any]], files: Files) -> bool:
    """Take up the state of the prefix, or make it; whether it was made, and is to be kept."""
    if files.kept is None:
        return False
    if files.state is not None:
        with os.fdopen(files.state, "rb") as file:
            if engine.restore(file.read()):
                return False
    with os.fdopen(files.kept, "wb") as file:
        file.write(engine.state([(text, special) for text, special in prefix]))
    return True


def _answer(engine: Engine, request: dict[str, Any]) -> dict[str, Any]:
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
