"""The near side of plugins: their verbs for the registry, as the schemas that are kept of them say."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlsh.errors import NlshError, PluginError
from nlsh.plugin import found as finding
from nlsh.plugin import schema
from nlsh.plugin.found import Found
from nlsh.plugin.records import Records
from nlsh.plugin.secrets import Secrets
from nlsh.result import Result
from nlsh.sandbox.warm import Warm
from nlsh.verb import Verb

if TYPE_CHECKING:
    from nlsh.plugin.request import Caller, Means
    from nlsh.plugin.workshop import Workshop

SCHEMA: Final = "schema.json"
"""The declarations of a bundled plugin, so that the first start needs no worker. `make docs` writes it."""
MODULES: Final = (
    "nlsh.plugin.inside",
    *"collections datetime fnmatch heapq ipaddress math re statistics struct typing".split(),
)
"""What workers begin with, and what plugins are likely to import: it is there once, and not read for each request."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where plugins have their things: records, installed ones, states and logs, cached schemas, settings, secrets.

    `kept` are nlsh's own folders, which no plugin touches.
    """

    records: Path
    installed: Path
    state: Path
    cache: Path
    settings: Path
    secrets: Path
    kept: tuple[str, ...] = ()


class Host:
    """Runs plugins. Nothing of a plugin is imported here, and nothing is started before it is needed.

    `search` is where the programs are that plugins may have run, by default where the system has its own. `warm` is
    what their workers are forked from: it has `MODULES`, and is ended with the host.
    """

    def __init__(self, places: Places, *, search: tuple[str, ...] = (), warm: Warm | None = None) -> None:
        self.places = places
        self.records = Records(path=places.records)
        self.secrets = Secrets(folder=places.secrets)
        self._search = search
        self._warm = warm or Warm(MODULES)

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
        from nlsh.plugin import request

        def check(made: Mapping[str, Any]) -> None:
            self.verbs_of(found, made)

        return request.describe(found, self._means, check)

    @cached_property
    def workshop(self) -> Workshop:
        """Where its workers come from."""
        from nlsh.plugin.workshop import Workshop

        return Workshop(self.places.state, hidden=self.places.secrets, warm=self._warm)

    def helpers(self) -> frozenset[int]:
        """The pids of the processes that work for plugins."""
        return self.workshop.helpers() if "workshop" in vars(self) else frozenset()

    def close(self) -> None:
        """End what was started."""
        self._warm.close()

    @cached_property
    def _means(self) -> Means:
        from nlsh.plugin.request import Means
        from nlsh.sandbox.program import SEARCH_PATH

        return Means(
            workshop=self.workshop,
            records=self.records,
            secrets=self.secrets,
            settings=self.places.settings,
            search=self._search or SEARCH_PATH,
            kept=self.places.kept,
        )

    def _body(self, found: Found, declaration: Mapping[str, Any]) -> Callable[..., Result]:
        def run(call: Caller, **arguments: Any) -> Result:
            from nlsh.plugin import request

            named = {name.rstrip("_"): each for name, each in arguments.items()}
            needs = frozenset(str(each) for each in declaration["needs"])
            return request.perform(found, self._means, call, named, needs)

        return run


def bundled_verbs() -> tuple[Verb, ...]:
    """The verbs of the plugins that come with nlsh, to be looked at: for docs, tests and the training corpus."""
    nowhere = Path("/nonexistent")
    places = Places(records=nowhere, installed=nowhere, state=nowhere, cache=nowhere, settings=nowhere, secrets=nowhere)
    verbs, wrong = Host(places).verbs()
    if wrong:
        raise PluginError(wrong[0])
    return tuple(verbs)


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
