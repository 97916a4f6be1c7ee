"""`nlshctl plugin`: which plugins there are, what they may do, and making one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nlsh import ctl_plugin_secret
from nlsh.config import Folders
from nlsh.ctl_plugin_host import every, named, note, opened
from nlsh.ctl_report import AsJson, print_json, reported
from nlsh.errors import NlshError, UsageError
from nlsh.result import Column, Result, Unit

if TYPE_CHECKING:
    from nlsh.plugin.found import Found
    from nlsh.plugin.host import Host
    from nlsh.plugin.manifest import Manifest

app = typer.Typer(help="Plugins: what they add, what they may do, and making one.", no_args_is_help=True)
app.add_typer(ctl_plugin_secret.app, name="secret")

_LIST = (
    Column(key="name", title="Plugin"),
    Column(key="version", title="Version"),
    Column(key="state", title="State"),
    Column(key="verbs", title="Verbs"),
    Column(key="source", title="From"),
    Column(key="summary", title="What it is for"),
)
_GRANTS = (
    Column(key="plugin", title="Plugin"),
    Column(key="capability", title="Capability"),
    Column(key="granted", title="Granted", unit=Unit.FLAG),
    Column(key="words", title="It may"),
    Column(key="reason", title="Why"),
)
Name = Annotated[str, typer.Argument(metavar="PLUGIN", help="As `nlshctl plugin list` names it.")]
Place = Annotated[str, typer.Argument(metavar="PLUGIN", help="A plugin, or a folder with a plugin.toml.")]
Some = Annotated[list[str] | None, typer.Argument(metavar="[CAPABILITY]…", help="Only these; all without any.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the plugins that there are, used or not."""
    with reported() as view, opened() as host:
        rows = tuple(_row(host, each) for each in every(host))
        if as_json:
            print_json({"plugins": rows})
        else:
            view.result(Result(verb="plugin.list", shape="table", columns=_LIST, rows=rows))


@app.command()
def install(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder with a plugin.toml, or a wheel.")],
    dependency: Annotated[
        list[Path] | None, typer.Option("--with", metavar="WHEEL", help="A wheel that it depends on; may be repeated.")
    ] = None,
) -> None:
    """Install a plugin from a folder or a wheel. None of its code is run."""
    from nlsh.plugin import shelf

    with reported() as view, opened() as host:
        made = shelf.install(host, source, dependencies=tuple(dependency or ()))
        note("install", made.name)
        asks = tuple(f"it will ask to {ask.words} ({ask.reason})" for ask in made.asks)
        view.result(Result(verb="plugin.install", message=f"{made.name} {made.version} is installed.", notes=asks))


@app.command()
def remove(name: Name) -> None:
    """Remove a plugin, with its grants, its secrets, its log and its state."""
    from nlsh.plugin import shelf

    with reported() as view, opened() as host:
        shelf.remove(host, named(host, name))
        note("remove", name)
        view.result(Result(verb="plugin.remove", message=f"{name} is removed."))


@app.command()
def enable(name: Place) -> None:
    """Use a plugin: one of the list, or one in a folder, which is used where it is."""
    with reported() as view, opened() as host:
        found = named(host, name)
        host.declared(found)
        folder, authored = "" if found.bundled else str(found.folder), found.authored(host.places.installed)
        host.records.change(found.name, enabled=True, folder=folder, authored=authored)
        note("enable", found.name)
        view.result(Result(verb="plugin.enable", message=f"{found.name} is used from the next start of nlsh on."))


@app.command()
def disable(name: Name) -> None:
    """Do not use a plugin, without forgetting what it was granted."""
    with reported() as view, opened() as host:
        found = named(host, name)
        host.records.change(found.name, enabled=False, folder="" if found.bundled else str(found.folder))
        note("disable", found.name)
        view.result(Result(verb="plugin.disable", message=f"{found.name} is not used any more."))


@app.command()
def grant(name: Name, capability: Some = None) -> None:
    """Grant a plugin what it asks for."""
    from nlsh.plugin import consent
    from nlsh.plugin.manifest import read

    with reported() as view, opened() as host:
        found = named(host, name)
        manifest = read(found.folder)
        wanted = _wanted(manifest, capability)
        consent.grant(host.records, found, manifest, wanted)
        note("grant", found.name, wanted)
        words = tuple(f"it may {ask.words}" for ask in manifest.asks if ask.capability in wanted)
        view.result(Result(verb="plugin.grant", message=f"{found.name} has what it asked for.", notes=words))


@app.command()
def revoke(name: Name, capability: Some = None) -> None:
    """Take back what a plugin was granted; it asks again when it needs it."""
    from nlsh.plugin import consent
    from nlsh.plugin.manifest import read

    with reported() as view, opened() as host:
        found = named(host, name)
        wanted = _wanted(read(found.folder), capability)
        consent.revoke(host.records, found.name, wanted)
        note("revoke", found.name, wanted)
        view.result(Result(verb="plugin.revoke", message=f"{found.name} asks again for {', '.join(wanted)}."))


