"""The table of rooms: what each part of nlsh may import, read from the source of every file."""

import ast
from pathlib import Path

import pytest

import nlsh

ROOT = Path(nlsh.__file__).parent
ROOMS = frozenset(path.name for path in ROOT.iterdir() if (path / "__init__.py").exists())
NOUN = "noun"
"""Any file right below nlsh/ that MAY does not name; the settings are one of them."""

MAY = {
    NOUN: {NOUN},
    "testing": {NOUN},
    "sandbox": {NOUN},
    "render": {NOUN},
    "models": {NOUN, "sandbox"},
    "parser": {NOUN, "models"},
    "executor": {NOUN, "sandbox"},
    "plugin": {NOUN, "sandbox"},
    "session": {NOUN, "parser", "models", "executor", "sandbox", "plugin", "render"},
    "shell": {NOUN, "parser", "models", "executor", "sandbox", "plugin", "render", "session", "kernel"},
    "kernel": {NOUN, "parser", "models", "executor", "sandbox", "plugin", "render", "session"},
    "cli": None,
    "launched": None,
    "ctl": None,
    "__main__": None,
}
"""Room to the rooms that it may import beside itself; None is all of them."""

SOURCES = sorted(ROOT.rglob("*.py"))
BUNDLED = sorted((ROOT.parent / "plugins").rglob("*.py"))


def room_of(module: str) -> str:
    """The room of a dotted module name such as nlsh.sandbox.gate; nlshctl is in several files."""
    parts = module.split(".")
    part = parts[1] if len(parts) > 1 else NOUN
    part = "ctl" if part.startswith("ctl_") else part
    return part if part in ROOMS or part in MAY else NOUN


def module_of(path: Path) -> str:
    return ".".join(("nlsh", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


def imported(path: Path) -> list[tuple[int, str]]:
    """Every module of nlsh that the file imports anywhere, also in functions and for type checking, with its line."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = module_of(path).split(".")
            package = base if path.name == "__init__.py" else base[:-1]
            start = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (start, node.module) if part)
            found += [(node.lineno, f"{module}.{alias.name}" if module == "nlsh" else module) for alias in node.names]
    return [
        (line, module) for line, module in found if module.split(".")[0] in ("nlsh", "training", "plugins", "tests")
    ]


def trespasses(path: Path) -> list[str]:
    """The imports of a file that its room does not allow."""
    own = room_of(module_of(path))
    allowed = MAY[own]
    if allowed is None:
        allowed = ROOMS | set(MAY)
    wrong = [
        (line, module)
        for line, module in imported(path)
        if module.split(".")[0] != "nlsh" or room_of(module) not in allowed | {own}
    ]
    return [f"{path.relative_to(ROOT)}:{line}: {own} may not import {module}" for line, module in wrong]


def test_every_room_is_in_the_table():
    """A new folder has to say what it may import."""
    assert set(MAY) >= ROOMS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_room_may(path):
    """Imports point down the table, wherever in the file they stand; nobody imports training, plugins or tests."""
    assert trespasses(path) == []


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: str(path.relative_to(ROOT.parent)))
def test_a_plugin_imports_what_plugins_are_promised(path):
    """The plugins that come with nlsh are written with nlsh.plugin, as anybody's, and nothing of nlsh imports them."""
    found = {module for node in ast.walk(ast.parse(path.read_text())) for module in _modules(node)}
    assert {module for module in found if module.split(".")[0] == "nlsh"} <= {"nlsh.plugin"}


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_root_imports_nothing_of_other_rooms(path):
    """Importing a part of nlsh never pulls in another one by the way."""
    if path.name == "__init__.py":
        assert {room_of(module) for _, module in imported(path)} <= {room_of(module_of(path)), NOUN}


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("from nlsh.executor.table import X", 1),
        ("def f():\n    import nlsh.executor.table", 1),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nlsh.executor import table", 1),
        ("from nlsh import executor", 1),
        ("from ..executor import table", 1),
        ("import training.corpus", 1),
        ("from nlsh.intent import Intent\nfrom .permit import Permit\nimport os", 0),
    ],
)
def test_the_check_sees_every_way_to_import(tmp_path, monkeypatch, source, wrong):
    """In functions, for types only, relative, or by way of the package."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / "sandbox" / "made.py"
    path.parent.mkdir()
    path.write_text(source)
    assert len(trespasses(path)) == wrong


def test_every_verb_module_is_registered() -> None:
    """No module of verbs is left out of the core registry."""
    from nlsh.executor.core import MODULES

    there = {path.stem for path in (ROOT / "executor" / "verbs").glob("*.py")} - {"__init__"}
    assert there == set(MODULES)
