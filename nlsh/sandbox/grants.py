"""Grants: what a person has allowed for a while, so as not to be asked again.

A grant turns an ask by key into an allow. It never reaches what wants the word, what a rule of the machine asks for,
what is denied, everything at once, or an act that a plugin or a standing rule wants.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import Iterator, MutableSequence, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nlsh.act import Act, Decision, Outcome
from nlsh.clock import Clock
from nlsh.effects import Effect
from nlsh.errors import OperationFailed, UsageError
from nlsh.sandbox.case import Case
from nlsh.sandbox.rule import When

LONGEST = 86400.0
"""Seconds that a timed grant may last: a day."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Leave for one effect of the verbs that fit the pattern `verb`, on names that fit `name` (empty: all names).

    `since` and `until` are unix times, `ends` is seconds since the boot `boot`; all are 0 for a grant of the session.
    """

    id: str
    effect: str
    verb: str
    name: str = ""
    since: float = 0.0
    until: float = 0.0
    ends: float = 0.0
    boot: str = ""

    @property
    def when(self) -> When:
        """What it reaches, as the conditions of a rule."""
        return When(effect=(Effect(self.effect),), verb=(self.verb,), name=(self.name,) if self.name else None)

    def covers(self, act: Act, cases: Sequence[Case]) -> bool:
        """Whether every target of the act is within it."""
        plain = act.origin == "person" and not act.selection.everything
        return plain and all(self.when.holds(case, leniently=False) for case in cases)

    @property
    def decision(self) -> Decision:
        """What it makes of an ask."""
        return Decision(outcome=Outcome.ALLOW, rule=f"grant-{self.id}", reason="You allowed it.", source="grants")


class Grants:
    """The grants in force: those of the session in memory, those for a time in the file at `path`, mode 0600.

    `path` None keeps timed grants in memory too. A timed grant ends by whichever clock comes first, when the clock was
    set back, and with a restart of the machine.
    """

    def __init__(self, path: Path | None, clock: Clock, *, boot: str | None = None) -> None:
        self._path = path
        self._clock = clock
        self._boot = boot
        self._session: list[Grant] = []

    def add(self, *, effect: Effect, verb: str, name: str = "", seconds: float | None = None) -> Grant:
        """Grant for `seconds`, or for this session without them; UsageError for too long or for no verb."""
        if not verb:
            raise UsageError("a grant needs a verb", hint="name one, or a pattern such as process.*")
        if seconds is None:
            return self._keep(Grant(id=_next("s", self._session), effect=effect.value, verb=verb, name=name))
        if not 0 < seconds <= LONGEST:
            raise UsageError(f"a grant cannot last {seconds:g} seconds", hint="it lasts up to a day")
        with self._changing() as stored:
            grant = self._timed(effect, verb, name, seconds, [*self._session, *stored])
            (stored if self._path else self._session).append(grant)
        return grant

    def list(self) -> tuple[Grant, ...]:
        """All grants in force."""
        return tuple(grant for grant in [*self._session, *self._stored()] if self._lives(grant))

    def revoke(self, id: str) -> Grant:
        """Take a grant back; UsageError where there is none with that id."""
        for grant in self.list():
            if grant.id == id:
                self._drop(grant)
                return grant
        raise UsageError(f"there is no grant {id}", hint="nlshctl grants list names those in force")

    def covering(self, act: Act, cases: Sequence[Case]) -> Grant | None:
        """The first grant that covers the act, if any."""
        return next((grant for grant in self.list() if grant.covers(act, cases)), None)

    def _keep(self, grant: Grant) -> Grant:
        self._session.append(grant)
        return grant

    def _timed(self, effect: Effect, verb: str, name: str, seconds: float, others: Sequence[Grant]) -> Grant:
        now = self._clock.now()
        return Grant(
            id=_next("t", others),
            effect=effect.value,
            verb=verb,
            name=name,
            since=now,
            until=now + seconds,
            ends=self._clock.monotonic() + seconds,
            boot=self._this_boot(),
        )

    def _lives(self, grant: Grant) -> bool:
        if not grant.until:
            return True
        on_time = grant.since <= self._clock.now() < grant.until
        return on_time and grant.boot == self._this_boot() and self._clock.monotonic() < grant.ends

    def _this_boot(self) -> str:
        if self._boot is None:
            self._boot = _boot_id()
        return self._boot

    def _drop(self, grant: Grant) -> None:
        if grant in self._session:
            self._session.remove(grant)
            return
        with self._changing() as stored:
            stored[:] = [each for each in stored if each.id != grant.id]

    def _stored(self) -> Sequence[Grant]:
        if self._path is None:
            return []
        try:
            with self._path.open("rb") as file:
                return _read(file.fileno())
        except (OSError, ValueError, TypeError, KeyError):
            return []

    @contextmanager
    def _changing(self) -> Iterator[MutableSequence[Grant]]:
        """The stored grants that still live, to be changed in place, written when done; others wait meanwhile."""
        if self._path is None:
            yield []
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self._path.with_name(self._path.name + ".lock")):
                stored = [grant for grant in self._stored() if self._lives(grant)]
                yield stored
                _replace(self._path, json.dumps([asdict(grant) for grant in stored]))
        except OSError as error:
            hint = "grant it for this session instead"
            raise OperationFailed(f"cannot keep the grants in {self._path}: {error}", hint=hint) from error


def _next(kind: str, grants: Sequence[Grant]) -> str:
    taken = [int(grant.id[1:]) for grant in grants if grant.id.startswith(kind) and grant.id[1:].isdigit()]
    return f"{kind}{max(taken, default=0) + 1}"


def _read(file: int) -> Sequence[Grant]:
    """The grants in an open file; none where somebody else could have written them."""
    about = os.fstat(file)
    if about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return []
    data: list[dict[str, Any]] = json.loads(os.read(file, 1 << 20))
    grants = [Grant(**item) for item in data]
    return [grant for grant in grants if Effect(grant.effect) and grant.until > 0]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _replace(path: Path, text: str) -> None:
    """Put the file there at once and whole; a temporary file is made with mode 0600."""
    import tempfile

    file, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as out:
            out.write(text)
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
