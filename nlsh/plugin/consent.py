"""What a plugin was granted: what a person agreed to, and for a plugin that comes with nlsh what only looks."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nlsh.act import Act
from nlsh.effects import Effect
from nlsh.errors import NeedsConfirmation, PluginError
from nlsh.intent import Intent
from nlsh.plugin.found import Found
from nlsh.plugin.manifest import Ask, Manifest
from nlsh.plugin.records import Record, Records
from nlsh.sandbox.broker import House


def granted(records: Records, found: Found, manifest: Manifest) -> frozenset[str]:
    """The capabilities that a plugin has now."""
    record = records.of(found.name)
    return _granted(record, found, manifest, _files(record, found)) if manifest.asks else frozenset()


def agree(
    records: Records, found: Found, manifest: Manifest, needs: frozenset[str], house: House, *, utterance: str
) -> None:
    """Ask the person, once, for the capabilities of `needs` that a plugin does not have.

    Denied where the person says no; NeedsConfirmation, with the command that grants them, where nobody is there to ask;
    PluginError where the manifest does not ask for one of them, or where its files change while it is asked about.
    """
    if not needs:
        return
    strange = needs - {ask.capability for ask in manifest.asks}
    if strange:
        raise PluginError(f"the plugin {found.name} needs {min(strange)}, which its plugin.toml does not ask for")
    record = records.of(found.name)
    files = _files(record, found)
    missing = needs - _granted(record, found, manifest, files)
    lacking = [ask for ask in manifest.asks if ask.capability in missing]
    if not lacking:
        return
    changed = ", which is not what it was when you agreed," if missing & set(map(_capability, record.granted)) else ""
    title = f"the plugin {found.name}{changed} wants to {wishes(manifest, lacking)}"
    intent = Intent(verb="plugin.grant", args={"name": found.name})
    try:
        house.allow(Act(intent=intent, effect=Effect.CHANGE, utterance=utterance, origin="plugin", title=title))
    except NeedsConfirmation as error:
        hint = f"nlshctl plugin grant {found.name}"
        raise NeedsConfirmation(f"{title}, and was not granted that", hint=hint) from error
    if _files(record, found) != files:
        raise PluginError(f"the files of the plugin {found.name} changed while it was asked about", hint="say it again")
    grant(records, found, manifest, [ask.capability for ask in lacking])


def wishes(manifest: Manifest, asks: Iterable[Ask]) -> str:
    """What is asked for, with the reasons and every command line, in one sentence."""
    return "; to ".join(f"{_words(manifest, ask)} ({ask.reason})" for ask in asks)


def _words(manifest: Manifest, ask: Ask) -> str:
    lines = manifest.command_lines(ask.capability)
    return f"have nlsh run {', '.join(f'`{line}`' for line in lines)}" if lines else ask.words


def grant(records: Records, found: Found, manifest: Manifest, capabilities: Iterable[str]) -> None:
    """Remember that a person agreed to these capabilities of a plugin, as its manifest and its files have them now."""
    wanted = list(capabilities)
    record = records.of(found.name)
    consents = manifest.consents(_files(record, found))
    records.change(
        found.name,
        granted=(*_without(record.granted, wanted), *(consents[each] for each in wanted)),
        revoked=tuple(each for each in record.revoked if each not in wanted),
    )


def revoke(records: Records, name: str, capabilities: Iterable[str]) -> None:
    """Take capabilities back; a plugin that needs one asks again."""
    wanted = list(capabilities)
    record = records.of(name)
    records.change(
        name,
        granted=_without(record.granted, wanted),
        revoked=tuple(dict.fromkeys([*record.revoked, *wanted])),
    )


def _granted(record: Record, found: Found, manifest: Manifest, files: str) -> frozenset[str]:
    agreed = {each for each, consent in manifest.consents(files).items() if consent in record.granted}
    from_start = {ask.capability for ask in manifest.asks if found.bundled and ask.looks} - set(record.revoked)
    return frozenset(agreed | from_start)


def _files(record: Record, found: Found) -> str:
    """The digest that grants are bound to: none for what comes with nlsh, and what its author changes all the time."""
    return "" if found.bundled or record.authored else found.digest


def _without(consents: Iterable[str], capabilities: Collection[str]) -> tuple[str, ...]:
    return tuple(each for each in consents if _capability(each) not in capabilities)


def _capability(consent: str) -> str:
    return consent.partition("\n")[0]
