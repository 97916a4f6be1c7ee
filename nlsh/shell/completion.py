"""What Tab offers: commands as bash completes them; sentences, and the processes, users and paths they may name."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from nlsh.render import safe
from nlsh.shell.resolving import Router

if TYPE_CHECKING:
    from nlsh.verb import Verb

_MOST = 50


class LineCompleter(Completer):
    """Completes the line as a whole from the verbs' examples, then its last word.

    `verbs`, `processes` and `users` are asked each time. The words of a command are completed by `shell`: a function
    from a line to words and where in the line each begins; without one, or where it finds nothing, from the search path
    and the files. What is a command `router` says.
    """

    def __init__(
        self,
        verbs: Callable[[], Iterable[Verb]],
        processes: Callable[[], Iterable[str]],
        users: Callable[[], Iterable[str]],
        router: Router | None = None,
    ) -> None:
        self._verbs, self._processes, self._users = verbs, processes, users
        self._router = router
        self.shell: Callable[[str], list[tuple[str, int]]] = lambda line: []

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """The completions for the text before the cursor, at most some dozens."""
        before = document.text_before_cursor
        seen: set[str] = set()
        for found in self._all(before):
            if found.text not in seen and len(seen) < _MOST:
                seen.add(found.text)
                yield found

    def _all(self, before: str) -> Iterator[Completion]:
        word = _last_word(before)
        if before.lstrip().startswith("!"):
            yield from self._command(before.lstrip()[1:])
            return
        yield from self._sentences(before)
        if self._is_command(before):
            yield from self._command(before.lstrip())
            return
        if word and word == before.strip():
            yield from self._command(word)
        if _is_path(word):
            yield from paths(word)
        elif word:
            yield from _names(word, lambda start: self._processes())
            yield from _names(word, lambda start: self._users())

    def _is_command(self, before: str) -> bool:
        return bool(before.strip()) and self._router is not None and self._router(before).route == "shell"

    def _command(self, line: str) -> Iterator[Completion]:
        """What the last word of a command may be."""
        found = self.shell(line) if line else []
        for word, start in found:
            shown = word.rstrip("/").rpartition("/")[2] + "/" * word.endswith("/")
            yield Completion(word, start_position=start - len(line), display=shown or word)
        if not found:
            word = _last_word(line)
            yield from _names(word, commands) if word and word == line.strip() else paths(word)

    def _sentences(self, before: str) -> Iterator[Completion]:
        said = before.lstrip().lower()
        if not said:
            return
        for verb in self._verbs():
            for example in verb.examples:
                if example.utterance.lower().startswith(said) and example.utterance.lower() != said:
                    yield Completion(example.utterance, start_position=-len(before.lstrip()), display_meta=verb.name)


def process_names() -> Iterator[str]:
    """The names of the processes that run, each once, read from /proc."""
    names = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                names.add((entry / "comm").read_text(errors="surrogateescape").rstrip("\n"))
            except OSError:
                continue
    return iter(sorted(name for name in names if _typeable(name)))


def user_names() -> Iterator[str]:
    """The users of this machine."""
    import pwd

    return iter(sorted(entry.pw_name for entry in pwd.getpwall() if _typeable(entry.pw_name)))


def commands(start: str) -> Iterator[str]:
    """The programs on the search path whose names begin with `start`."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - names alone, without a Path for each of thousands
        except OSError:
            continue
        yield from sorted(name for name in names if name.startswith(start) and _typeable(name))


def paths(word: str) -> Iterator[Completion]:
    """The files that begin with `word`; folders end with a slash."""
    folder, _, start = word.rpartition("/")
    base = Path(f"{folder}/" if folder or word.startswith("/") else ".")
    try:
        entries = sorted(base.expanduser().iterdir())
    except (OSError, RuntimeError, ValueError):
        return
    for entry in entries:
        if entry.name.startswith(start) and _typeable(entry.name) and (start or not entry.name.startswith(".")):
            yield Completion(entry.name + ("/" if entry.is_dir() else ""), start_position=-len(start))


def _last_word(text: str) -> str:
    """The word that the cursor is in, empty after a blank."""
    return "" if not text or text[-1].isspace() else text.split()[-1]


def _names(start: str, candidates: Callable[[str], Iterable[str]]) -> Iterator[Completion]:
    for name in candidates(start):
        if name.lower().startswith(start.lower()) and name != start:
            yield Completion(name, start_position=-len(start))


def _is_path(word: str) -> bool:
    return word.startswith(("/", "~/", "./", "../")) or (os.sep in word and not word.endswith("://"))


def _typeable(name: str) -> bool:
    """Whether the name can stand in a line: names made to mislead are not offered."""
    return bool(name) and " " not in name and safe.line(name) == name
