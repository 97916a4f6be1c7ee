"""Writes docs/verbs.md from the declarations of the verbs that come with nlsh, and the schemas of its plugins.

With `--check` it only says whether the page is up to date.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from nlsh.argument import Argument
from nlsh.condition import METRICS
from nlsh.executor.core import core_registry
from nlsh.executor.guide import SELECTOR, group, values
from nlsh.plugin.found import bundled
from nlsh.plugin.host import SCHEMA, Host, Places, bundled_verbs
from nlsh.selector import SELECTOR_ARGUMENTS
from nlsh.verb import Example, Registry, Selects, Verb

PAGE = Path(__file__).parent.parent / "docs" / "verbs.md"
HEAD = """# What one can say

Every verb that comes with nlsh: what it does, what it takes, how far it reaches, and sentences that mean it. This page
is written by `python scripts/make_docs.py` from the declarations of the verbs; a test keeps it up to date.

A verb that only reads is carried out at once. One that changes something can be undone where that is said. One that
destroys cannot, and is confirmed first unless the policy says otherwise. In each table of sentences the right column is
what nlsh makes of the left one.

## Which processes

Verbs that act on processes, or that can be narrowed down to some, take these beside their own arguments. All that are
given must hold.
"""
CONDITIONS = """
## Conditions

The `when` of `rule.add` is `{"metric":…,"op":">" or "<","value":…}` with one of the metrics below, or
`{"event":"exits"}` or `{"event":"starts"}`, each with `"for":` the seconds that it must last. Events and the metrics
of processes take the arguments above to say which. A metric of processes is that of the one that has most of it.
`exits` is true when none of them is left. `disk` and `disk.free` take a `path`, by default `/`. A rule acts when its
condition comes true, and not again until it was false in between. Percents of a process's CPU are of one core.
"""
_SELECTS = {
    Selects.NO: "",
    Selects.OPTIONAL: "Can be narrowed down to some [processes](#which-processes).",
    Selects.REQUIRED: "Needs to know which [processes](#which-processes).",
}


PLUGINS = """
# What the plugins add

These come with nlsh too, as [plugins](plugins.md): they run in confined processes, and ask the first time that they
need to change something.
"""


def page(registry: Registry, plugins: Registry) -> str:
    """The whole page."""
    parts = [HEAD, *_selector(), CONDITIONS, *_metrics(), *_chapter(registry), PLUGINS.rstrip(), *_chapter(plugins)]
    return "\n".join(parts) + "\n"


def _chapter(registry: Registry) -> Iterator[str]:
    for heading, verbs in groupby(sorted(registry, key=_order(registry)), key=lambda verb: group(verb.name)):
        yield from ("", f"## {heading}", *(line for verb in verbs for line in _verb(verb)))


def _selector() -> Iterator[str]:
    yield from ("| argument | what may stand there | meaning |", "|---|---|---|")
    for argument in SELECTOR_ARGUMENTS:
        yield f"| `{argument.name}` | {values(argument)} | {SELECTOR[argument.name]} |"


def _metrics() -> Iterator[str]:
    yield from ("| metric | is | in |", "|---|---|---|")
    for name, (meaning, unit) in METRICS.items():
        yield f"| `{name}` | {meaning}{' of processes' if name.startswith('process.') else ''} | {unit} |"


def _order(registry: Registry) -> Callable[[Verb], int]:
    headings = list(dict.fromkeys(group(verb.name) for verb in registry))
    return lambda verb: headings.index(group(verb.name))


def _verb(verb: Verb) -> Iterator[str]:
    yield from ("", f"### {verb.name}", "", verb.summary, "")
    yield " ".join(part for part in (_reach(verb), _SELECTS[verb.selects]) if part)
    if verb.arguments:
        yield from ("", *_arguments(verb.arguments))
    yield from ("", "| say | it means |", "|---|---|", *(_example(verb, each) for each in verb.examples))


def _reach(verb: Verb) -> str:
    undo = ", can be undone" if verb.undoable else ""
    needs = f"; needs {', '.join(f'`{need}`' for need in verb.needs)}" if verb.needs else ""
    return f"Effect: {verb.effect.value}{undo}{needs}."


def _arguments(arguments: Iterable[Argument]) -> Iterator[str]:
    yield from ("| argument | what may stand there |", "|---|---|")
    for argument in arguments:
        needed = ", always" if argument.required else ""
        yield f"| `{argument.name}` | {values(argument)}{needed} |"


def _example(verb: Verb, example: Example) -> str:
    wire = json.dumps({"verb": verb.name, **example.args}, ensure_ascii=False, separators=(",", ":"))
    return f"| {example.utterance} | `{wire}` |".replace("\n", " ")


def write_schemas() -> None:
    """Have each plugin that comes with nlsh say in its worker what its verbs are, and write that down beside it."""
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        host = Host(
            Places(records=place / "r", installed=place, state=place, cache=place, settings=place, secrets=place)
        )
        for each in bundled():
            text = json.dumps(host.describe(each), indent=1, ensure_ascii=False)
            (each.folder / SCHEMA).write_text(text + "\n", encoding="utf-8")
        host.close()


def main() -> int:
    """Write the page and the schemas, or compare the page."""
    if "--check" not in sys.argv[1:]:
        write_schemas()
    text = page(core_registry(), Registry(bundled_verbs()))
    if "--check" in sys.argv[1:]:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
