"""The near side of plugins: their verbs for the registry, and the way of one step to its worker and back."""

from __future__ import annotations

import json
import os
import time
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from nlsh.errors import NlshError, PluginError, SandboxError
from nlsh.intent import Intent
from nlsh.plugin import consent, schema
from nlsh.plugin import found as finding
from nlsh.plugin.found import Found
from nlsh.plugin.manifest import Manifest, read
from nlsh.plugin.placing import placed
from nlsh.plugin.records import Records
from nlsh.plugin.workshop import Workshop
from nlsh.result import Result
from nlsh.sandbox import message
from nlsh.sandbox.broker import Broker, House, Request
from nlsh.sandbox.program import SEARCH_PATH
from nlsh.verb import Verb

if TYPE_CHECKING:
    from nlsh.sandbox.worker import Worker

_DESCRIBING: Final = 10.0
"""Seconds in which a plugin has to say what it is."""
SCHEMA: Final = "schema.json"
"""The declarations of a bundled plugin, so that the first start needs no worker. `make docs` writes it."""


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
class Places:
    """Where plugins have their things: records, installed ones, states and logs, cached schemas, settings.

    `kept` are nlsh's own folders, which no plugin touches.
    """

    records: Path
    installed: Path
    state: Path
    cache: Path
    settings: Path
    kept: tuple[str, ...] = ()


class Host:
    """Runs plugins. Nothing of a plugin is imported here, and nothing is started before it is needed.

    `search` is where the programs are that plugins may have run.
    """

    def __init__(self, places: Places, *, search: tuple[str, ...] = SEARCH_PATH) -> None:
        self.places = places
        self.records = Records(path=places.records)
        self.workshop = Workshop(places.state)
        self._search = search

    def verbs(self, taken: frozenset[str] = frozenset()) -> tuple[list[Verb], list[str]]:
        """The verbs of all plugins that are used, and what is wrong with those that cannot be.

        `taken` are the namespaces of nlsh's own verbs: only a bundled plugin may add to one.
        """
        verbs: list[Verb] = []
        wrong: list[str] = []
        owners = set(taken)
        for each in finding.enabled(self.records.all()):
            try:
                declared = self.declared(each)
                namespace = str(declared["namespace"])
                if not each.bundled and namespace in owners:
                    raise PluginError(f"it calls its verbs {namespace}.*, which is taken")
                verbs += self.verbs_of(each, declared)
                owners.add(namespace)
            except (NlshError, OSError, ValueError, KeyError, TypeError) as error:
                reason = error.message if isinstance(error, NlshError) else str(error)
                wrong.append(f"the plugin {each.name} cannot be used: {reason}")
        return verbs, wrong

    def verbs_of(self, found: Found, declared: Mapping[str, Any]) -> list[Verb]:
        """The verbs that a schema declares; PluginError where it is wrong."""
        namespace, listed = str(declared["namespace"]), declared["verbs"]
        if not isinstance(listed, list) or not 0 < len(listed) <= schema.MOST_VERBS:
            raise PluginError(f"the plugin {found.name} declares no verbs, or more than {schema.MOST_VERBS}")
        return [
            schema.to_verb(each, self._body(found, each), plugin=found.name, namespace=namespace, taught=found.bundled)
            for each in listed
        ]

    def declared(self, found: Found) -> dict[str, Any]:
        """The schema of a plugin: the one that comes with it where it is bundled, else the one that is kept.

        One that is not there yet is made by running the plugin, confined and with no grant at all.
        """
        if found.bundled:
            with suppress(OSError, ValueError):
                return _schema((found.folder / SCHEMA).read_bytes())
        kept = self.places.cache / f"{found.name}-{found.key}.json"
        try:
            return _schema(kept.read_bytes())
        except (OSError, ValueError):
            made = self.describe(found)
            _keep(kept, made)
            return made

    def describe(self, found: Found) -> dict[str, Any]:
        """Have a plugin say what its verbs are, in a worker that may do nothing; PluginError where it does not."""
        manifest = own(found, read(found.folder))
        listed: list[Any] = []
        with self.workshop.worker(manifest, "describe", {}, frozenset(), _DESCRIBING) as worker:
            until = time.monotonic() + _DESCRIBING
            while "end" not in (said := _said(found.name, worker, until)):
                listed.append(said.get("verb"))
                if len(listed) > schema.MOST_VERBS:
                    raise _fault(found.name, f"declares more than {schema.MOST_VERBS} verbs")
        made = {"version": schema.VERSION, "name": found.name, "namespace": manifest.namespace, "verbs": listed}
        asked = {ask.capability for ask in manifest.asks}
        for verb in self.verbs_of(found, made):
            if strange := sorted(set(verb.needs) - asked):
                raise PluginError(f"{verb.name} needs {strange[0]}, which plugin.toml of {found.name} does not ask for")
        return made

    def helpers(self) -> frozenset[int]:
        """The pids of the processes that work for plugins."""
        return self.workshop.helpers()

    def close(self) -> None:
        """End what was started."""
        self.workshop.close()

    # --- one request ---

    def _body(self, found: Found, declaration: Mapping[str, Any]) -> Callable[..., Result]:
        def run(call: Caller, **arguments: Any) -> Result:
            named = {name.rstrip("_"): each for name, each in arguments.items()}
            return self._run(found, call, named, frozenset(str(each) for each in declaration["needs"]))

        return run

    def _run(self, found: Found, call: Caller, arguments: Mapping[str, Any], needs: frozenset[str]) -> Result:
        if call.house is None:
            raise PluginError(f"{call.intent.verb} has nobody to ask for leave")
        manifest = own(found, read(found.folder))
        there, granted = placed(arguments, needs)
        consent.agree(self.records, found, manifest, needs, call.house, utterance=call.utterance)
        request = self._request(manifest, call, there, granted)
        given = {"verb": call.intent.verb, "args": there, "context": self._context(found, request)}
        with self.workshop.worker(manifest, "perform", given, granted, manifest.timeout) as worker:
            broker = Broker(request, worker.connection, call.house, log=lambda text: self._log(found.name, text))
            result = broker.serve()
            if result is None:
                raise _ended(found.name, worker)
            return result

    def _request(
        self, manifest: Manifest, call: Caller, arguments: Mapping[str, Any], granted: frozenset[str]
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
            kept=self.places.kept,
            search=self._search,
        )

    def _context(self, found: Found, request: Request) -> dict[str, Any]:
        return {
            "seconds": request.seconds,
            "folder": request.folder,
            "home": request.home,
            "settings": _settings(self.places.settings / f"{found.name}.toml"),
            "state": self.workshop.own_folder(found.name),
        }

    def _log(self, name: str, text: str) -> None:
        with suppress(OSError), self.workshop.log_file(name).open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {text}\n")


