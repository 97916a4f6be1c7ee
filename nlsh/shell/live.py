"""While a line is typed: its colour, and the word in the margin that says who will get it."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

from nlsh.shell.resolving import Router

_MARKS = {"shell": "shell", "intent": "nlsh", "ask": "?"}


class RouteLexer(Lexer):
    """Colours the whole line by its route."""

    def __init__(self, router: Router) -> None:
        self._router = router

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The fragments of each line."""
        style = f"class:route.{self._router(document.text).route}" if document.text.strip() else ""
        return lambda number: [(style, document.lines[number])] if number < len(document.lines) else []


def margin(router: Router) -> StyleAndTextTuples:
    """The mark at the right edge, nothing for an empty line and once the line is sent."""
    app = get_app()
    text = app.current_buffer.text
    if app.is_done or not text.strip():
        return []
    route = router(text).route
    return [(f"class:route.{route}", _MARKS[route])]
