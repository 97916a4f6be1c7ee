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
    consents = manifest.consents(_files(record, found))
    agreed = {each for each, consent in consents.items() if consent in record.granted}
    from_start = {ask.capability for ask in manifest.asks if found.bundled and ask.looks} - set(record.revoked)
    return frozenset(agreed | from_start)


def agree(
    records: Records, found: Found, manifest: Manifest, needs: frozenset[str], house: House, *, utterance: str
) -> None:
    """Ask the person, once, for the capabilities of `needs` that a plugin does not have.

    Denied where the person says no; NeedsConfirmation, with the command that grants them, where nobody is there to ask;
    PluginError where the manifest does not ask for one of them.
    """
    strange = needs - {ask.capability for ask in manifest.asks}
    if strange:
        raise PluginError(f"the plugin {found.name} needs {min(strange)}, which its plugin.toml does not ask for")
    lacking = (
        [ask for ask in manifest.asks if ask.capability in needs - granted(records, found, manifest)] if needs else []
    )
    if not lacking:
        return
    before = {_capability(each) for each in records.of(found.name).granted}
    changed = ", which is not what it was when you agreed," if before & {ask.capability for ask in lacking} else ""
    title = f"the plugin {found.name}{changed} wants to {wishes(manifest, lacking)}"
    intent = Intent(verb="plugin.grant", args={"name": found.name})
    try:
        house.allow(Act(intent=intent, effect=Effect.CHANGE, utterance=utterance, origin="plugin", title=title))
    except NeedsConfirmation as error:
        hint = f"nlshctl plugin grant {found.name}"
        raise NeedsConfirmation(f"{title}, and was not granted that", hint=hint) from error
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


def _files(record: Record, found: Found) -> str:
    """The digest that grants are bound to: none for what comes with nlsh, and what its author changes all the time."""
    return "" if found.bundled or record.authored else found.digest


def _without(consents: Iterable[str], capabilities: Collection[str]) -> tuple[str, ...]:
    return tuple(each for each in consents if _capability(each) not in capabilities)


def _capability(consent: str) -> str:
    return consent.partition("\n")[0]
