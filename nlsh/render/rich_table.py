"""A Result on a terminal: tables fitted to its width with numbered rows, records, trees, messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from nlsh.errors import NlshError
from nlsh.render import cells, safe
from nlsh.render.fitting import fitted
from nlsh.result import Result

_GAP = 2
_MORE = "…"


def show(console: Console, result: Result) -> None:
    """Print all of a Result, its notes and failures too."""
    for text in (*body(result, console.width), *asides(result)):
        console.print(text, soft_wrap=True)


def body(result: Result, width: int) -> Iterator[Text]:
    """The lines of the rows, or of the message, for a terminal of `width` columns."""
    if result.shape in ("table", "tree") and result.rows:
        if result.message:
            yield Text(safe.lines(result.message), style="bold")
        yield from table(numbered(result), width)
    elif result.shape == "record" and result.rows:
        if result.message:
            yield Text(safe.lines(result.message), style="bold")
        yield from _record(cells.pairs(result))
    elif result.message or result.shape != "message":
        yield Text(safe.lines(result.message or "nothing to show"))


def asides(result: Result) -> Iterator[Text]:
    """The notes, and what could not be done with its remedy."""
    for note in result.notes:
        yield Text(safe.lines(note), style="dim")
    for failed in result.failures:
        yield Text.assemble(("✗ ", "red"), cells.failure(failed))
        if failed.remedy:
            yield Text.assemble("  try: ", (safe.line(failed.remedy), "cyan"))


def numbered(result: Result) -> cells.Grid:
    """The rows, with their numbers before them where the next utterance may name one by its number."""
    grid = cells.grid(result)
    if not result.processes:
        return grid
    rows = tuple((str(number), *row) for number, row in enumerate(grid.rows, 1))
    return cells.Grid(titles=("#", *grid.titles), right=(True, *grid.right), fixed=(True, *grid.fixed), rows=rows)


def table(grid: cells.Grid, width: int) -> Iterator[Text]:
    """The heading and the rows, or a block for each row where even the shortest columns are too wide."""
    room = width - _GAP * (len(grid.titles) - 1)
    columns = zip(grid.titles, *grid.rows, strict=True)
    widest = [max(cell_len(text[: 4 * width]) for text in column) for column in columns]
    widths = fitted(widest, grid.fixed, room)
    if widths is None:
        yield from _blocks(grid)
        return
    yield Text(_joined(grid.titles, widths, grid.right), style="bold")
    for row in grid.rows:
        yield _row(row, widths, grid)


def error(problem: NlshError) -> Iterator[Text]:
    """An error in words, and its next step."""
    yield Text.assemble(("✗ ", "red"), safe.lines(problem.message))
    if problem.hint:
        yield Text(f"  {safe.lines(problem.hint)}", style="dim")


def _row(row: Sequence[str], widths: Sequence[int], grid: cells.Grid) -> Text:
    text = Text(_joined(row, widths, grid.right))
    if grid.titles[:1] == ("#",):
        text.stylize("dim", 0, widths[0])
    return text


def _joined(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = (_sized(text, wide, to_right) for text, wide, to_right in zip(row, widths, right, strict=True))
    return (" " * _GAP).join(parts).rstrip()


def _sized(text: str, wide: int, to_right: bool) -> str:
    text = text[: 4 * wide]  # a command line may be megabytes long, and a character takes no column at all
    if cell_len(text) > wide:
        return set_cell_size(text, wide - 1) + _MORE
    return " " * (wide - cell_len(text)) + text if to_right else set_cell_size(text, wide)


def _record(pairs: Sequence[tuple[str, str]]) -> Iterator[Text]:
    wide = max((cell_len(title) for title, _ in pairs), default=0)
    for title, value in pairs:
        yield Text.assemble((set_cell_size(title, wide), "bold"), " " * _GAP, value)


def _blocks(grid: cells.Grid) -> Iterable[Text]:
    for row in grid.rows:
        yield from _record(tuple(zip(grid.titles, row, strict=True)))
        yield Text("")