def bundled_verbs() -> tuple[Verb, ...]:
    """The verbs of the plugins that come with nlsh, to be looked at: for docs, tests and the training corpus."""
    nowhere = Path("/nonexistent")
    places = Places(records=nowhere, installed=nowhere, state=nowhere, cache=nowhere, settings=nowhere)
    verbs, wrong = Host(places).verbs()
    if wrong:
        raise PluginError(wrong[0])
    return tuple(verbs)


def own(found: Found, manifest: Manifest) -> Manifest:
    """The manifest, if the plugin calls itself what its folder was found as."""
    if manifest.name != found.name:
        raise PluginError(f"the plugin in {found.folder} was installed as {found.name}, and says it is {manifest.name}")
    return manifest


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
    return message.fields(data)


def _schema(data: bytes) -> dict[str, Any]:
    said = json.loads(data)
    if not isinstance(said, dict) or said.get("version") != schema.VERSION:
        raise ValueError("it is of another version")
    return said


def _keep(path: Path, made: Mapping[str, Any]) -> None:
    """Keep a schema for the next start; where that cannot be, it is made again then."""
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in path.parent.glob(f"{made['name']}-*.json"):
            old.unlink()
        partial = path.with_suffix(f".{os.getpid()}.part")
        partial.write_text(json.dumps(made), encoding="utf-8")
        partial.replace(path)


def _settings(path: Path) -> dict[str, Any]:
    """A plugin's own settings, as JSON has values; none where there is no file."""
    try:
        found: dict[str, Any] = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PluginError(f"cannot read {path}: {error}", hint="mend the file, or move it away") from error
    return found


def _ended(name: str, worker: Worker) -> PluginError:
    with suppress(TimeoutError, SandboxError):
        worker.wait(1.0)
    return _fault(name, f"ended with {worker.cause or 'no result'}")


def _fault(name: str, what: str) -> PluginError:
    return PluginError(f"the plugin {name} {what}", hint=f"nlshctl plugin logs {name}")
