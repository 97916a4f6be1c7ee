"""Command or sentence: decides in well under a millisecond, and without the model, who gets a line.

The order: marks (`!`, `?`), plain shell grammar, the first word, the arguments that its program can take, and last a
learned score. Where a sentence could reach a program that destroys, doubt is asked about and never run.
"""

from __future__ import annotations

from functools import cache

from nlsh.parser import arguments, scorer, shapes, signs
from nlsh.parser.danger import dangerous

TYPE_CHECKING = False  # importing typing or dataclasses costs a passed-through command a tenth of its time, or a fifth
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal, Protocol

    Route = Literal["shell", "intent", "ask"]
    Mode = Literal["c", "repl"]

    class Lookup(Protocol):
        """What resolves on this machine."""

        def program(self, name: str) -> bool:
            """Whether a command of the name would be found: builtin, function, file on PATH, path to one."""
            ...

        def path(self, word: str) -> bool:
            """Whether a file is there, or the word is a glob that matches one."""
            ...


_PROGRAMS = f"{__file__.rpartition('/')[0]}/data/programs.txt"
_SURE = 0.6
"""Score from which a line of a dangerous program is believed to be a sentence; for others half of it is doubt."""
_LONGEST = 4000
"""Characters beyond which a line is judged by its beginning."""


class Nothing:
    """A lookup that finds nothing, so that a decision depends on the line alone."""

    def program(self, name: str) -> bool:
        """No."""
        return False

    def path(self, word: str) -> bool:
        """No."""
        return False


class Routed:
    """Where a line goes: the route, the line without its mark, whether a mark forced it, and why.

    `unresolved` tells that the line is one simple command whose program was not found by the lookup.
    """

    __slots__ = ("forced", "line", "reason", "route", "unresolved")

    def __init__(self, *, route: Route, line: str, reason: str, forced: bool = False, unresolved: bool = False) -> None:
        self.route, self.line, self.reason = route, line, reason
        self.forced, self.unresolved = forced, unresolved


def route(line: str, *, lookup: Lookup | None = None, mode: Mode = "c") -> Routed:
    """Decide about a line; in mode `c` doubt about a harmless program is decided, in `repl` it is asked about."""
    found = lookup or Nothing()
    text = line.strip()
    if marked := _marked(text, found):
        return marked
    if mode == "repl" and text == "help":  # who asks at the prompt means all of it, and `!help` is left for bash's
        return Routed(route="intent", line=text, reason="the help of nlsh")
    looks = shapes.read(text[:_LONGEST])
    verdict, reason = _judged(looks, found, mode)
    unresolved = verdict == "shell" and not looks.operators and not looks.compound and _lost(looks, found)
    return Routed(route=verdict, line=text, reason=reason, unresolved=unresolved)


def known(name: str) -> bool:
    """Whether the name is that of a common program or builtin, here or not."""
    return name in _programs()


def _marked(text: str, lookup: Lookup) -> Routed | None:
    if not text or text.startswith("#"):
        return Routed(route="shell", line=text, reason="empty or a comment")
    if text.startswith("!"):
        negation = text[1:2].isspace()
        return Routed(route="shell", line=text if negation else text[1:], reason="marked with !", forced=True)
    if text.startswith("?") and not lookup.path(text.split()[0]):
        return Routed(route="intent", line=text[1:].strip(), reason="marked with ?", forced=True)
    return None


def _judged(looks: shapes.Line, lookup: Lookup, mode: Mode) -> tuple[Route, str]:
    if looks.compound:
        return "shell", "shell grammar"
    if not looks.words:
        return "shell", "an assignment"

    def is_program(word: str) -> bool:
        return known(word) or lookup.program(word)

    if signs.redirects_first(looks, is_program):
        return "shell", "a redirection"
    name = _program_of(looks.words)
    if dangerous(name):
        return _dangerous(looks, _from(looks.words, name), is_program, lookup)
    if looks.assigns and looks.first not in ("is", "are"):
        return "shell", "an assignment before a command"
    if looks.first in shapes.KEYWORDS and looks.operators:
        return "shell", "a keyword of the shell"
    first = signs.name(looks)
    if first != looks.first.lstrip("\\") and dangerous(first):
        return "ask", f"{first} could do harm"
    if not is_program(first) and not _names_a_file(looks.first):
        return _stranger(looks, is_program)
    if first != looks.first and first != looks.first.rstrip(";"):
        return "shell", "written as only commands are"
    if all(lookup.path(word) for word in looks.words[1:]):
        return "shell", "names of files"
    if signs.harmless(looks) and (signs.plumbs(looks) or (signs.expands(looks) and signs.goes_on(looks, is_program))):
        return "shell", "operators of a command"
    return _program(looks, is_program, mode)


