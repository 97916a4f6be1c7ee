"""What the `nlshctl plugin` commands work on: the plugins that there are, by name, and the log of what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlsh.config import Folders
from nlsh.errors import UsageError

if TYPE_CHECKING:
    from nlsh.plugin.found import Found
    from nlsh.plugin.host import Host


@contextmanager
def opened() -> Iterator[Host]:
    """A host that is closed at the end."""
    from nlsh.plugin.host import Host
    from nlsh.session import plugin_places

    host = Host(plugin_places(Folders.of_user()))
    try:
        yield host
    finally:
        host.close()


def every(host: Host) -> list[Found]:
    """Every plugin, once: those that are used before others of the same name."""
    from nlsh.plugin import found as finding
    from nlsh.plugin.found import Found

    records = host.records.all()
    elsewhere = [Found(name=name, folder=Path(each.folder)) for name, each in records.items() if each.folder]
    listed = [*finding.bundled(), *elsewhere, *finding.available(host.places.installed)]
    return list({each.name: each for each in reversed(listed)}.values())[::-1]


def named(host: Host, name: str) -> Found:
    """The plugin of this name, or in this folder; UsageError where there is none."""
    from nlsh.plugin.found import Found
    from nlsh.plugin.manifest import read

    for each in every(host):
        if each.name == name:
            return each
    folder = Path(name).expanduser()
    if folder.is_dir():
        found = Found(name=read(folder.resolve()).name, folder=folder.resolve())
        if any(each.bundled and each.name == found.name and each.folder != found.folder for each in every(host)):
            raise UsageError(f"{found.name} comes with nlsh", hint="a plugin of yours needs another name")
        return next((each for each in every(host) if each == found or each.folder == found.folder), found)
    raise UsageError(f"there is no plugin {name}", hint="nlshctl plugin list names them all")


def note(action: str, name: str, capabilities: list[str] | None = None) -> None:
    """Write down what was decided about a plugin, before it counts at the next request."""
    from nlsh.clock import SystemClock
    from nlsh.config import load
    from nlsh.sandbox.audit import Audit

    folders = Folders.of_user()
    if load(folders.settings).audit:
        fields: dict[str, Any] = {"plugin": name, "action": action, "capabilities": capabilities or []}
        Audit(folders.audit, SystemClock()).write("plugin", fields)
