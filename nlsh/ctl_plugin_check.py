"""What `nlshctl plugin test` and `doc` find out about a plugin."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlsh.argument import Argument, Kind
from nlsh.config import Folders, load
from nlsh.parser.sayable import Sayable
from nlsh.plugin import consent
from nlsh.plugin.manifest import read
from nlsh.result import Column, Failure, Result, Unit
from nlsh.verb import Example, Registry, Verb

if TYPE_CHECKING:
    from nlsh.parser.parse import Parser
    from nlsh.plugin.found import Found
    from nlsh.plugin.host import Host

_FEW = 4
_READINGS = (
    Column(key="said", title="Example"),
    Column(key="read", title="Read as"),
    Column(key="confidence", title="Confidence", unit=Unit.PERCENT),
    Column(key="asks", title="Asks back", unit=Unit.FLAG),
    Column(key="right", title="As meant", unit=Unit.FLAG),
)


def checked(host: Host, found: Found) -> Result:
    """Read the manifest, have the plugin declare its verbs in its worker, and try every example.

    A failure for each example that says what its sentence does not; a note where there are few.
    """
    manifest = read(found.folder)
    verbs = host.verbs_of(found, host.describe(found))
    registry = Registry(verbs)
    failures = [failure for verb in registry for failure in _failures(verb)]
    notes = [f"{verb.name} has {len(verb.examples)} examples; {_FEW} to 8 are good" for verb in verbs if _is_few(verb)]
    count = sum(len(verb.examples) for verb in verbs)
    several = "1 verb" if len(verbs) == 1 else f"{len(verbs)} verbs"
    message = "" if failures else f"{manifest.name}: {several} with {count} examples, all well-formed."
    return Result(verb="plugin.test", message=message, notes=tuple(notes), failures=tuple(failures))


def readings(host: Host, found: Found, folders: Folders) -> Result:
    """What the model makes of every example, beside the verbs of nlsh and of the plugins that are used.

    ModelError where there is no model.
    """
    from nlsh.session import full_registry, mind_of

    verbs = host.verbs_of(found, host.describe(found))
    others = [verb for verb in full_registry(host)[0] if verb.plugin != found.name]
    mind = mind_of(Registry([*others, *verbs]), folders, load(folders.settings))
    try:
        parser = mind.parser()
        rows = tuple(_reading(parser, verb, example) for verb in verbs for example in verb.examples)
    finally:
        mind.close()
    return Result(verb="plugin.test", shape="table", columns=_READINGS, rows=rows)


def _reading(parser: Parser, verb: Verb, example: Example) -> dict[str, Any]:
    reading = parser.parse(example.utterance)
    step = reading.plan.steps[0] if len(reading.plan.steps) == 1 else None
    right = step is not None and step.verb == verb.name and _said(verb, step.args) == _said(verb, example.args)
    return {
        "said": example.utterance,
        "read": reading.plan.to_wire() if reading.plan else "nothing that is here",
        "confidence": reading.confidence * 100,
        "asks": reading.asks,
        "right": right,
    }


def _said(verb: Verb, args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that say more than their defaults."""
    usual = {argument.name: argument.default for argument in verb.arguments}
    return {name: value for name, value in args.items() if value != usual[name]}


def own_tests(folder: Path) -> int:
    """Run the plugin's own tests with pytest, where there are some and pytest is; its exit code."""
    if not list(folder.glob("test_*.py")) or importlib.util.find_spec("pytest") is None:
        return 0
    sys.stdout.flush()
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    return subprocess.run(line, check=False).returncode


def page(host: Host, found: Found) -> str:
    """What a plugin adds and may, as Markdown."""
    manifest = read(found.folder)
    granted = consent.granted(host.records, found, manifest)
    lines = [f"# {manifest.name} {manifest.version}", "", manifest.summary, ""]
    if manifest.asks:
        lines += ["| capability | it may | why | granted |", "|---|---|---|---|"]
    for ask in manifest.asks:
        has = "yes" if ask.capability in granted else "no"
        lines.append(f"| `{ask.capability}` | {ask.words} | {ask.reason} | {has} |")
    if manifest.programs:
        lines += ["", "Command lines:", "", *(f"    {each}" for each in manifest.programs)]
    for verb in host.verbs_of(found, host.declared(found)):
        lines += ["", f"## {verb.name}", "", verb.summary, "", "| say | it means |", "|---|---|"]
        lines += [
            f"| {each.utterance} | `{json.dumps(dict(each.args), ensure_ascii=False)}` |" for each in verb.examples
        ]
    return "\n".join(lines) + "\n"


def _is_few(verb: Verb) -> bool:
    return len(verb.examples) < _FEW


def _failures(verb: Verb) -> Iterator[Failure]:
    for example in verb.examples:
        for argument in verb.arguments:
            if argument.name in example.args:
                yield from _unsaid(verb, example, argument)
            elif argument.required:
                yield Failure(subject=example.utterance, reason=f"{verb.name} needs {argument.name}")


def _unsaid(verb: Verb, example: Example, argument: Argument) -> Iterator[Failure]:
    """What an example claims of its sentence, and the grammar does not let the model say."""
    sayable = Sayable(utterance=example.utterance).of(argument)
    value = example.args[argument.name]
    for each in value if isinstance(value, tuple) else (value,):
        if _literal(each) not in sayable and not _same_number(each, sayable):
            remedy = "a text is a run of whole words of the sentence, a number one that it says"
            if argument.kinds == (Kind.FLAG,):
                remedy = "an argument that is yes or no stands in an example where it is not its default"
            yield Failure(
                subject=f"{verb.name}: {example.utterance}",
                reason=f"{argument.name} cannot be {_literal(each)} there",
                remedy=remedy,
            )


def _literal(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _same_number(value: Any, sayable: tuple[str, ...]) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return any(text[0] in "-0123456789" and float(text) == value for text in sayable)