def _program_of(words: tuple[str, ...]) -> str:
    """The first word, behind sudo and its like."""
    at = 0
    while at + 1 < len(words) and (words[at] in ("sudo", "doas", "command", "exec", "nohup") or words[at][0] == "-"):
        at += 1
    return words[at].lstrip("\\")


def _from(words: tuple[str, ...], name: str) -> list[str]:
    bare = [word.lstrip("\\") for word in words]
    return bare[bare.index(name) :]


def _dangerous(
    looks: shapes.Line, words: list[str], is_program: Callable[[str], bool], lookup: Lookup
) -> tuple[Route, str]:
    """Only what cannot be a sentence is run; what can be no command is a sentence; the rest is doubt."""
    fits = arguments.shape_of(words, is_program)
    value = scorer.score(looks)
    behind = looks.first.lstrip("\\") != words[0]  # as in `sudo reboot`
    if fits and (value > -_SURE or len(words) <= 2 or not any(arguments.talk(word) for word in words[1:])):
        return "shell", f"arguments of {words[0]}"
    if fits is not False and words[0] == "rm" and all(lookup.path(word) for word in words[1:]):
        return "shell", "names of files"
    if fits is False and not looks.options and not (looks.operators and value > _SURE):
        return ("ask" if behind else "intent"), f"no arguments of {words[0]}"
    if value < -_SURE and not behind:
        return "intent", "reads like a sentence"
    return "ask", f"{words[0]} could do harm"


def _stranger(looks: shapes.Line, is_program: Callable[[str], bool]) -> tuple[Route, str]:
    """A first word that is no program: a sentence, unless the line has what only commands have."""
    first = looks.first
    if not first.isascii() or first[:1].isupper() or not _could_be_name(first):
        return "intent", "no program is called so"
    if len(looks.words) == 1 and not first.isalpha() and not first.endswith((",", ":")):
        return "shell", "no word of a language"
    talks = arguments.talks(looks.words)
    clear = signs.plumbs(looks) and signs.harmless(looks)
    if clear or (talks == 0 and (signs.expands(looks) or signs.goes_on(looks, is_program))):
        return "shell", "expansions or operators of a command"
    if signs.ends_in_harm(looks) and not looks.options:
        return ("ask" if talks == 0 else "intent"), "what follows could do harm"
    if talks == 0 and (looks.options or looks.operators) and scorer.score(looks) > 0:
        return "shell", "options or operators of a command"
    return "intent", "no program is called so"


def _could_be_name(word: str) -> bool:
    return all(char.isalnum() or char in "_-+.$/~{},;|&<>()'" for char in word) and not word.endswith((".", "?", "'s"))


def _program(looks: shapes.Line, is_program: Callable[[str], bool], mode: Mode) -> tuple[Route, str]:
    fits = arguments.shape_of(looks.words, is_program)
    fits = True if signs.carries(looks, is_program) else fits
    if len(looks.words) == 1 or fits:
        return "shell", f"arguments of {looks.first}"
    if fits is False and not looks.options and not looks.operators:
        return "intent", f"no arguments of {looks.first}"
    if arguments.talks(looks.words) and signs.ends_in_harm(looks):
        return "ask", "what follows could do harm"
    value = scorer.score(looks) + _leaning(looks)
    if mode == "repl" and abs(value) < _SURE / 2:
        return "ask", "could be either"
    return ("shell", "reads like a command") if value > 0 else ("intent", "reads like a sentence")


def _leaning(looks: shapes.Line) -> float:
    """What speaks for a command beside its looks: a name that begins no sentence, and no word of a sentence."""
    if looks.first in arguments.DAILY:
        return 0.0
    talks = arguments.talks(looks.words[1:])
    return _SURE * ((4 if talks == 0 else 0) + (1 if looks.options else 0))


def _names_a_file(word: str) -> bool:
    """Whether the first word is a path or an expansion: `./run`, `~/bin/x`, `/usr/bin/env`, `$EDITOR`."""
    return word.startswith(("./", "../", "/", "~/", "$", "'q'/", "`q`")) and len(word) > 1


def _lost(looks: shapes.Line, lookup: Lookup) -> bool:
    first = looks.first
    return bool(first) and not any(char in first for char in "$'`\\{*[") and not lookup.program(first)


@cache
def _programs() -> frozenset[str]:
    with open(_PROGRAMS, encoding="utf-8") as file:
        return frozenset(file.read().split())
