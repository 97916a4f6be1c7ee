"""The command line of nlsh: the options of a POSIX shell, which are handed on, and nlsh's own.

A parser of its own, because a passed-through command has no time to import argparse.
"""

from __future__ import annotations

from nlsh.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HELP = """\
usage: nlsh [options]                         a shell at a terminal, else the script on standard input
       nlsh [options] -c LINE [name args...]  one command or sentence
       nlsh [options] FILE [args...]          a script
       nlsh [options] -s [args...]            the script on standard input, with arguments

A shell that understands plain language, offline. Commands go to the POSIX shell. In a script a sentence is
a line that begins with ?, and with -c `?LINE` is always a sentence and `!LINE` always a command.

options for sentences:
  --json             print one JSON object for each sentence
  --dry-run          show what would be done, and to whom, and do nothing
  --explain          say in words how the sentence is understood, and do nothing
  -y, --yes          agree beforehand to what would be asked
  --timeout SECONDS  give up a sentence after this time
  --model FILE       use this model, a file or a name of the catalogue

options of the shell:
  -l, --login        be a login shell
  -i                 be interactive
  -e -u -x -o NAME   and all others of `set`, and bash's own, go to the shell; they may stand together, as in -lc
  --, -              end the options
  --posix            be the POSIX shell and nothing else: there are no sentences at all

  --version, --help  show the version, or this
"""
_FLAGS = ("json", "dry-run", "explain", "yes")
_VALUES = ("timeout", "model")
_HANDED_ON = ("noprofile", "norc", "restricted", "verbose", "noediting", "debugger", "dump-strings", "dump-po-strings")
_HANDED_ON_WITH_VALUE = ("rcfile", "init-file")
_LONGEST = 1e9
"""Seconds of a time limit: more than the kernel's timer takes makes no sense."""


class Own:
    """The options for sentences. A plain class: importing dataclasses costs more than reading a command line."""

    def __init__(self) -> None:
        self.flags: dict[str, bool] = {}
        self.timeout = 0.0
        self.model = ""

    @property
    def json(self) -> bool:
        """Whether to print one JSON object for each sentence."""
        return "json" in self.flags

    @property
    def dry_run(self) -> bool:
        """Whether to show only what would be done."""
        return "dry-run" in self.flags

    @property
    def explain(self) -> bool:
        """Whether to say only how a sentence is understood."""
        return "explain" in self.flags

    @property
    def yes(self) -> bool:
        """Whether what would be asked is agreed to beforehand."""
        return "yes" in self.flags

    def words(self) -> list[str]:
        """The options as they are given on a command line."""
        values = {"timeout": f"{self.timeout:g}" if self.timeout else "", "model": self.model}
        return [f"--{name}" for name in self.flags] + [f"--{name}={value}" for name, value in values.items() if value]

    def take(self, word: str, rest: Iterator[str]) -> bool:
        """Take the option that the word is, its value from the word or from `rest`; False where it is none."""
        name, equals, value = word.removeprefix("--").partition("=")
        if word == "-y":
            name = "yes"
        elif not word.startswith("--"):
            return False
        if name in _FLAGS and not equals:
            self.flags[name] = True
            return True
        if name not in _VALUES:
            return False
        value = value if equals else next(rest, "")
        if not value:
            raise UsageError(f"--{name} needs a value", hint="nlsh --help shows the options")
        if name == "model":
            self.model = value
        else:
            self.timeout = _seconds(value)
        return True


class Invocation:
    """A command line, read: what is for the shell, what is for nlsh, and the words after the options."""

    def __init__(self) -> None:
        self.own = Own()
        self.shell_options: list[str] = []
        """For the shell, -c and -s among them, in the order that it takes them in."""
        self.letters: set[str] = set()
        """The single letters among them, such as `c`, `s`, `i`, `l`, `e`."""
        self.operands: list[str] = []
        """The words after the options: LINE and its arguments, or FILE and its arguments."""
        self.asked = ""
        """`help` or `version`, where the command line asks for it."""
        self.plain = False
        """Whether there are no sentences at all."""

    def without(self, letter: str) -> list[str]:
        """The options for the shell without that single letter."""
        kept = (word.replace(letter, "") if word[:1] == "-" != word[1:2] else word for word in self.shell_options)
        return [word for word in kept if word != "-"]

    def words(self) -> list[str]:
        """All words for the shell, with an end of the options where a word after them looks like one."""
        ends = ["--"] if self.operands and self.operands[0][:1] in ("-", "+") else []
        return [*self.shell_options, *ends, *self.operands]


def read(words: Sequence[str]) -> Invocation:
    """The invocation that these words are.

    Raises UsageError for an option that is neither nlsh's nor the shell's.
    """
    found = Invocation()
    rest = iter(words)
    if list(words) == ["-h"]:
        found.asked = "help"
        return found
    for word in rest:
        if word in ("-", "--"):
            break
        if word[:1] not in ("-", "+") or word == "+":
            found.operands.append(word)
            break
        if not found.own.take(word, rest):
            _option(found, word, rest)
    found.operands += rest
    if "c" in found.letters:
        _trailing(found)
    return found


def _option(found: Invocation, word: str, rest: Iterator[str]) -> None:
    name = word.removeprefix("--")
    if not word.startswith("--"):
        _letters(found, word, rest)
    elif name == "login":
        _letters(found, "-l", rest)
    elif name == "posix":
        found.plain = True
    elif name in ("help", "version"):
        found.asked = found.asked or name
    elif name in _HANDED_ON:
        _long(found, word)
    elif name in _HANDED_ON_WITH_VALUE:
        _long(found, word, next(rest, ""))
    elif name == "keep-going":
        raise UsageError("a script goes on after an error, as in any shell", hint="-e ends it at the first one")
    else:
        raise UsageError(f"no such option: {word}", hint='a request goes after -c: nlsh -c "list processes"')


def _letters(found: Invocation, word: str, rest: Iterator[str]) -> None:
    """Hand on single letters and, for each `o` and `O`, the name that follows."""
    if word[0] == "-":
        found.letters.update(word[1:])
    found.shell_options.append(word)
    for letter in word[1:]:
        value = next(rest, None) if letter in "oO" else None
        if value is not None:
            found.shell_options.append(value)


def _long(found: Invocation, *words: str) -> None:
    """Long options stand before the single letters: bash wants it so."""
    at = sum(1 for word in found.shell_options if word.startswith("--"))
    found.shell_options[at:at] = words


def _trailing(found: Invocation) -> None:
    """Take nlsh's own options behind the line of -c, where nothing else stands there: `nlsh -c LINE --json`."""
    own, after = Own(), iter(found.operands[1:])
    if all(own.take(word, after) for word in after):
        found.own.flags.update(own.flags)
        found.own.timeout = own.timeout or found.own.timeout
        found.own.model = own.model or found.own.model
        del found.operands[1:]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < _LONGEST:
        raise UsageError(f"--timeout takes seconds, not {text}", hint="such as: --timeout 10")
    return seconds
