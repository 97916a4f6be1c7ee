"""How the prompt looks."""

from __future__ import annotations

import os
from pathlib import Path

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.styles import Style

from nlsh.render import safe

STYLE = Style.from_dict(
    {
        "folder": "ansiblue",
        "mark": "bold",
        "mark.failed": "bold ansired",
        "auto-suggestion": "ansibrightblack",
        "route.shell": "ansigreen",
        "route.intent": "",
        "route.ask": "ansiyellow",
    }
)


def prompt(code: int) -> StyleAndTextTuples:
    """The prompt: the folder, and a mark that is red after a request that failed; `#` for root."""
    mark = "#" if os.geteuid() == 0 else ">"
    return [("class:folder", folder()), ("", " nlsh"), ("class:mark.failed" if code else "class:mark", f"{mark} ")]


def folder() -> str:
    """The current folder, the home folder as `~`, as safe text."""
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return "?"
    try:
        home = Path.home()
    except RuntimeError:
        return safe.line(str(here))
    if here == home:
        return "~"
    return safe.line(f"~/{here.relative_to(home)}" if here.is_relative_to(home) else str(here))
