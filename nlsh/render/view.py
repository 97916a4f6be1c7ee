"""Where results go: a terminal, a pipe, or a program that reads JSON."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, Protocol

from nlsh.errors import NlshError
from nlsh.render import safe

if TYPE_CHECKING:
    from rich.console import Console

    from nlsh.result import Result


class View(Protocol):
    """Shows what comes of requests; results on standard output, all else on standard error."""

    def reading(self, reading: Mapping[str, Any]) -> None:
        """A new request: what was understood in public form, or only its `utterance` so far."""
        ...

    def result(self, result: Result) -> None:
        """One result of the request."""
        ...

    def later(self, result: Result) -> None:
        """What a background job reports."""
        ...

    def error(self, problem: NlshError) -> None:
        """The request went wrong."""
        ...

    def notice(self, text: str) -> None:
        """A remark about nlsh itself."""
        ...

    def finish(self, exit_code: int) -> None:
        """The request is over."""
        ...


class PlainView:
    """Aligned text without colours."""

    def __init__(self, out: IO[str], err: IO[str]) -> None:
        self._out, self._err = out, err

    def reading(self, reading: Mapping[str, Any]) -> None:
        pass

    def result(self, result: Result) -> None:
        from nlsh.render import plain

        self._out.write(plain.body(result))
        self._out.flush()
        self._err.write(plain.asides(result))

    later = result

    def error(self, problem: NlshError) -> None:
        from nlsh.render import plain

        self._err.write(plain.error(problem))

    def notice(self, text: str) -> None:
        self._err.write(f"nlsh: {safe.lines(text)}\n")

    def finish(self, exit_code: int) -> None:
        self._out.flush()


class RichView:
    """Tables on a terminal; what draws them is imported with the first that there is to show."""

    def reading(self, reading: Mapping[str, Any]) -> None:
        pass

    def result(self, result: Result) -> None:
        from nlsh.render import rich_table

        for text in rich_table.body(result, self._out.width):
            self._out.print(text, soft_wrap=True)
        for text in rich_table.asides(result):
            self._err.print(text, soft_wrap=True)

    later = result

    def error(self, problem: NlshError) -> None:
        from nlsh.render import rich_table

        for text in rich_table.error(problem):
            self._err.print(text, soft_wrap=True)

    def notice(self, text: str) -> None:
        self._err.print(safe.lines(text), style="dim", markup=False, highlight=False, soft_wrap=True)

    def finish(self, exit_code: int) -> None:
        pass

    @cached_property
    def _out(self) -> Console:
        from rich.console import Console

        return Console()

    @cached_property
    def _err(self) -> Console:
        from rich.console import Console

        return Console(stderr=True)


class JsonView:
    """One envelope a request; what background jobs report stands on lines before it."""

    def __init__(self, out: IO[str], err: IO[str]) -> None:
        self._out, self._err = out, err
        self._reading: Mapping[str, Any] = {}
        self._results: list[Result] = []
        self._error: NlshError | None = None

    def reading(self, reading: Mapping[str, Any]) -> None:
        self._reading = reading

    def result(self, result: Result) -> None:
        self._results.append(result)

    def later(self, result: Result) -> None:
        from nlsh.render import json_out

        self._line(json_out.later(result))

    def error(self, problem: NlshError) -> None:
        self._error = problem

    def notice(self, text: str) -> None:
        self._err.write(f"nlsh: {safe.lines(text)}\n")

    def finish(self, exit_code: int) -> None:
        from nlsh.render import json_out

        envelope = json_out.envelope(self._reading, self._results, error=self._error, exit_code=exit_code)
        self._results, self._error = [], None
        self._line(envelope)

    def _line(self, value: Any) -> None:
        from nlsh.render import json_out

        self._out.write(json_out.text(value) + "\n")
        self._out.flush()
