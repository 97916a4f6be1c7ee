"""The far side of a plugin worker: imports the plugin where it can do only what it was granted, and runs it."""

from __future__ import annotations

import importlib.util
import json
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from nlsh.errors import NlshError, OperationFailed
from nlsh.plugin import schema
from nlsh.plugin.call import Call
from nlsh.plugin.manifest import module_file
from nlsh.result import Result
from nlsh.sandbox import reply
from nlsh.sandbox.post import Post
from nlsh.verb import Verb

_REACH: Final = "it reaches what the verb's needs name, what is its own, and nothing else"


def describe(post: Post) -> None:
    """Send the declaration of every verb, a message each, and then that this is the end; or why there is none."""
    try:
        for verb in _verbs(_imported(post.arguments)):
            _send(post, {"verb": schema.of_verb(verb)})
        _send(post, {"end": True})
    except Exception as error:  # whatever a plugin raises is its own fault, and told as such
        traceback.print_exc()
        _send(post, {"error": _words(error, post)})


def perform(post: Post) -> None:
    """Carry out one step and send its result."""
    try:
        verb = _verb(_imported(post.arguments), post.arguments["verb"])
        call = Call(post.connection, post.arguments["context"])
        result = verb.run(call, **_arguments(verb, post.arguments["args"]))
        if not isinstance(result, Result):
            raise TypeError(f"{verb.name} returned {type(result).__name__}, and a verb returns a Result")
        for words in reply.told(result):
            _send(post, words)
    except NlshError as error:
        _send(post, {"op": "failed", "kind": type(error).__name__, "message": error.message, "hint": error.hint})
    except Exception as error:  # whatever a plugin raises is its own fault, and told as such
        traceback.print_exc()
        hint = _REACH if isinstance(error, PermissionError) else ""
        _send(post, {"op": "failed", "kind": "PluginError", "message": _words(error, post), "hint": hint})


def _words(error: Exception, post: Post) -> str:
    """What went wrong, and in which line of the plugin."""
    places = [(Path(frame.f_code.co_filename), line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [(file.name, line) for file, line in places if file.is_relative_to(post.arguments["folder"])]
    where = f" ({own[-1][0]}:{own[-1][1]})" if own else ""
    return f"{type(error).__name__}: {error}"[:1000] + where


def _verb(module: ModuleType, name: str) -> Verb:
    for each in _verbs(module):
        if each.name == name:
            return each
    raise OperationFailed(f"the plugin has no verb {name} any more", hint="start nlsh again: it reads the verbs then")


def _imported(arguments: Mapping[str, Any]) -> ModuleType:
    """The plugin's module. Its folder comes first on the path, and the folder of what it depends on next."""
    folder, name = Path(arguments["folder"]), str(arguments["module"])
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(folder), str(folder / "deps")]
    path = module_file(folder, name)
    if path is None:
        raise NlshError(f"there is no {name}.py in {folder}")
    sys.modules.pop(name, None)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _verbs(module: ModuleType) -> list[Verb]:
    return [each for each in vars(module).values() if isinstance(each, Verb)]


def _arguments(verb: Verb, args: Mapping[str, Any]) -> dict[str, Any]:
    return {each.parameter: args[each.name] for each in verb.arguments if each.name in args}


def _send(post: Post, words: Mapping[str, Any]) -> None:
    post.connection.send(json.dumps(words).encode())
