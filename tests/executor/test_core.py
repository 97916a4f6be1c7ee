"""The registry of the verbs that come with nlsh."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

from nlsh.executor import verbs
from nlsh.executor.core import MODULES, core_registry
from nlsh.intent import Intent

REGISTRY = core_registry()
VERBS = [verb for verb in REGISTRY if verb.name.startswith("process.")]
CONTRACT = {
    "process.list": "read",
    "process.count": "read",
    "process.show": "read",
    "process.tree": "read",
    "process.files": "read",
    "process.environment": "read",
    "process.kill": "destroy",
    "process.suspend": "change",
    "process.resume": "change",
    "process.priority": "change",
    "process.io_priority": "change",
    "process.affinity": "change",
    "process.limit": "change",
    "process.wait": "read",
    "process.start": "change",
}


def test_the_verbs_of_processes_are_those_of_the_contract():
    """No name is missing and each reaches as far as it says."""
    assert {verb.name: verb.effect.value for verb in VERBS} == CONTRACT


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_examples_are_valid_steps(verb):
    """Every example of a verb is one that the registry takes, and there are enough of them."""
    assert 4 <= len(verb.examples) <= 8
    for example in verb.examples:
        step = Intent.from_wire({"verb": verb.name, **example.args})
        REGISTRY.check(step)
        assert not REGISTRY.lacks_target(step)


def test_what_can_be_undone_is_a_change():
    """A verb that destroys or only reads does not promise to be undone."""
    for verb in VERBS:
        assert not verb.undoable or verb.effect.value == "change"
    assert {verb.name for verb in VERBS if verb.undoable} == set(CONTRACT) - {
        name for name, effect in CONTRACT.items() if effect != "change"
    } - {"process.start"}


def test_the_order_is_fixed():
    """Verbs are listed as their modules stand in the list, and no module of the folder is left out."""
    names = [verb.name for verb in REGISTRY]
    assert names[: len(VERBS)] == [*list(CONTRACT)[:6], "process.wait", *list(CONTRACT)[6:13], "process.start"]
    assert sorted(MODULES) == sorted(found.name for found in pkgutil.iter_modules(verbs.__path__))


def test_no_heavy_module_is_imported_for_it():
    """Listing the verbs, and the processes, needs neither psutil nor pydantic nor rich."""
    code = (
        "import sys; from nlsh.executor.core import core_registry; core_registry()\n"
        "from nlsh.executor import select, operations, jobs, undo, posix; from nlsh.executor.table import ProcTable\n"
        "from nlsh.executor.processes import listing, detail, files, waiting, ending, acting, limits, starting\n"
        "ProcTable().snapshot(('user', 'argv'))\n"
        "heavy = {'psutil', 'pydantic', 'rich', 'prompt_toolkit', 'typer', 'numpy', 'ctypes', 'asyncio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
