"""The page of verbs is what the registry says."""

import importlib.util
from pathlib import Path

import pytest

from nlsh.executor.core import core_registry
from nlsh.plugin.host import bundled_verbs
from nlsh.verb import Registry

PLUGINS = Registry(bundled_verbs())
SCRIPT = Path(__file__).parent.parent / "scripts" / "make_docs.py"


@pytest.fixture(scope="module")
def make_docs():
    spec = importlib.util.spec_from_file_location("make_docs", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(make_docs):
    """Otherwise: run `python scripts/make_docs.py`."""
    assert make_docs.PAGE.read_text(encoding="utf-8") == make_docs.page(core_registry(), PLUGINS)


def test_the_page_has_every_verb_with_its_arguments_and_sentences(make_docs):
    """Each verb once, as a heading."""
    text = make_docs.page(core_registry(), PLUGINS)
    for verb in (*core_registry(), *PLUGINS):
        assert text.count(f"\n### {verb.name}\n") == 1
        assert all(f"| `{argument.name}` |" in text for argument in verb.all_arguments)
        assert all(f"| {example.utterance} |" in text for example in verb.examples)
