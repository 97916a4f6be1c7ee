"""Who is and was logged in, from the login records of utmp(5) and, where there are none, systemd's sessions."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

UTMP, WTMP = Path("/var/run/utmp"), Path("/var/log/wtmp")
SESSIONS = Path("/run/systemd/sessions")
_WIDE = os.uname().machine == "aarch64"
_RECORD = struct.Struct("=h2xi32s4s32s256shh" + ("qqq16s20x4x" if _WIDE else "iii16s20x"))
"""One record: kind, pid, line, id, user, host, exit status, session, seconds, microseconds, address.

glibc keeps the times in 32 bits where programs of 32 bits share the file; not so on aarch64.
"""
_RUN_LEVEL, _BOOT, _USER, _DEAD = 1, 2, 7, 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """One login: who, on which terminal, from where, and its times in unix seconds; `ended` is None while it lasts."""

    user: str
    terminal: str
    host: str
    since: float
    ended: float | None = None
    pid: int = 0


def present() -> tuple[Login, ...]:
    """Those logged in now, longest first."""
    recorded = _open_logins(_records(UTMP)) if UTMP.exists() else ()
    return tuple(sorted(recorded or _sessions(), key=lambda login: login.since))


def past(path: Path = WTMP) -> tuple[Login, ...]:
    """The logins of the record file, newest first; OSError where it cannot be read.

    A login ends with its terminal's own end, a shutdown, or the next boot after a crash, whichever is first.
    """
    done: list[Login] = []
    going: dict[str, Login] = {}
    for kind, login in _records(path):
        stops = kind == _BOOT or (kind == _RUN_LEVEL and login.user == "shutdown")
        ended = list(going) if stops else [login.terminal]
        done += [_end(going.pop(line), login.since) for line in ended if line in going]
        if kind == _USER:
            going[login.terminal] = login
    return tuple(sorted((*done, *going.values()), key=lambda login: login.since, reverse=True))


def _end(login: Login, when: float) -> Login:
    return Login(user=login.user, terminal=login.terminal, host=login.host, since=login.since, ended=when)


def _records(path: Path) -> Iterator[tuple[int, Login]]:
    data = path.read_bytes()
    for fields in _RECORD.iter_unpack(data[: len(data) - len(data) % _RECORD.size]):
        kind, pid, line, _, user, host, _, _, _, seconds, micros, _ = fields
        if kind in (_RUN_LEVEL, _BOOT, _USER, _DEAD):
            yield (
                kind,
                Login(
                    user=_text(user),
                    terminal=_text(line),
                    host=_text(host),
                    since=seconds + micros / 1e6,
                    pid=pid,
                ),
            )


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "replace")


def _open_logins(records: Iterable[tuple[int, Login]]) -> tuple[Login, ...]:
    """The user records whose process still lives: a terminal that crashed leaves its record behind."""
    return tuple(login for kind, login in records if kind == _USER and Path(f"/proc/{login.pid}").exists())


def _sessions() -> Iterator[Login]:
    """systemd-logind's open sessions of people; its own services have the class `manager`."""
    for path in sorted(SESSIONS.glob("*")):
        if path.suffix:
            continue
        known = dict(line.partition("=")[::2] for line in path.read_text(encoding="utf-8").splitlines())
        if known.get("CLASS") == "user" and known.get("STATE") != "closing":
            yield Login(
                user=known.get("USER", ""),
                terminal=known.get("TTY", known.get("DISPLAY", "")),
                host=known.get("REMOTE_HOST", ""),
                since=int(known.get("REALTIME", "0")) / 1e6,
            )
