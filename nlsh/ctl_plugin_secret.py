"""`nlshctl plugin secret`: the secrets that plugins ask for. A value is typed or piped in, and never shown."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from nlsh.ctl_plugin_host import every, named, note, opened
from nlsh.ctl_report import AsJson, print_json, reported
from nlsh.errors import UsageError
from nlsh.result import Column, Result, Unit

if TYPE_CHECKING:
    from nlsh.plugin.found import Found
    from nlsh.plugin.host import Host
    from nlsh.plugin.manifest import Ask, Manifest

app = typer.Typer(help="The secrets of plugins: tokens and passwords that they ask for.", no_args_is_help=True)

_LIST = (
    Column(key="plugin", title="Plugin"),
    Column(key="name", title="Secret"),
    Column(key="set", title="Set", unit=Unit.FLAG),
    Column(key="reason", title="Why"),
)
Plugin = Annotated[str, typer.Argument(metavar="PLUGIN", help="As `nlshctl plugin list` names it.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="As its plugin.toml names it, without `secret:`.")]


@app.command("set", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def set_(context: typer.Context, plugin: Plugin, name: Name) -> None:
    """Set a secret, and let the plugin read it. The value is asked for, or read from standard input."""
    from nlsh.plugin import consent

    with reported() as view, opened() as host:
        if context.args:
            hint = "leave the value out: it is asked for, or read from standard input"
            raise UsageError("a secret is not for the command line, which others can see", hint=hint)
        found, manifest, ask = _declared(host, plugin, name)
        host.secrets.set(found.name, name, _typed(f"{name} for {found.name} ({ask.reason}): "))
        consent.grant(host.records, found, manifest, [ask.capability])
        note("secret set", found.name, [ask.capability])
        view.result(Result(verb="plugin.secret", message=f"{found.name} may read {name} ({ask.reason})."))


@app.command()
def remove(plugin: Plugin, name: Name) -> None:
    """Forget a secret; the plugin may not read it any more."""
    from nlsh.plugin import consent

    with reported() as view, opened() as host:
        found = named(host, plugin)
        if name not in host.secrets.names(found.name):
            hint = f"nlshctl plugin secret list {found.name}"
            raise UsageError(f"there is no secret of that name set for {found.name}", hint=hint)
        host.secrets.remove(found.name, name)
        consent.revoke(host.records, found.name, [f"secret:{name}"])
        note("secret remove", found.name, [f"secret:{name}"])
        view.result(Result(verb="plugin.secret", message=f"{name} of {found.name} is forgotten."))


@app.command("list")
def list_(
    plugin: Annotated[str, typer.Argument(metavar="[PLUGIN]", help="Only this plugin.")] = "", as_json: AsJson = False
) -> None:
    """List the secrets that plugins ask for, and whether they are set; never what they are."""
    from nlsh.plugin.manifest import read

    with reported() as view, opened() as host:
        rows = tuple(
            {"plugin": each.name, "name": ask.secret, "set": ask.secret in there, "reason": ask.reason}
            for each in ([named(host, plugin)] if plugin else every(host))
            for there in [host.secrets.names(each.name)]
            for ask in read(each.folder).asks
            if ask.secret
        )
        if as_json:
            print_json({"secrets": rows})
        elif rows:
            view.result(Result(verb="plugin.secret", shape="table", columns=_LIST, rows=rows))
        else:
            view.result(Result(verb="plugin.secret", message="No secret is asked for."))


def _declared(host: Host, plugin: str, name: str) -> tuple[Found, Manifest, Ask]:
    """The plugin and where it asks for this secret; UsageError where it does not."""
    from nlsh.plugin.manifest import read

    found = named(host, plugin)
    manifest = read(found.folder)
    for ask in manifest.asks:
        if name and ask.secret == name:
            return found, manifest, ask
    known = ", ".join(ask.secret for ask in manifest.asks if ask.secret)
    raise UsageError(f"{found.name} asks for no such secret", hint=f"it asks for {known}" if known else "")


def _typed(question: str) -> str:
    """What is typed and not shown, or all of standard input but the end of its last line."""
    from nlsh.plugin.secrets import MOST_BYTES

    if not sys.stdin.isatty():
        try:
            return sys.stdin.buffer.read(MOST_BYTES + 2).decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise UsageError("a secret is text in UTF-8") from None
    from getpass import getpass

    from nlsh.render import safe

    return getpass(safe.line(question))
