"""`nlshctl model`: list, install, use, remove and verify models."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from nlsh import config
from nlsh.ctl_report import AsJson, print_json, reported
from nlsh.errors import ModelError
from nlsh.models.catalogue import CHECKSUM_FROM, Catalogue, Model
from nlsh.models.installed import Installed
from nlsh.models.sizes import shown
from nlsh.models.store import Steps, Store
from nlsh.result import Column, Result, Unit

if TYPE_CHECKING:
    from types import FrameType

    from nlsh.render.view import View

VERSION = 1
"""Of the JSON that `list --json` prints; its keys do not change within a version."""

_LINE_SECONDS = 3.0
_DOING = {
    "wait": "waiting for another install",
    "fetch": "fetching",
    "check": "checking",
    "build": "building",
}
_COLUMNS = (
    Column(key="name", title="Name"),
    Column(key="state", title="State"),
    Column(key="size", title="Size", unit=Unit.BYTES),
    Column(key="licence", title="Licence"),
    Column(key="checksum", title="Checksum"),
)
_WORDS = (
    "checksums: hashed, by the authors of nlsh; published, alike in several public records; by server, at the download",
    "install one with: nlshctl model install NAME",
)

app = typer.Typer(help="Models: list, install, choose, remove and verify them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name that `nlshctl model list` shows.")]
AnyName = Annotated[str, typer.Argument(metavar="[NAME]", help="A name that `nlshctl model list` shows.")]
NameOrFile = Annotated[str, typer.Argument(metavar="NAME|FILE", help="An installed model, or a GGUF file.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the models that can be installed, and those that are."""
    with reported() as view:
        store = _store()
        rows = _rows(store, store.chosen(_settings()))
        if as_json:
            envelope = {"version": VERSION, "folder": str(store.folder), "default": store.catalogue.default}
            print_json({**envelope, "models": rows})
        else:
            view.result(_table(rows, store.catalogue))


@app.command()
def install(name: AnyName = "") -> None:
    """Fetch, check and set up a model: the default one, if no name is given."""
    from nlsh.models.self_test import self_test

    with reported() as view:
        store, settings = _store(), _settings()
        model = store.catalogue[name or store.catalogue.default]
        view.notice(f"{model.name}: licence {model.licence}. {model.note}".rstrip())
        with _stoppable(), _progress() as heard:
            path = store.install(model.name, heard, self_test)
        view.result(Result(verb="model.install", message=f"{model.name} is installed: {path}"))
        if store.chosen(settings) != model.name:
            view.notice(f"nlsh does not use it yet: nlshctl model use {model.name}")


@app.command()
def use(name_or_file: NameOrFile) -> None:
    """Make nlsh use this model from now on."""
    with reported() as view:
        settings = config.Folders.of_user().settings
        chosen = _store().use(name_or_file, settings)
        view.result(Result(verb="model.use", message=f"nlsh uses {chosen.name} from its next start ({settings})"))


@app.command()
def remove(name: Name) -> None:
    """Remove an installed model."""
    with reported() as view:
        store = _store()
        was = store.chosen(_settings())
        gone = store.remove(name)
        view.result(Result(verb="model.remove", message="removed " + (", ".join(map(str, gone)) or "its entry only")))
        if was == name.lower():
            view.notice("nlsh used it; choose another with: nlshctl model use NAME")


@app.command()
def verify(name: AnyName = "") -> None:
    """Read an installed model again, or all of them, and compare it with what was installed."""
    with reported() as view:
        store = _store()
        names = [name] if name else [each.name for each in store.installed()]
        if not names:
            raise ModelError("no model is installed", hint="nlshctl model install")
        failed = [each for each in names if not _verified(store, each, view)]
        if failed:
            raise typer.Exit(ModelError.exit_code)


def _verified(store: Store, name: str, view: View) -> bool:
    try:
        with _progress() as heard:
            record = store.verify(name, heard)
    except ModelError as error:
        view.error(error)
        return False
    view.result(Result(verb="model.verify", message=f"{record.name} is sound: sha256 {record.sha256}"))
    return True


def _store() -> Store:
    from nlsh.models.fetch import mirror_of_user

    return Store(config.Folders.of_user().models, Catalogue.load(), mirror=mirror_of_user())


def _settings() -> config.Settings:
    return config.load(config.Folders.of_user().settings)


def _rows(store: Store, chosen: str) -> list[dict[str, Any]]:
    """Each model's facts, plain, for JSON; a file of the person's own comes last."""
    there = {each.name: each for each in store.installed()}
    rows = [_facts(store, model, there.get(model.name), chosen) for model in store.catalogue]
    if chosen and chosen not in store.catalogue:
        rows.append({"name": chosen, "title": "a file of your own", "installed": True, "in_use": True})
    return rows


def _facts(store: Store, model: Model, record: Installed | None, chosen: str) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "licence": model.licence,
        "style": model.style,
        "context": model.context,
        "size": model.size,
        "download": model.transfer,
        "sources": list(model.sources),
        "sha256": model.sha256,
        "sha256_from": model.sha256_from,
        "note": model.note,
        "installed": record is not None,
        "in_use": record is not None and chosen == model.name,
        "outdated": record is not None and store.needs_rebuild(model.name),
        "path": str(store.folder / record.file) if record else None,
        "installed_sha256": record.sha256 if record else None,
    }


def _table(rows: list[dict[str, Any]], catalogue: Catalogue) -> Result:
    default = catalogue[catalogue.default]
    notes = [f"{default.name} is {default.title}", *_WORDS]
    if any(row.get("outdated") for row in rows):
        notes.append("outdated: this nlsh brings a newer adapter; install the model again to build it in")
    return Result(verb="model.list", shape="table", columns=_COLUMNS, rows=tuple(map(_row, rows)), notes=tuple(notes))


def _row(facts: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the table."""
    states = {"outdated": "outdated", "in_use": "in use", "installed": "installed"}
    return {
        **facts,
        "state": next((word for key, word in states.items() if facts.get(key)), ""),
        "size": CHECKSUM_FROM["server"] if facts.get("size") == 0 else facts.get("size"),
        "checksum": CHECKSUM_FROM.get(facts.get("sha256_from", ""), ""),
    }


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let a polite end (TERM, HUP) tidy up like Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress() -> Iterator[Steps]:
    """Bars on a terminal; elsewhere a line of text now and then."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[of]}"),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bars(bars)


class _Bars:
    """A bar for each step of an install."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._tasks: dict[str, Any] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if what not in self._tasks:
            self._tasks[what] = self._bars.add_task(_DOING.get(what, what), total=total or None, of="")
        self._bars.update(self._tasks[what], completed=done, total=total or None, of=_of(what, done, total))


class _Lines:
    """A line at the start of each step, and one every few seconds."""

    def __init__(self) -> None:
        self._what = ""
        self._last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what == self._what and now - self._last < _LINE_SECONDS:
            return
        self._what, self._last = what, now
        print(f"{_DOING.get(what, what)} {_of(what, done, total)}".rstrip(), file=sys.stderr, flush=True)


def _of(what: str, done: int, total: int) -> str:
    if what == "wait" or not (done or total):
        return ""
    if what == "build":
        return f"{done} of {total}" if total else str(done)
    return f"{shown(done)} of {shown(total)}" if total else shown(done)
