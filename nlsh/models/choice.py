"""Put the chosen model into the settings file and leave all else in it, comments too, as it was."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Final

from nlsh.errors import ModelError
from nlsh.models.part import write_whole

_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")  # not splitlines(), to which more ends a line than to TOML
_LINE: Final = re.compile(r"\s*(?:model|\"model\"|'model')\s*=")
_VALUE: Final = re.compile(r"\s*(?:\"(?:[^\"\\]|\\.)*\"|'[^']*')(?P<rest>\s*(?:#.*)?)\Z")


def choose(settings: Path, model: str) -> None:
    """Set `model` in the settings file, which need not exist yet; ModelError where that cannot be done safely."""
    try:
        text = settings.read_text(encoding="utf-8") if settings.exists() else ""
        before = tomllib.loads(text)
        changed = with_model(text, model)
        if tomllib.loads(changed) != {**before, "model": model}:
            raise ValueError("its form is too unusual to be edited")
        write_whole(settings, changed)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"cannot set the model in {settings}: {error}", hint=f"write model = {json.dumps(model)} there yourself"
        ) from error


def with_model(text: str, model: str) -> str:
    """The text of a settings file with another `model`: its line replaced, or one added above the first table."""
    lines = _LINES.findall(text)
    top = next((n for n, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))
    entry = f"model = {json.dumps(model, ensure_ascii=False)}"
    for number, line in enumerate(lines[:top]):
        if found := _LINE.match(line):
            value = _VALUE.match(line.rstrip("\r\n")[found.end() :])
            lines[number] = f"{entry}{value['rest'].rstrip() if value else ''}\n"
            return "".join(lines)
    if top and not lines[top - 1].endswith("\n"):
        lines[top - 1] += "\n"
    while top and not lines[top - 1].strip():
        top -= 1
    lines.insert(top, f"{entry}\n")
    return "".join(lines)
