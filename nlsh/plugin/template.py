"""A first plugin: small, working, and tested."""

from __future__ import annotations

import re
from pathlib import Path

from nlsh.errors import UsageError
from nlsh.plugin.found import FILE

_MANIFEST = """# What nlsh has to know about the plugin before it runs. `nlshctl plugin test .` checks it.
name = "{name}"
version = "0.1.0"
api = 1
# Its verbs are called {namespace}.something.
namespace = "{namespace}"
# The file verbs.py.
module = "verbs"
summary = "Counts the lines of a file."

# What it asks to be allowed, and why: the person is shown this, once. {{path}} is what the person names as `path`.
[[capability]]
name = "fs.read:{{path}}"
reason = "to count its lines"
"""
_VERBS = '''"""Counts the lines of a file."""

from __future__ import annotations

from nlsh.plugin import Call, Column, Effect, OperationFailed, Result, Text, Unit, verb

COLUMNS = (Column(key="path", title="File"), Column(key="lines", title="Lines", unit=Unit.COUNT))


@verb(
    "{namespace}.lines",
    effect=Effect.READ,
    needs="fs.read:{{path}}",
    target="path",
    examples={{
        "count the lines of notes.txt": {{"path": "notes.txt"}},
        "how many lines does /etc/hosts have": {{"path": "/etc/hosts"}},
        "number of lines in ~/todo.md": {{"path": "~/todo.md"}},
        "line count of report.csv": {{"path": "report.csv"}},
    }},
)
def lines(call: Call, *, path: Text | None = None) -> Result:
    """Count the lines of a file."""
    # nlsh has made the path absolute, and lets this code read it and nothing else of the person's.
    try:
        with open(str(path), "rb") as file:
            count = sum(1 for _ in file)
    except IsADirectoryError:
        raise OperationFailed(f"{{path}} is a folder", hint="name a file") from None
    return Result(verb="{namespace}.lines", shape="record", columns=COLUMNS, rows=({{"path": path, "lines": count}},))
'''
_TEST = '''"""The plugin as it runs in nlsh: confined, and with what it asks for granted."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlsh.plugin import OperationFailed
from nlsh.plugin.testing import bench

HERE = Path(__file__).parent


def test_it_counts_lines(tmp_path: Path) -> None:
    """Every line counts, the last one too."""
    file = tmp_path / "three.txt"
    file.write_text("one\\ntwo\\nthree")
    with bench(HERE) as plugin:
        result = plugin.perform("{namespace}.lines", path=str(file))
    assert result.rows[0]["lines"] == 3


def test_a_folder_has_no_lines(tmp_path: Path) -> None:
    """It says so, and what to do."""
    with bench(HERE) as plugin, pytest.raises(OperationFailed, match="is a folder"):
        plugin.perform("{namespace}.lines", path=str(tmp_path))
'''


def write(name: str, folder: Path, *, taken: frozenset[str]) -> Path:
    """Write a plugin of this name into a new folder; UsageError where that cannot be."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(
            f"a plugin cannot be called {name}", hint="small letters, digits and hyphens, such as my-notes"
        )
    namespace = name.replace("-", "")[:24]
    if len(namespace) < 2 or namespace in taken:
        raise UsageError(
            f"verbs cannot be called {namespace}.*: that is taken, or too short", hint="choose another name"
        )
    if folder.exists():
        raise UsageError(f"{folder} is there already", hint="choose another folder with --folder")
    folder.mkdir(parents=True)
    texts = {FILE: _MANIFEST, "verbs.py": _VERBS, "test_verbs.py": _TEST}
    for file, text in texts.items():
        (folder / file).write_text(text.format(name=name, namespace=namespace), encoding="utf-8")
    return folder
