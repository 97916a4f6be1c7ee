"""Asking the person at the terminal: what exactly would be touched, why it is asked, and yes or no."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from nlsh.confirm import Answer, Question
from nlsh.render import cells, safe
from nlsh.result import Column, Result, Unit
from nlsh.shell import terminal
from nlsh.shell.waiting import Waiting
from nlsh.target import Target

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = (
    Column(key="pid", title="PID", unit=Unit.COUNT),
    Column(key="name", title="Name"),
    Column(key="user", title="User"),
    Column(key="cpu", title="CPU", unit=Unit.PERCENT),
    Column(key="memory", title="Memory", unit=Unit.PERCENT),
    Column(key="age", title="Age", unit=Unit.SECONDS),
    Column(key="command", title="Command"),
)


_SPARED = 5
"""Names of processes that are left out, for each reason."""


_SAID = {
    Answer.YES_KEY: "yes",
    Answer.YES_SESSION: "yes, for this session",
    Answer.YES_WHILE: "yes, for ten minutes",
    Answer.NO: "no",
}


class TerminalPrompter:
    """Asks on standard error; a key for yes, or a word where the decision wants one.

    `console` is called for the console when there is something to ask, because making one is slow.
    """

    def __init__(self, console: Callable[[], Console], waiting: Waiting) -> None:
        self._make, self._waiting = console, waiting

    def ask(self, question: Question) -> Answer:
        """Show the question and wait for the answer; `NOBODY` where the terminal is gone."""
        if not terminal.present():
            return Answer.NOBODY
        with self._waiting.paused():
            self._show(question)
            return self._by_word(question) if question.decision.by_word else self._by_key(question)

    @cached_property
    def _console(self) -> Console:
        return self._make()

    def _show(self, question: Question) -> None:
        from rich.text import Text

        self._line(Text(safe.line(question.title), style="bold"))
        self._targets(question.act.selection.targets)
        for text in _spared(question.act.selection.protected):
            self._line(Text(safe.line(text), style="dim"))
        if question.posix:
            self._line(Text.assemble("as a command: ", (safe.line(question.posix), "cyan")))
        self._line(Text(_reason(question), style="dim"))

    def _targets(self, targets: tuple[Target, ...]) -> None:
        from nlsh.render import rich_table

        if targets:
            shown = Result(verb="confirm", shape="table", columns=_COLUMNS, rows=tuple(_row(each) for each in targets))
            for text in rich_table.body(shown, self._console.width):
                self._line(text)

    def _by_key(self, question: Question) -> Answer:
        offered = {"y": Answer.YES_KEY}
        if question.grantable:
            offered |= {"s": Answer.YES_SESSION, "m": Answer.YES_WHILE}
            self._line_of_text("s: yes, and do not ask again in this session; m: nor for ten minutes")
        keys = "/".join(offered)
        key = terminal.key(lambda: self._put(f"Go on{_how_many(question)}? [{keys}/N] "))
        answer = offered.get(key, Answer.NO)
        self._console.print(_SAID[answer])
        return answer

    def _line_of_text(self, text: str) -> None:
        from rich.text import Text

        self._line(Text(text, style="dim"))

    def _by_word(self, question: Question) -> Answer:
        wanted = confirming_word(question)
        typed = terminal.word(lambda: self._put(f"Type {wanted} to go on{_how_many(question)}: "))
        return Answer.YES_WORD if typed == wanted else Answer.NO

    def _put(self, text: str) -> None:
        self._console.print(text, end="", markup=False, highlight=False, soft_wrap=True)

    def _line(self, text: object) -> None:
        self._console.print(text, soft_wrap=True)


def confirming_word(question: Question) -> str:
    """The word that confirms: what the verb does, such as `kill`."""
    return question.act.intent.verb.rpartition(".")[2]


def _spared(protected: tuple[tuple[Target, str], ...]) -> Iterator[str]:
    """Those that are left out, a line for each reason."""
    reasons: dict[str, list[str]] = {}
    for target, reason in protected:
        reasons.setdefault(reason, []).append(cells.process(target))
    for reason, names in reasons.items():
        more = f" and {len(names) - _SPARED} more" if len(names) > _SPARED else ""
        yield f"not touched, because {reason}: {', '.join(names[:_SPARED])}{more}"


def _row(target: Target) -> dict[str, object]:
    return {
        "pid": target.id.pid,
        "name": target.name,
        "user": target.user,
        "cpu": target.cpu,
        "memory": target.memory,
        "age": target.age,
        "command": target.command,
    }


def _reason(question: Question) -> str:
    decision = question.decision
    source = f", {decision.source}" if decision.source else ""
    wanted_by = "" if question.act.origin == "person" else f"wanted by a {question.act.origin}; "
    return safe.line(f"asked because: {wanted_by}{decision.reason} (rule {decision.rule}{source})")


def _how_many(question: Question) -> str:
    count = len(question.act.selection.targets)
    return "" if not count else " with this process" if count == 1 else f" with these {count} processes"
