"""Programs that a plugin may have run: whole command lines with typed holes, never a free one.

A hole `{argument:kind}` or `{argument:kind=default}` is filled by nlsh from the arguments of the step, that is from
what the person said: the plugin names the command line that it wants, and chooses nothing in it.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nlsh.effects import Effect

SEARCH_PATH: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""Where programs are looked for, whatever PATH says."""
_HOLE = re.compile(r"\{([a-z_]+):([a-z]+)(?:=([A-Za-z0-9._-]+))?\}")
_PROGRAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_UNIT = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._:\\-]{0,255}")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
_PATH = re.compile(r"/[^\0\n\r]{0,4094}")
_MOST_COUNT = 10_000
_MOST_MINUTES = 525_600
_ANY_PROGRAM = (
    "ash bash busybox csh dash env expect fish gawk gdb ksh lua mksh nice nohup nsenter perl php pkexec python python2 "
    "python3 ruby script setsid sh socat ssh strace stdbuf su sudo systemd-run tclsh timeout unshare xargs zsh "
    "node doas chroot awk find parallel watch tmux screen"
).split()
"""Programs that run any other: a template of one is a free command line."""
_ENDING = "rm dd shred wipefs mkfs fdisk parted kill killall pkill userdel groupdel truncate unlink".split()
_POWER = "shutdown poweroff reboot halt init telinit rtcwake pm-suspend pm-hibernate".split()
_SYSTEMCTL_LOOKS = (
    "status show list-units list-unit-files list-timers list-sockets is-active is-failed is-enabled cat help"
).split()
_SYSTEMCTL_POWER = (
    "poweroff reboot soft-reboot halt kexec suspend hibernate hybrid-sleep suspend-then-hibernate sleep exit rescue "
    "emergency default isolate switch-root"
).split()


_JOURNAL_CHANGES = ("--vacuum", "--rotate", "--flush", "--sync", "--relinquish", "--smart", "--setup-keys")


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """A command line with holes. `effect` is what the plugin says that it does; `reach` knows better where it can."""

    id: str
    argv: tuple[str, ...]
    effect: Effect

    def __str__(self) -> str:
        return f"{' '.join(self.argv)} ({self.effect.value})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """What a command line comes to: the operation's name for the policy, what it needs beside exec, its effect."""

    verb: str
    needs: str
    effect: Effect


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """A command line without holes; `names` are what stands in them that has a name (a service, a host).

    `paths` are the files and folders in them: a plugin may have a program look only where it may look itself.
    """

    argv: tuple[str, ...]
    names: tuple[str, ...]
    paths: tuple[str, ...]


def reach(program: Program) -> Reach:
    """What the program does at least, known by its command line, or more where the plugin itself says so."""
    verb, needs, least = _known(program.argv)
    return Reach(verb=verb, needs=needs, effect=max(least, program.effect, key=lambda each: each.rank))


def faults(program: Program) -> str:
    """Why the template cannot be granted, in words; empty where it can."""
    first, rest = program.argv[0], program.argv[1:]
    if not _PROGRAM.fullmatch(first):
        return f"{first!r} is not the plain name of a program"
    base = re.sub(r"[0-9.]+$", "", first)
    if first in _ANY_PROGRAM or base in _ANY_PROGRAM:
        return f"{first} can run any program, so that this would be a free command line"
    for item in rest:
        bare = _HOLE.sub("", item)
        if "{" in bare or "}" in bare:
            return f"{item!r} has a hole that is not {{argument:kind}}"
        for hole in _HOLE.finditer(item):
            if hole[2] not in _FILLS:
                return f"there is no kind of hole {hole[2]!r}; there are {', '.join(_FILLS)}"
    if first == "systemctl" and not re.fullmatch(r"[a-z][a-z-]*", _subcommand(program.argv)):
        return "what systemctl is to do stands first, and is no hole"
    return ""


