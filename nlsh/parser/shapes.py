"""The shapes of shell grammar: what a line looks like, word by word, before anything is looked up."""

from __future__ import annotations

import re

KEYWORDS = frozenset("if for while until case select function { [[ (( ( [ ! coproc".split())
_QUOTED = re.compile(r"""(?<![\w\\])'[^']*'|(?<!\\)"(?:[^"\\]|\\.)*"|\$'[^']*'""")
_BACKQUOTED = re.compile(r"`[^`]+`")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(?:\[\S*?\])?\+?=")
_FUNCTION = re.compile(r"[\w.-]+\s*\(\)\s*[{(]?")
_OPERATOR = re.compile(r"\|\|?|&&|;;?|(?:^|\s)&?\d*>>?&?|<<?<?|\$\(|`|&\s*$|\d>&\d")
_OPTION = re.compile(r"(?:--?|\+)[A-Za-z0-9?]\S*$|--?$")
_NUMBER = re.compile(r"[+-]?\d[\d.,:]*[a-zA-Z%]?$")
_PATH = re.compile(r"(?:~|\.{0,2}/|[\w.@:+-]+/)\S*$|\.{1,2}$|~\w*$")
_FILE = re.compile(r"[\w+-]*(?:\.\w+)+$")
_TEST = re.compile(r"\[\[?\s|\(\(|\(.*\)\s*(?:[|&;<>].*)?$|\([^)]*[|;&]", re.S)
_COMMENT = re.compile(r"\s#(?:\s|[a-z]).*$", re.S)
_LOOP = re.compile(
    r"(?:for\s+(?:\w+\s+in\s.*|\(\(.*)[;\n]\s*do\b|(?:while|until)\s.*[;\n]\s*do\b|if\s.*[;\n]\s*then\b)", re.S
)
_CASE = re.compile(r"case\s.*\sin\b.*\)|select\s+\w+\s+in\s|function\s+[\w-]+\s*[{(]|\{\s.*;\s*\}", re.S)
_START = re.compile(r"(?:for\s+\w+\s+in(?:\s+[^a-zA-Z\s]|$)|(?:if|while|until)\s+(?:\[|!|\(\(|test\s|read\s))")


class Line:
    """A line and its looks: `words` of the line with quoted text masked as `'q'`, without assignments before it."""

    __slots__ = ("assigns", "masked", "text", "words")

    def __init__(self, *, text: str, masked: str, words: tuple[str, ...], assigns: bool) -> None:
        self.text, self.masked, self.words, self.assigns = text, masked, words, assigns

    @property
    def first(self) -> str:
        """The first word, empty where the line only assigns."""
        return self.words[0] if self.words else ""

    @property
    def operators(self) -> bool:
        """Whether a pipe, a list, a redirection or a substitution stands outside quotes."""
        return bool(_OPERATOR.search(self.masked))

    @property
    def options(self) -> bool:
        """Whether any argument looks like an option."""
        return any(_OPTION.match(word) for word in self.words[1:])

    @property
    def compound(self) -> bool:
        """Whether the line is a loop, a condition, a function or a test, whole or begun."""
        text = self.text.lstrip()
        starts = (_TEST, _LOOP, _CASE, _START, _FUNCTION)
        return any(shape.match(text) for shape in starts)


def read(text: str) -> Line:
    """The line with its looks."""
    masked = _BACKQUOTED.sub("`q`", _QUOTED.sub("'q'", text.strip()))
    masked = _COMMENT.sub("", masked)
    words = masked.split()
    begin = 0
    while begin < len(words) and _ASSIGNMENT.match(words[begin]):
        begin += 1
    return Line(text=text, masked=masked, words=tuple(words[begin:]), assigns=begin > 0)


def kind(word: str) -> str:
    """The class of a word: option, number, path, variable, glob, file, quoted, operator, or word."""
    if word[0] == "-" or word[0] == "+":
        return "option" if _OPTION.match(word) else "number" if _NUMBER.match(word) else "sign"
    for name, holds in (
        ("quoted", "'q'" in word or "`q`" in word),
        ("variable", "$" in word),
        ("operator", bool(_OPERATOR.search(word))),
        ("number", bool(_NUMBER.match(word))),
        ("glob", any(char in word for char in "*{[\\")),
        ("path", bool(_PATH.match(word))),
        ("file", bool(_FILE.match(word))),
        ("assign", "=" in word),
        ("job", word[0] == "%"),
        ("code", any(char in word for char in "@:_/^#")),
        ("end", word[-1] in ".,?!"),
    ):
        if holds:
            return name
    return "word"
