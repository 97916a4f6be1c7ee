"""The near side of plugins: their verbs for the registry, and a confined worker for each request to one of them."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from nlsh.act import Act
from nlsh.effects import Effect
from nlsh.errors import NeedsConfirmation, NlshError, NothingMatched, PluginError, SandboxError
from nlsh.intent import Intent
from nlsh.plugin import found as finding
from nlsh.plugin import schema
from nlsh.plugin.found import Found
from nlsh.plugin.manifest import Manifest, read
from nlsh.plugin.records import Record, Records
from nlsh.result import Result
from nlsh.sandbox import message
from nlsh.sandbox.broker import Broker, House, Request
from nlsh.sandbox.program import SEARCH_PATH
from nlsh.verb import Verb

_MEMORY: Final = 768 << 20
_OPEN_FILES: Final = 256
_FILE_SIZE: Final = 16 << 20
_MOST_LOG: Final = 512 << 10
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
class Places:
    """The folders of plugins: installed ones, their states and logs, cached schemas, settings, and nlsh's own."""

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
        self._search = search
        self._zygote: Any = None
        self._workers: set[int] = set()
        self._starting = threading.Lock()

    def verbs(self, taken: frozenset[str] = frozenset()) -> tuple[list[Verb], list[str]]:
        """The verbs of all plugins that are used, and what is wrong with those that cannot be.

        `taken` are the namespaces of nlsh's own verbs: only a bundled plugin may add to one.
        """
        verbs: list[Verb] = []
        wrong: list[str] = []
        owners: dict[str, str] = {}
        for each in finding.enabled(self.records.all()):
            try:
                declared = self.declared(each)
                namespace = str(declared["namespace"])
                if not each.bundled and (namespace in taken or namespace in owners):
                    raise PluginError(f"it calls its verbs {namespace}.*, which is taken")
                made = self.verbs_of(each, declared)
            except (NlshError, OSError, ValueError, KeyError, TypeError) as error:
                reason = error.message if isinstance(error, NlshError) else str(error)
                wrong.append(f"the plugin {each.name} cannot be used: {reason}")
                continue
            owners[namespace] = each.name
            verbs += made
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
            with suppress(OSError):
                return _schema((found.folder / "schema.json").read_bytes())
        kept = self.places.cache / f"{found.name}-{found.key}.json"
        try:
            return _schema(kept.read_bytes())
        except (OSError, ValueError):
            made = self.describe(found)
            _keep(kept, made)
            return made

    def describe(self, found: Found) -> dict[str, Any]:
        """Have a plugin say what its verbs are, in a worker that may do nothing; PluginError where it does not."""
        manifest = _own(found, read(found.folder))
        listed: list[Any] = []
        until = time.monotonic() + _DESCRIBING
        with self._worker(manifest, "describe", {}, frozenset(), _DESCRIBING) as worker:
            while True:
                worker.connection.settimeout(max(0.01, until - time.monotonic()))
                try:
                    data = worker.connection.recv(message.MOST_BYTES + 1)
                except OSError:
                    raise _fault(found.name, "does not say what its verbs are") from None
                if not data:
                    raise _ended(found.name, worker)
                said = message.fields(data)
                if "end" in said:
                    break
                listed.append(said.get("verb"))
                if len(listed) > schema.MOST_VERBS:
                    raise _fault(found.name, f"declares more than {schema.MOST_VERBS} verbs")
        made = {"version": schema.VERSION, "name": found.name, "namespace": manifest.namespace, "verbs": listed}
        asked = {ask.capability for ask in manifest.asks}
        for verb in self.verbs_of(found, made):
            for need in verb.needs:
                if need not in asked:
                    raise PluginError(f"{verb.name} needs {need}, which plugin.toml of {found.name} does not ask for")
        return made

    def helpers(self) -> frozenset[int]:
        """The pids of the processes that work for plugins."""
        own = {self._zygote.pid} if self._zygote is not None else set()
        return frozenset(own | self._workers)

    def close(self) -> None:
        """End what was started."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    # --- one request ---

    def _body(self, found: Found, declaration: Any) -> Callable[..., Result]:
        def run(call: Caller, **arguments: Any) -> Result:
            return self._run(found, call, {name.rstrip("_"): each for name, each in arguments.items()}, declaration)

        return run

    def _run(self, found: Found, call: Caller, arguments: dict[str, Any], declaration: Mapping[str, Any]) -> Result:
        if call.house is None:
            raise PluginError(f"{call.intent.verb} has nobody to ask for leave")
        manifest = _own(found, read(found.folder))
        needs = frozenset(str(each) for each in declaration["needs"])
        self._agree(found, manifest, needs, call, call.house)
        arguments, granted = _placed(arguments, needs)
        request = Request(
            plugin=found.name,
            intent=call.intent,
            utterance=call.utterance,
            arguments=arguments,
            capabilities=granted,
            programs={each.id: each for each in manifest.programs if f"exec:{each.argv[0]}" in granted},
            seconds=manifest.timeout,
            home=os.path.expanduser("~"),
            folder=os.getcwd(),
            kept=self.places.kept,
            search=self._search,
        )
        given = {"verb": call.intent.verb, "args": arguments, "context": self._context(found, request)}
        with self._worker(manifest, "perform", given, granted, manifest.timeout) as worker:
            broker = Broker(request, worker.connection, call.house, log=lambda text: self._log(found.name, text))
            result = broker.serve()
            if result is None:
                raise _ended(found.name, worker)
            return result

    def _context(self, found: Found, request: Request) -> dict[str, Any]:
        state = self.places.state / found.name / "state"
        return {
            "seconds": request.seconds,
            "folder": request.folder,
            "home": request.home,
            "settings": _settings(self.places.settings / f"{found.name}.toml"),
            "state": str(state) if state.is_dir() else "",
        }

    def granted(self, found: Found, manifest: Manifest) -> frozenset[str]:
        """The capabilities that a plugin has now."""
        record = self.records.of(found.name)
        return frozenset(
            capability
            for capability, consent in manifest.consents().items()
            if consent in record.granted or (_from_start(found, manifest, capability, record))
        )

    def _agree(self, found: Found, manifest: Manifest, needs: frozenset[str], call: Caller, house: House) -> None:
        """Ask the person, once, for the capabilities that a verb needs and its plugin does not have."""
        strange = needs - {ask.capability for ask in manifest.asks}
        if strange:
            raise PluginError(f"{call.intent.verb} needs {min(strange)}, which plugin.toml does not ask for")
        lacking = [ask for ask in manifest.asks if ask.capability in needs - self.granted(found, manifest)]
        if not lacking:
            return
        wishes = "; ".join(f"{ask.words}, {ask.reason}" for ask in lacking)
        intent = Intent(verb="plugin.grant", args={"name": found.name})
        title = f"the plugin {found.name} wants to {wishes}"
        act = Act(intent=intent, effect=Effect.CHANGE, utterance=call.utterance, origin="plugin", title=title)
        line = f"nlshctl plugin grant {found.name}"
        try:
            house.allow(act)
        except NeedsConfirmation as error:
            raise NeedsConfirmation(f"{title}, and was not granted that", hint=line) from error
        grant(self.records, found.name, manifest, [ask.capability for ask in lacking])

    @contextmanager
    def _worker(
        self, manifest: Manifest, what: str, given: Mapping[str, Any], granted: frozenset[str], seconds: float
    ) -> Iterator[Any]:
        """A worker that is confined to what was granted, and gone at the end."""
        from nlsh.sandbox.confinement import Confinement, Limits
        from nlsh.sandbox.profiles import Profile
        from nlsh.sandbox.worker import Errand

        limits = Limits(memory=_MEMORY, file_size=_FILE_SIZE, files=_OPEN_FILES, cpu=int(seconds) + 1)
        log = self._opened_log(manifest.name)
        try:
            errand = Errand(
                run=f"nlsh.plugin.inside:{what}",
                confinement=Confinement(profile=Profile.FILES, grants=self._grants(manifest, granted), limits=limits),
                arguments={"folder": str(manifest.folder), "module": manifest.module, **given},
                log=log,
            )
            with self._warm().fork(errand) as worker:
                self._workers.add(worker.pid)
                try:
                    yield worker
                finally:
                    self._workers.discard(worker.pid)
        finally:
            if log is not None:
                os.close(log)

    def _grants(self, manifest: Manifest, granted: frozenset[str]) -> tuple[Any, ...]:
        from nlsh.sandbox.landlock import Access, Grant

        own = [str(manifest.folder), *_python()]
        own += [each.partition(":")[2] for each in granted if each.startswith("fs.read:")]
        state = self.places.state / manifest.name / "state"
        writes = [Grant(path=str(state), access=Access.READ | Access.WRITE)] if state.is_dir() else []
        reads = [Grant(path=path, access=Access.READ) for path in dict.fromkeys(own) if os.path.exists(path)]
        return (*reads, *writes)

    def _warm(self) -> Any:
        """The warm process that workers are forked from."""
        from nlsh.sandbox.worker import Zygote

        with self._starting:
            if self._zygote is not None and not self._zygote.alive:
                self._zygote.close()
                self._zygote = None
            if self._zygote is None:
                self._zygote = Zygote(["nlsh.plugin.inside"])
            return self._zygote

    # --- logs ---

    def log_file(self, name: str) -> Path:
        """Where the log of a plugin is."""
        return self.places.state / name / "log"

    def _opened_log(self, name: str) -> int | None:
        """The log, made where it is missing; None where that cannot be: a plugin works without."""
        path = self.log_file(name)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size > _MOST_LOG:
                path.replace(path.with_suffix(".1"))
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return None

    def _log(self, name: str, text: str) -> None:
        with suppress(OSError), self.log_file(name).open("a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {text}\n")


def grant(records: Records, name: str, manifest: Manifest, capabilities: list[str]) -> None:
    """Remember that a person agreed to these capabilities of a plugin, as its manifest has them now."""
    consents = manifest.consents()
    agreed = [consents[each] for each in capabilities]
    record = records.of(name)
    records.change(
        name,
        granted=tuple(dict.fromkeys([*record.granted, *agreed])),
        revoked=tuple(each for each in record.revoked if each not in capabilities),
    )


def revoke(records: Records, name: str, capabilities: list[str]) -> None:
    """Take capabilities back; a plugin that needs one asks again."""
    record = records.of(name)
    records.change(
        name,
        granted=tuple(each for each in record.granted if each.partition("\n")[0] not in capabilities),
        revoked=tuple(dict.fromkeys([*record.revoked, *capabilities])),
    )


def _from_start(found: Found, manifest: Manifest, capability: str, record: Record) -> bool:
    """Whether a bundled plugin has a capability without being asked: it only looks, and was not taken back."""
    ask = next(each for each in manifest.asks if each.capability == capability)
    return found.bundled and ask.looks and capability not in record.revoked


def _own(found: Found, manifest: Manifest) -> Manifest:
    """The manifest, if the plugin calls itself what its folder was found as."""
    if manifest.name != found.name:
        raise PluginError(f"the plugin in {found.folder} was installed as {found.name}, and says it is {manifest.name}")
    return manifest


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


def _placed(arguments: Mapping[str, Any], needs: frozenset[str]) -> tuple[dict[str, Any], frozenset[str]]:
    """The arguments with paths made absolute, and the capabilities with these paths in them.

    A path that was not said is the current folder. NothingMatched where there is nothing at a path.
    """
    placed, granted = dict(arguments), set()
    for need in needs:
        base, _, reached = need.partition(":")
        if not (reached.startswith("{") and reached.endswith("}")):
            granted.add(need)
            continue
        name = reached[1:-1]
        looking = base == "fs.read"
        path = _path(str(arguments.get(name, ".")), looking=looking)
        placed[name] = path
        granted.add(f"{base}:{path}")
    return placed, frozenset(granted)


def _path(said: str, *, looking: bool) -> str:
    """The absolute path that a person means; for looking, links are followed, and a name may be one in the home."""
    wide = os.path.expanduser(said)
    path = os.path.abspath(wide)
    if not os.path.lexists(path) and looking and not os.path.isabs(wide):
        path = _in_home(wide) or path
    if not os.path.lexists(path):
        raise NothingMatched(f"there is no {path}", hint="give its whole path")
    return (
        os.path.realpath(path)
        if looking
        else os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    )


def _in_home(name: str) -> str:
    """The entry of the home that is called so, in any case; empty where there is none."""
    home = os.path.expanduser("~")
    first, _, rest = name.partition("/")
    with suppress(OSError):
        names = os.listdir(home)
        fitting = [each for each in names if each == first] or [each for each in names if each.lower() == first.lower()]
        if len(fitting) == 1 and os.path.lexists(os.path.join(home, fitting[0], rest)):
            return os.path.join(home, fitting[0], rest).rstrip("/")
    return ""


def _settings(path: Path) -> dict[str, Any]:
    """A plugin's own settings; none where there is no file. UsageError is not for here: a broken file is a failure."""
    try:
        found: dict[str, Any] = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PluginError(f"cannot read {path}: {error}", hint="mend the file, or move it away") from error
    return found


def _python() -> list[str]:
    """What Python itself needs to read: its library, nlsh, and shared libraries; nothing of a person."""
    library = os.path.dirname(os.__file__)
    package = os.path.dirname(os.path.dirname(__file__))
    dynamic = [each for each in sys.path if each.endswith("lib-dynload")]
    shared = ["/usr/lib", "/lib", "/lib64", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo", "/etc/localtime"]
    return [library, package, *dynamic, *shared, "/dev/null", "/dev/urandom"]


def _ended(name: str, worker: Any) -> PluginError:
    with suppress(TimeoutError, SandboxError):
        worker.wait(1.0)
    return _fault(name, f"ended with {worker.cause or 'no result'}")


def _fault(name: str, what: str) -> PluginError:
    return PluginError(f"the plugin {name} {what}", hint=f"nlshctl plugin logs {name}")
