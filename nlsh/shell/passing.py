"""What of a command line is the POSIX shell's: nlsh becomes it. Nothing here imports what a sentence needs."""

from __future__ import annotations

import os
import re
import stat

from nlsh.errors import UsageError
from nlsh.shell import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nlsh.parser.router import Routed
    from nlsh.shell.invocation import Invocation


_NAME = re.compile("[a-z]{1,40}")
_REQUESTS = frozenset(
    """undo redo help goodbye bye quit leave processes process programs tasks threads memory ram swap cpu cpus cores
    load disk disks storage space filesystems mounts partitions network ports connections sockets interfaces bandwidth
    traffic temperature temperatures temps sensors fans battery rules jobs limits users sessions services status system
    hardware info version kernel uptime overview summary gpu gpus devices tree again explain cancel stop pause resume
    pstree logs plugins capabilities verbs commands""".split()
)
"""Words that are requests by themselves, of all that name no program."""


class Sentences:
    """What is left for nlsh: one line of `-c`, the sentences of a script, or with neither the prompt."""

    def __init__(self, *, line: str | None = None, script: list[str] | None = None) -> None:
        self.line, self.script = line, script


def through(call: Invocation) -> int | Sentences:
    """Become the shell, where the command line is for it, or say which sentences are left.

    An exit code comes back only where there is no such shell. Raises UsageError for options that do not go together.
    """
    if call.plain:
        return posix.become(call.words())
    if "c" in call.letters:
        return _line(call)
    if call.operands and "s" not in call.letters:
        return _file(call)
    if at_terminal(call):
        return Sentences()
    return _standing(call)


def routed(line: str) -> Routed:
    """Who gets a line of `-c`: what has several lines is the shell's, and so is a word that is no request."""
    from nlsh.parser.router import Routed, route
    from nlsh.shell.resolving import Machine

    if "\n" in line.strip():
        return Routed(route="shell", line=line, reason="several lines")
    found = route(line, lookup=Machine(os.environ))
    word = found.line
    if found.route == "intent" and not found.forced and _NAME.fullmatch(word) and word not in _REQUESTS:
        return Routed(route="shell", line=word, reason="a name and no more", unresolved=True)
    return found


def _line(call: Invocation) -> int | Sentences:
    own = call.own
    if len(call.operands) != 1:  # none is an error, and the shell says it
        if own.words():
            raise UsageError("arguments are for a command, and these options for a sentence", hint="see nlsh --help")
        return posix.become(call.words())
    line = call.operands[0]
    if own.json or own.dry_run or own.explain or own.timeout:
        return Sentences(line=line)
    if _is_program(line):
        return posix.become(call.words())
    found = routed(line)
    if found.route != "shell":
        return Sentences(line=line)
    if found.forced and found.line:
        call.operands[0] = found.line
    elif found.unresolved and _somebody_reads() and not _defines_more(call):
        return posix.not_found(found.line)
    return posix.become(call.words())


def _is_program(line: str) -> bool:
    """Whether the line is a name and no more, of a program that does no harm: clear without the router."""
    from nlsh.parser.danger import dangerous
    from nlsh.shell.resolving import Machine

    return line.isalnum() and not dangerous(line) and Machine(os.environ).program(line)


def _defines_more(call: Invocation) -> bool:
    """Whether the shell reads files first, which may define what does not resolve now."""
    return bool(call.letters & {"i", "l"}) or "BASH_ENV" in os.environ


def _file(call: Invocation) -> int | Sentences:
    path = call.operands[0]
    data = _read(path)
    if data is None and _somebody_reads() and not _found(path):
        return posix.no_script(path)
    if not data or not _may_have_sentences(data):
        return _all_of(call)
    from nlsh.shell import script

    if only := _conversation(call, data):
        return Sentences(script=only)
    if not script.has_sentences(data):
        return _all_of(call)
    _refuse_dry(call)
    text = os.fsdecode(script.rewritten(data, call.own))
    return posix.become([*call.shell_options, "-c", "--", text, *call.operands])


def _standing(call: Invocation) -> int | Sentences:
    """The script on standard input."""
    if call.letters & {"i", "n"}:
        return _all_of(call)
    from nlsh.shell import standing

    data = standing.ahead()
    if data is not None and not _may_have_sentences(data):
        return _all_of(call)
    from nlsh.shell import feeding, script

    if data is not None:
        if only := _conversation(call, data):
            return Sentences(script=only)
        if len(data) <= script.LONGEST and not script.has_sentences(data):
            return _all_of(call)
    _refuse_dry(call)
    return feeding.become(call)


def _all_of(call: Invocation) -> int:
    """Become the shell that runs all of a script."""
    _refuse_dry(call)
    return posix.become(call.words())


def _conversation(call: Invocation, data: bytes) -> list[str] | None:
    """The sentences of a script of nothing else, which are one conversation; None where the shell has to run it."""
    from nlsh.shell import script

    return None if call.letters - {"s", "e", "l"} else script.only_sentences(data)


def _may_have_sentences(data: bytes) -> bool:
    if b"?" not in data:
        return False
    from nlsh.shell import script

    return script.may_have_sentences(data)


def _refuse_dry(call: Invocation) -> None:
    if call.own.dry_run or call.own.explain:
        raise UsageError(
            "--dry-run and --explain do not hold for the commands of a script",
            hint="they are for -c; -n checks a script",
        )


def _read(path: str) -> bytes | None:
    """The script, found as bash finds it; None where it cannot be read, or is a program, and the shell says so."""
    for name in (path, *(() if "/" in path else _on_path(path))):
        try:
            if not stat.S_ISREG(os.stat(name).st_mode):  # a pipe can be read only once
                return None
            with open(name, "rb") as file:
                data = file.read()
        except OSError:
            continue
        return None if b"\0" in data[:80].partition(b"\n")[0] else data
    return None


def _on_path(name: str) -> list[str]:
    return [f"{folder or '.'}/{name}" for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)]


def _found(path: str) -> bool:
    return any(os.path.lexists(name) for name in (path, *(() if "/" in path else _on_path(path))))


def at_terminal(call: Invocation) -> bool:
    """Whether the call is for a prompt, and a person is there."""
    return not call.operands and "s" not in call.letters and all(os.isatty(number) for number in (0, 1, 2))


def _somebody_reads() -> bool:
    """Whether a person reads the messages, and a hint helps; elsewhere they are the shell's alone."""
    return os.isatty(2)
