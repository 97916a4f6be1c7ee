"""The manifest of a plugin, `plugin.toml`: what it is called, what it brings, and what it asks to be allowed, and why.

Read strictly: what is not known is an error that names the file, the line and the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from nlsh.effects import CAPABILITIES, Effect, capability
from nlsh.errors import PluginError
from nlsh.plugin.found import FILE
from nlsh.sandbox.program import Program, faults, reach

API: Final = 1
"""The version of what a plugin may use; a manifest names the one that it is written for."""
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAMESPACE = re.compile(r"[a-z][a-z0-9]{1,23}")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){0,3}(?:[a-z0-9.+-]{0,20})")
_MODULE = re.compile(r"[a-z][a-z0-9_]{0,40}")
_SECRET = re.compile(r"[a-z][a-z0-9_]{0,31}")
_KEYS = ("name", "version", "api", "namespace", "module", "summary", "timeout", "state", "capability", "program")
_NEEDED = ("name", "version", "api", "namespace", "module", "summary")
_MOST_BYTES = 1 << 16
_MOST_SECONDS = 120
_MOST_ITEMS = 32
_LINE = 200
_ABOUT_ARGUMENT = re.compile(r"\{[a-z_]+\}")
_OFFERED = ("fs.read", "fs.write", "net.connect", "exec", "secret", "service.control", "power.control")
"""Capabilities that a plugin can be granted; those on processes are nlsh's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """A capability that a plugin asks for, and why. `{argument}` in it stands for what the person names."""

    capability: str
    reason: str

    @property
    def words(self) -> str:
        """What it lets the plugin do, as a person reads it."""
        base, _, reached = self.capability.partition(":")
        if base == "exec":
            return f"have nlsh run {reached}, with fixed command lines"
        if base == "net.connect":
            return f"connect to {reached}"
        if base == "secret":
            return f"read the secret {reached} that you set for it"
        if base in ("fs.read", "fs.write"):
            where = "the path that you name" if _ABOUT_ARGUMENT.fullmatch(reached) else reached
            return f"read {where}" if base == "fs.read" else f"move {where} to the trash"
        return CAPABILITIES[base]

    @property
    def looks(self) -> bool:
        """Whether it only lets the plugin look."""
        return self.capability.partition(":")[0] in ("fs.read", "exec")

    @property
    def secret(self) -> str:
        """The name of the secret that it is about; empty where it is about something else."""
        base, _, reached = self.capability.partition(":")
        return reached if base == "secret" else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a plugin says about itself. `timeout` is seconds for one request; `programs` what it may have run.

    `state` says that it wants a folder of its own to write to.
    """

    name: str
    version: str
    api: int
    namespace: str
    module: str
    summary: str
    timeout: float
    state: bool
    asks: tuple[Ask, ...]
    programs: tuple[Program, ...]
    folder: Path

    def consents(self, files: str = "") -> dict[str, str]:
        """What a person agrees to, by capability.

        The reason is part of it, for `exec` every command line, and where it is given the digest of the plugin's files.
        """
        bound = [f"files {files}"] if files else []
        return {
            ask.capability: "\n".join([ask.capability, ask.reason, *self.command_lines(ask.capability), *bound])
            for ask in self.asks
        }

    def command_lines(self, capability: str) -> tuple[str, ...]:
        """The command lines that belong to an `exec` capability, each with what the plugin says it does."""
        base, _, name = capability.partition(":")
        return tuple(sorted(str(each) for each in self.programs if base == "exec" and each.argv[0] == name))


def read(folder: Path) -> Manifest:
    """The manifest in a folder; PluginError where there is none or it is wrong."""
    path = folder / FILE
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:
        raise PluginError(f"cannot read {path}: {error}", hint="a plugin has a plugin.toml") from error
    if len(data) > _MOST_BYTES:
        raise PluginError(f"{path} is longer than {_MOST_BYTES} bytes")
    return parse(text, folder=folder)


def parse(text: str, *, folder: Path) -> Manifest:
    """The manifest that a text holds; PluginError with file, line and key where it is wrong."""
    return _Reader(text, folder).manifest()


class _Reader:
    def __init__(self, text: str, folder: Path) -> None:
        self._text = text
        self._folder = folder
        self._path = folder / FILE

    def manifest(self) -> Manifest:
        table = self._table()
        for key in table:
            if key not in _KEYS:
                self._fail(key, f"there is no {key!r}", hint=f"a plugin.toml has {', '.join(_KEYS)}")
        for key in _NEEDED:
            if key not in table:
                self._fail(key, f"it needs {key}")
        if table["api"] != API or isinstance(table["api"], bool):
            self._fail("api", f"it is written for the API {table['api']!r}, and this nlsh has {API}")
        programs = tuple(self._program(each) for each in self._tables(table, "program"))
        asks = tuple(self._ask(each) for each in self._tables(table, "capability"))
        self._check_together(asks, programs)
        return Manifest(
            name=self._fitting(table, "name", _NAME, "small letters, digits and single hyphens"),
            version=self._fitting(table, "version", _VERSION, "numbers with dots, such as 1.0"),
            api=API,
            namespace=self._fitting(table, "namespace", _NAMESPACE, "2 to 24 small letters and digits"),
            module=self._module(table),
            summary=self._line(table, "summary"),
            timeout=self._timeout(table),
            state=self._flag(table, "state"),
            asks=asks,
            programs=programs,
            folder=self._folder,
        )

    def _table(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            found = re.search(r"at line (\d+)", str(error))
            where = f"{self._path}:{found[1]}" if found else str(self._path)
            raise PluginError(f"{where}: {error}") from error

    def _tables(self, table: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self._fail(key, f"a {key} starts with [[{key}]]")
        if len(value) > _MOST_ITEMS:
            self._fail(key, f"it has more than {_MOST_ITEMS}")
        return value

    def _ask(self, table: Mapping[str, Any]) -> Ask:
        self._only(table, "capability", ("name", "reason"))
        name = self._line(table, "name")
        try:
            base = capability(name).partition(":")[0]
        except ValueError as error:
            self._fail(name, str(error), hint=f"capabilities are {', '.join(_OFFERED)}")
        if base not in _OFFERED:
            self._fail(name, f"a plugin cannot have {base}", hint=f"it can ask for {', '.join(_OFFERED)}")
        self._check_reach(base, name.partition(":")[2], name)
        return Ask(capability=name, reason=self._line(table, "reason"))

    def _check_reach(self, base: str, reached: str, name: str) -> None:
        if base == "net.connect" and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{1,5}", reached):
            self._fail(name, "net.connect names a host and a port, such as net.connect:example.org:443")
        if base == "secret" and not _SECRET.fullmatch(reached):
            self._fail(name, "secret names one in small letters, digits and underscores, such as secret:token")
        about = _ABOUT_ARGUMENT.fullmatch(reached)
        whole = reached.startswith(("/", "~/")) and not re.search(r"[{}*?\0]|/\.\.?(/|$)", reached)
        if base == "fs.read" and not (about or whole):
            self._fail(name, "fs.read names an absolute path or one below ~/, without wildcards, or {argument}")
        if base == "fs.write" and not about:
            self._fail(name, "fs.write is only for what the person names: fs.write:{argument}")

    def _program(self, table: Mapping[str, Any]) -> Program:
        self._only(table, "program", ("id", "argv", "effect"))
        argv = table.get("argv")
        id = self._fitting(table, "id", _MODULE, "small letters, digits and underscores")
        if not isinstance(argv, list) or not argv or not all(_is_line(each) for each in argv):
            self._fail("argv", f"the program {id} needs argv, a list of words")
        if table.get("effect") not in [each.value for each in Effect]:
            self._fail("effect", f"the program {id} needs an effect: read, change or destroy")
        made = Program(id=id, argv=tuple(argv), effect=Effect(table["effect"]))
        fault = faults(made)
        if fault:
            self._fail("argv", f"the program {id}: {fault}")
        return made

    def _check_together(self, asks: tuple[Ask, ...], programs: tuple[Program, ...]) -> None:
        names = [ask.capability for ask in asks]
        for what, ids in (("capability", names), ("program", [each.id for each in programs])):
            twice = next((each for each in ids if ids.count(each) > 1), "")
            if twice:
                self._fail(twice, f"the {what} {twice} stands there twice")
        for each in programs:
            for need in filter(None, (f"exec:{each.argv[0]}", reach(each).needs)):
                if need not in names:
                    self._fail(each.id, f"the program {each.id} needs the capability {need}")
        for name in names:
            base, _, reached = name.partition(":")
            if base == "exec" and not any(each.argv[0] == reached for each in programs):
                self._fail(name, f"no program of the plugin runs {reached}")

    def _module(self, table: Mapping[str, Any]) -> str:
        module = self._fitting(table, "module", _MODULE, "small letters, digits and underscores")
        if self._folder.is_dir() and not module_file(self._folder, module):
            self._fail("module", f"there is no {module}.py in {self._folder}")
        return module

    def _timeout(self, table: Mapping[str, Any]) -> float:
        value = table.get("timeout", 30)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= _MOST_SECONDS:
            self._fail("timeout", f"timeout is seconds, 1 to {_MOST_SECONDS}")
        return float(value)

    def _flag(self, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            self._fail(key, f"{key} is true or false")
        return value

    def _only(self, table: Mapping[str, Any], what: str, keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                self._fail(key, f"a {what} has no {key!r}", hint=f"it has {', '.join(keys)}")

    def _line(self, table: Mapping[str, Any], key: str) -> str:
        value = table.get(key)
        if not _is_line(value):
            self._fail(key, f"{key} has to be one line of at most {_LINE} plain characters")
        return str(value).strip()

    def _fitting(self, table: Mapping[str, Any], key: str, pattern: re.Pattern[str], words: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not pattern.fullmatch(value) or len(value) > _LINE:
            self._fail(key, f"{key} has to be {words}, and is {value!r}"[:_LINE])
        return value

    def _fail(self, about: str, problem: str, *, hint: str = "") -> NoReturn:
        lines = self._text.splitlines()
        number = next((n for n, line in enumerate(lines, 1) if about and about in line.partition("#")[0]), 0)
        where = f"{self._path}:{number}" if number else str(self._path)
        raise PluginError(f"{where}: {problem}", hint=hint)


def module_file(folder: Path, module: str) -> Path | None:
    """The file of a plugin's module: a file or a package in its folder; None where there is none."""
    candidates = (folder / f"{module}.py", folder / module / "__init__.py")
    return next((each for each in candidates if each.is_file()), None)


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and len(value) <= _LINE and value.isprintable()
