"""One request to a plugin: what it may do for it, its worker, its broker, and what comes of it.

Imported when a plugin is used, and not before: most requests are to nlsh itself.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from nlsh.errors import PluginError, SandboxError
from nlsh.intent import Intent
from nlsh.plugin import consent, schema
from nlsh.plugin.found import Found
from nlsh.plugin.manifest import Manifest, read
from nlsh.plugin.placing import placed
from nlsh.plugin.records import Records
from nlsh.plugin.secrets import Secrets
from nlsh.plugin.workshop import Workshop
from nlsh.result import Result
from nlsh.sandbox import clean, message
from nlsh.sandbox.broker import Broker, House, Request

if TYPE_CHECKING:
    from nlsh.sandbox.worker import Worker

_DESCRIBING: Final = 10.0
"""Seconds in which a plugin has to say what it is."""


class Caller(Protocol):
    """The part of an executor's call that a plugin's verb needs."""

    @property
    def intent(self) -> Intent:
        """The step."""
        ...

    @property
    def utterance(self) -> str:
        """What was said."""
        ...

    @property
    def house(self) -> House | None:
        """Who judges what it asks for."""
        ...


@dataclass(frozen=True, kw_only=True)
class Means:
    """What requests are carried out with: workers, the records of grants, secrets, settings, where programs are.

    `kept` are nlsh's own folders, which no plugin touches.
    """

    workshop: Workshop
    records: Records
    secrets: Secrets
    settings: Path
    search: tuple[str, ...]
    kept: tuple[str, ...] = ()


def describe(found: Found, means: Means, check: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
    """Have a plugin say what its verbs are, in a worker that may do nothing, and `check` that.

    PluginError where it does not say that, or says what its manifest does not.
    """
    manifest = own(found, read(found.folder))
    listed: list[Any] = []
    with means.workshop.worker(manifest, "describe", {}, frozenset(), _DESCRIBING) as worker:
        until = time.monotonic() + _DESCRIBING
        while "end" not in (said := _said(found.name, worker, until)):
            if "error" in said:
                raise _fault(found.name, f"cannot be loaded: {clean.text(str(said['error']))}")
            listed.append(said.get("verb"))
            if len(listed) > schema.MOST_VERBS:
                raise _fault(found.name, f"declares more than {schema.MOST_VERBS} verbs")
    made = {"version": schema.VERSION, "name": found.name, "namespace": manifest.namespace, "verbs": listed}
    check(made)
    asked = {ask.capability for ask in manifest.asks}
    for verb in listed:
        if strange := sorted(set(verb["needs"]) - asked):
            raise PluginError(f"{verb['name']} needs {strange[0]}, which plugin.toml of {found.name} does not ask for")
    return made


def perform(found: Found, means: Means, call: Caller, arguments: Mapping[str, Any], needs: frozenset[str]) -> Result:
    """Carry out one step; an error of the tree where it cannot be, PluginError where that is the plugin's fault."""
    if call.house is None:
        raise PluginError(f"{call.intent.verb} has nobody to ask for leave")
    manifest = own(found, read(found.folder))
    there, granted = placed(arguments, needs)
    consent.agree(means.records, found, manifest, needs, call.house, utterance=call.utterance)
    request = _request(means, manifest, call, there, granted)
    given = {"verb": call.intent.verb, "args": there, "context": _context(means, request, manifest)}
    with means.workshop.worker(manifest, "perform", given, granted, manifest.timeout) as worker:
        broker = Broker(
            request,
            worker.connection,
            call.house,
            log=lambda text: _log(means, found.name, text),
            secret=lambda name: means.secrets.read(found.name, name),
        )
        try:
            result = broker.serve()
            if result is None:
                raise _ended(found.name, worker)
        except PluginError as error:
            _log(means, found.name, error.message)
            raise
        return result


def own(found: Found, manifest: Manifest) -> Manifest:
    """The manifest, if the plugin calls itself what its folder was found as."""
    if manifest.name != found.name:
        raise PluginError(f"the plugin in {found.folder} was installed as {found.name}, and says it is {manifest.name}")
    return manifest


def _request(
    means: Means, manifest: Manifest, call: Caller, arguments: Mapping[str, Any], granted: frozenset[str]
) -> Request:
    return Request(
        plugin=manifest.name,
        intent=call.intent,
        utterance=call.utterance,
        arguments=arguments,
        capabilities=granted,
        programs={each.id: each for each in manifest.programs if f"exec:{each.argv[0]}" in granted},
        seconds=manifest.timeout,
        home=str(Path.home()),
        folder=str(Path.cwd()),
        kept=means.kept,
        search=means.search,
    )


def _context(means: Means, request: Request, manifest: Manifest) -> dict[str, Any]:
    return {
        "seconds": request.seconds,
        "folder": request.folder,
        "home": request.home,
        "settings": _settings(means.settings / f"{request.plugin}.toml"),
        "state": _state(means, manifest),
    }


def _state(means: Means, manifest: Manifest) -> str:
    """The plugin's own folder; it is made here, so that the plugin is told of it at its first request."""
    return means.workshop.made_folder(manifest) if manifest.state else ""


def _settings(path: Path) -> dict[str, Any]:
    """A plugin's own settings, as JSON has values; none where there is no file."""
    try:
        found: dict[str, Any] = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PluginError(f"cannot read {path}: {error}", hint="mend the file, or move it away") from error
    return found


def _log(means: Means, name: str, text: str) -> None:
    with suppress(OSError), means.workshop.log_file(name).open("a", encoding="utf-8") as file:
        file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {text}\n")


def _said(name: str, worker: Worker, until: float) -> dict[str, Any]:
    """The next thing that a plugin says about itself."""
    worker.connection.settimeout(max(0.01, until - time.monotonic()))
    try:
        data = worker.connection.recv(message.MOST_BYTES + 1)
    except TimeoutError:
        raise _fault(name, "does not say what its verbs are") from None
    except OSError:
        data = b""
    if not data:
        raise _ended(name, worker)
    try:
        return message.fields(data)
    except message.MessageError as error:
        raise _fault(name, f"broke the rules: {error.message}") from None


def _ended(name: str, worker: Worker) -> PluginError:
    with suppress(TimeoutError, SandboxError):
        worker.wait(1.0)
    return _fault(name, f"ended with {worker.cause or 'no result'}")


def _fault(name: str, what: str) -> PluginError:
    return PluginError(f"the plugin {name} {what}", hint=f"nlshctl plugin logs {name}")
