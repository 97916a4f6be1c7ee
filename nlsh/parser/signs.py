"""Signs that commands have and sentences have not, beyond the shapes of single words."""

from __future__ import annotations

import re

from nlsh.parser import arguments
from nlsh.parser.danger import dangerous

TYPE_CHECKING = False  # see nlsh/parser/router.py
if TYPE_CHECKING:
    from collections.abc import Callable

    from nlsh.parser.shapes import Line

_SEPARATOR = re.compile(r"&&|\|[|&]?|[;&\n]")
_OPERATOR = re.compile(r"[;|&<>()]")
_REDIRECTION = re.compile(r"&?\d*[<>]")
_EXPANSION = re.compile(r"\$[A-Za-z_{(?#@*!]")
_PLUMBING = re.compile(r">&\d|\b\d>\s?\S|&>|[<>]\s?/dev/|\|\|")
_BRACES = re.compile(r"\{[^\s{},]*,[^\s{}]*\}")
_QUOTING = re.compile(r"""['"\\]""")
_CARRIERS = ("command", "builtin", "exec", "eval", "env", "xargs", "nohup", "setsid", "nice")
"""Programs and builtins that run the command that follows them."""


def name(looks: Line) -> str:
    """The first word as the shell takes it: without quotes and backslashes, up to an operator."""
    first = looks.first if looks.assigns else looks.text.split()[0]
    if first.count("'") % 2 or first.count('"') % 2:  # as in time's, or where the quote goes on
        return looks.first
    return _OPERATOR.split(_QUOTING.sub("", first), maxsplit=1)[0]


def redirects_first(looks: Line, is_program: Callable[[str], bool]) -> bool:
    """Whether the line begins with a redirection, and not with the `> ` of a quoted message."""
    if not _REDIRECTION.match(looks.masked) or arguments.talks(looks.words):
        return False
    return not looks.masked.startswith("> ") or len(looks.words) == 2 or goes_on(looks, is_program)


def expands(looks: Line) -> bool:
    """Whether a variable or the output of a command is put in, or braces begin the line."""
    return bool(_EXPANSION.search(looks.masked) or _BRACES.match(looks.first))


def plumbs(looks: Line) -> bool:
    """Whether there are redirections and lists that no sentence has, as `2>&1`, `> /dev/null` or `||`."""
    return bool(_PLUMBING.search(looks.masked))


def goes_on(looks: Line, is_program: Callable[[str], bool]) -> bool:
    """Whether operators follow, and programs after each of them, none of which could do harm."""
    first, *rest = (part.split() for part in _SEPARATOR.split(looks.masked))
    return bool(first and rest) and all(part and is_program(part[0]) for part in rest) and harmless(looks)


def ends_in_harm(looks: Line) -> bool:
    """Whether an operator is followed by a program that could do harm, as in `close it; reboot`.

    With an option or a variable, as in `kill -TERM $!`, that is meant.
    """
    parts = (part.split() for part in _SEPARATOR.split(looks.masked)[1:])
    return any(
        part and dangerous(part[0]) and not any(word[0] == "-" or "$" in word for word in part[1:]) for part in parts
    )


def harmless(looks: Line) -> bool:
    """Whether no word of the line is the name of a program that could do harm."""
    return not any(dangerous(word) for word in _OPERATOR.sub(" ", looks.masked).split())


def carries(looks: Line, is_program: Callable[[str], bool]) -> bool:
    """Whether a builtin such as `command` runs a program with arguments that it can take."""
    words = looks.words
    while len(words) > 1 and words[0] in _CARRIERS and is_program(words[1]):
        words = words[1:]
    return words is not looks.words and bool(arguments.shape_of(words, is_program))