@app.command()
def grants(
    name: Annotated[str, typer.Argument(metavar="[PLUGIN]", help="Only this plugin.")] = "", as_json: AsJson = False
) -> None:
    """List what plugins ask for, and whether they have it."""
    with reported() as view, opened() as host:
        chosen = [named(host, name)] if name else every(host)
        rows = tuple(row for found in chosen for row in _grant_rows(host, found))
        if as_json:
            print_json({"grants": rows})
        elif rows:
            view.result(Result(verb="plugin.grants", shape="table", columns=_GRANTS, rows=rows))
        else:
            view.result(Result(verb="plugin.grants", message="It asks for nothing."))


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and hyphens.")],
    folder: Annotated[Path | None, typer.Option(help="Where to make it; ./NAME without.")] = None,
) -> None:
    """Make a working plugin with a test, to start from."""
    from nlsh.plugin import template

    with reported() as view, opened() as host:
        place = template.write(name, folder or Path(name), taken=frozenset(_namespaces(host)))
        notes = (
            f"try it: nlshctl plugin test {place}",
            f"see how its sentences are understood: nlshctl plugin test --read {place}",
            f"use it: nlshctl plugin enable {place}",
        )
        view.result(Result(verb="plugin.new", message=f"{place} is a plugin.", notes=notes))


@app.command()
def test(
    name: Place,
    read: Annotated[bool, typer.Option("--read", help="Show also what the model makes of every example.")] = False,
) -> None:
    """Check a plugin: its manifest, its verbs as it declares them in its worker, and every example."""
    from nlsh import ctl_plugin_check

    with reported() as view, opened() as host:
        found = named(host, name)
        result = ctl_plugin_check.checked(host, found)
        view.result(result)
        code = 0 if result.ok else 1
        if read and result.ok:
            view.result(ctl_plugin_check.readings(host, found, Folders.of_user()))
        if not found.bundled and found.folder.parent != host.places.installed:
            code = ctl_plugin_check.own_tests(found.folder) or code
    raise typer.Exit(code)


@app.command()
def doc(name: Place) -> None:
    """Print what a plugin can do, and may, as Markdown."""
    from nlsh import ctl_plugin_check
    from nlsh.render import safe

    with reported(), opened() as host:
        sys.stdout.write(safe.lines(ctl_plugin_check.page(host, named(host, name))))


@app.command()
def logs(
    name: Name, lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="How many of the last lines.")] = 50
) -> None:
    """Show the end of a plugin's log: what it wrote, and the errors that it ended with."""
    from nlsh.render import safe

    with reported() as view, opened() as host:
        found = named(host, name)
        try:
            text = host.workshop.log_file(found.name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        if not text:
            view.result(Result(verb="plugin.logs", message=f"{found.name} has written nothing."))
            return
        sys.stdout.write("".join(f"{safe.line(line)}\n" for line in text.splitlines()[-lines:]))


def _row(host: Host, found: Found) -> dict[str, Any]:
    from nlsh.plugin.manifest import read

    record = host.records.all().get(found.name)
    used = record.enabled if record else found.bundled
    source = "nlsh" if found.bundled else str(found.folder)
    row: dict[str, Any] = {"name": found.name, "state": "on" if used else "off", "source": source}
    try:
        manifest = read(found.folder)
        verbs = [str(each["name"]) for each in host.declared(found)["verbs"]] if used else []
        return {**row, "version": manifest.version, "summary": manifest.summary, "verbs": ", ".join(verbs)}
    except NlshError as error:
        return {**row, "version": None, "summary": error.message, "verbs": "", "state": "broken"}


def _grant_rows(host: Host, found: Found) -> Iterator[dict[str, Any]]:
    from nlsh.plugin import consent
    from nlsh.plugin.manifest import read

    manifest = read(found.folder)
    granted = consent.granted(host.records, found, manifest)
    for ask in manifest.asks:
        yield {
            "plugin": found.name,
            "capability": ask.capability,
            "granted": ask.capability in granted,
            "words": ask.words,
            "reason": ask.reason,
        }


def _wanted(manifest: Manifest, given: list[str] | None) -> list[str]:
    known = [ask.capability for ask in manifest.asks]
    for each in given or ():
        if each not in known:
            hint = f"it asks for {', '.join(known)}" if known else "it asks for nothing"
            raise UsageError(f"{manifest.name} does not ask for {each}", hint=hint)
    return list(given or known)


def _namespaces(host: Host) -> Iterator[str]:
    from nlsh.session import full_registry

    for verb in full_registry(host)[0]:
        yield verb.name.partition(".")[0]
