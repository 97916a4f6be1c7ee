"""Scripts that mix commands and sentences: a line `?SENTENCE` at command position is a call of nlsh for the shell.

A script without such a line is left alone. Text is bytes as Latin-1, so that nothing in it is lost.
"""

from __future__ import annotations

import os
import re
import sys

from nlsh.errors import UsageError
from nlsh.shell.resolving import Machine
from nlsh.shell.scanner import Scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nlsh.shell.invocation import Own

LONGEST = 120_000
"""Bytes of a script with sentences, which are not looked for behind them: the kernel takes 128 KiB as one argument."""
_SENTENCE = r"[ \t]*\?[ \t]*(?![\s)(*?|&;\[\]])([^\n]+)"
"""What cannot be said is left out: `?)`, `?*` and their like are patterns, and a lone `?` is one too."""
_CANDIDATE = re.compile(_SENTENCE)
_ANYWHERE = re.compile((r"(?m)^" + _SENTENCE).encode("latin-1"))
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_OWN_NAME = re.compile(r"\$\{BASH_SOURCE(\[0\])?\}|\$BASH_SOURCE\b(?!\[)")


class Reader:
    """Takes the lines of a script one by one and finds the sentences among them.

    The folder is where a mark that may be a glob is looked for: the current one unless told.
    """

    def __init__(self, folder: str = "") -> None:
        self.scanner = Scanner()
        self._machine = Machine(os.environ, folder)

    def take(self, line: str) -> str:
        """The sentence, with its mark, that the line is; empty where it is none."""
        sentence = self._sentence(line)
        self.scanner.feed(":\n" if sentence else line)
        return sentence

    def _sentence(self, line: str) -> str:
        match = _CANDIDATE.match(line) if self.scanner.at_command else None
        if not match or self._machine.path(os.fsdecode(line.split()[0].encode("latin-1"))):
            return ""
        return "?" + match[1].strip()


class Writer:
    """Gives the lines that it takes back as they are, but for sentences, which become calls of nlsh."""

    def __init__(self, own: Own, folder: str = "") -> None:
        self._call = " ".join(quoted(os.fsencode(word).decode("latin-1")) for word in (*_nlsh(), *own.words(), "-c"))
        self._reader = Reader(folder)

    @property
    def between_words(self) -> bool:
        """Whether a blank before the next line would change nothing."""
        return self._reader.scanner.between_words

    def take(self, line: str) -> str:
        """The line, or the call of nlsh in its place."""
        sentence = self._reader.take(line)
        return f"{self._call} {quoted(sentence)}" + "\n" * line.endswith("\n") if sentence else line


def may_have_sentences(data: bytes) -> bool:
    """Whether any line looks like a sentence, wherever it stands."""
    return bool(_ANYWHERE.search(data))


def lines(data: bytes) -> list[str]:
    """The lines, with their ends."""
    return _LINE.findall(data.decode("latin-1"))


def has_sentences(data: bytes) -> bool:
    """Whether a line is a sentence and stands where one can stand; what is behind `LONGEST` bytes may be a payload."""
    reader = Reader()
    return any(reader.take(line) for line in lines(data[:LONGEST]))


def rewritten(data: bytes, own: Own) -> bytes:
    """The script for `-c`, with its sentences as calls of nlsh.

    Raises UsageError for one that is too long to be handed over.
    """
    writer = Writer(own)
    text = "".join(_named(writer, line) for line in lines(data.replace(b"\0", b"")))
    if len(text) > LONGEST:
        raise UsageError(f"a script with sentences has at most {LONGEST} bytes", hint="call nlsh -c for them instead")
    return text.encode("latin-1")


def only_sentences(data: bytes) -> list[str] | None:
    """The sentences of a script that has nothing else but comments and empty lines; None for any other script."""
    reader, found = Reader(), []
    for line in lines(data):
        if sentence := reader.take(line):
            found.append(os.fsdecode(sentence.encode("latin-1")))
        elif line.strip() and not line.lstrip().startswith("#"):
            return None
    return found or None


def quoted(word: str) -> str:
    """The word as the shell reads it back."""
    return "'" + word.replace("'", "'\\''") + "'"


def _named(writer: Writer, line: str) -> str:
    """The line for `-c`, where BASH_SOURCE does not tell the script's name; $0 does."""
    plain = writer.between_words and "'" not in line
    taken = writer.take(line)
    return _OWN_NAME.sub("${0}", taken) if plain and taken is line else taken


def _nlsh() -> list[str]:
    """The words that start this nlsh again, wherever the script has gone by then."""
    program = os.path.abspath(sys.argv[0])
    if os.path.basename(program) == "__main__.py" or not os.path.isfile(program):
        return [sys.executable, "-I" if sys.flags.isolated else "-P", "-m", "nlsh"]
    return [program] if os.access(program, os.X_OK) else [sys.executable, program]
