"""The verbs that the default model is trained and judged on: the core's and the bundled plugins'."""

from __future__ import annotations

from nlsh.argument import Argument, Kind
from nlsh.effects import Effect
from nlsh.executor.core import core_registry
from nlsh.verb import Registry, Selects, Verb
from training.corpus.wire import PLUGINS

_KINDS = {
    "limit": Kind.COUNT, "count": Kind.COUNT, "larger_than": Kind.BYTES, "smaller_than": Kind.BYTES,
    "newer_than": Kind.SECONDS, "older_than": Kind.SECONDS, "since": Kind.SECONDS, "delay": Kind.SECONDS,
    "cancel": Kind.FLAG, "name": Kind.NAME,
}  # fmt: skip
_DESTROYS = ("service.start", "service.stop", "service.restart", "power.shutdown", "power.reboot", "power.suspend")
_CHOICES = {"type": ("file", "directory"), "status": ("running", "failed", "stopped")}


def registry() -> Registry:
    """All of them."""
    return Registry([*core_registry(), *(_declared(name, names) for name, names in PLUGINS.items())])


def _declared(name: str, names: tuple[str, ...]) -> Verb:
    effect = Effect.DESTROY if name in _DESTROYS else Effect.CHANGE if name == "files.trash" else Effect.READ
    return Verb(
        name=name, summary="", effect=effect, selects=Selects.NO, arguments=tuple(map(_argument, names)), needs=(),
        examples=(), undoable=False, run=_nothing,
    )  # fmt: skip


def _argument(name: str) -> Argument:
    if name in _CHOICES:
        return Argument(name=name, kinds=(Kind.CHOICE,), choices=_CHOICES[name])
    default = False if name == "cancel" else None
    return Argument(name=name, kinds=(_KINDS.get(name, Kind.TEXT),), default=default)


def _nothing() -> None:
    raise NotImplementedError