def holes(program: Program) -> tuple[str, ...]:
    """The arguments that the template is filled from."""
    return tuple(hole[1] for item in program.argv for hole in _HOLE.finditer(item))


def filled(program: Program, arguments: Mapping[str, Any], *, now: float) -> Command:
    """The command line for these arguments; ValueError with the reason where one is missing or does not fit."""
    names: list[str] = []
    paths: list[str] = []

    def fill(hole: re.Match[str]) -> str:
        name, kind, default = hole.groups()
        value = arguments.get(name, default)
        if value is None:
            raise ValueError(f"it needs {name}")
        text = _FILLS[kind](value, now)
        if kind in ("unit", "host", "word"):
            names.append(text)
        if kind == "path":
            paths.append(text)
        return text

    argv = (program.argv[0], *(_HOLE.sub(fill, item) for item in program.argv[1:]))
    return Command(argv=argv, names=tuple(names), paths=tuple(paths))


def found(name: str, search: tuple[str, ...] = SEARCH_PATH) -> str:
    """The file of a program; empty where there is none."""
    for folder in search:
        path = f"{folder}/{name}"
        if os.access(path, os.X_OK) and os.path.isfile(path):  # noqa: PTH113 - a plain look-up
            return path
    return ""


def _known(argv: tuple[str, ...]) -> tuple[str, str, Effect]:
    name = argv[0]
    if name == "systemctl":
        word = _subcommand(argv)
        if word in _SYSTEMCTL_LOOKS:
            return "program.run", "", Effect.READ
        if word in _SYSTEMCTL_POWER or not word:
            return "power.control", "power.control", Effect.DESTROY
        return "service.control", "service.control", Effect.DESTROY
    if name == "shutdown" and argv[1:] == ("-c",):
        return "power.control", "power.control", Effect.CHANGE  # calls off what was to come
    if name in _POWER:
        return "power.control", "power.control", Effect.DESTROY
    if name in ("service", "rc-service", "invoke-rc.d", "loginctl"):
        return "service.control", "service.control", Effect.DESTROY
    if name == "journalctl" and any(item.startswith(_JOURNAL_CHANGES) for item in argv[1:]):
        return "program.run", "", Effect.DESTROY
    if name in _ENDING or name.startswith("mkfs"):
        return "program.run", "", Effect.DESTROY
    return "program.run", "", Effect.READ


def _subcommand(argv: tuple[str, ...]) -> str:
    return argv[1] if len(argv) > 1 else ""


def _unit(value: Any, now: float) -> str:
    text = str(value).removesuffix(".service")
    return _fitting(_UNIT, text, "the name of a service")


def _host(value: Any, now: float) -> str:
    return _fitting(_HOST, str(value), "a host")


def _word(value: Any, now: float) -> str:
    return _fitting(_WORD, str(value), "a plain word")


def _path(value: Any, now: float) -> str:
    return _fitting(_PATH, str(value), "an absolute path: the verb's needs make it one, as fs.read:{argument}")


def _fitting(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r} is not {what}")
    return text


def _count(value: Any, now: float) -> str:
    return str(_whole(value, 1, _MOST_COUNT))


def _minutes(value: Any, now: float) -> str:
    return str(math.ceil(_whole(value, 0, _MOST_MINUTES * 60) / 60))


def _ago(value: Any, now: float) -> str:
    return str(int(now) - _whole(value, 0, int(now)))


def _whole(value: Any, least: int, most: int) -> int:
    number = int(value)
    if isinstance(value, bool) or not least <= number <= most:
        raise ValueError(f"{value!r} is not between {least} and {most}")
    return number


_FILLS: Final[dict[str, Callable[[Any, float], str]]] = {
    "unit": _unit,
    "host": _host,
    "word": _word,
    "path": _path,
    "count": _count,
    "minutes": _minutes,
    "ago": _ago,
}
"""Kind of hole to what it makes of an argument: minutes from seconds, ago the unix time that many seconds ago."""
