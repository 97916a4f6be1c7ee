"""Which strings may be copied from an utterance."""

from __future__ import annotations

import pytest

from nlsh.parser.spans import runs, wildcards


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("kill chrome.", {"kill", "kill chrome", "chrome"}),
        ("bob's jobs", {"bob's", "bob", "bob's jobs", "bob's job", "jobs", "job"}),
        ("see /etc/hosts.", {"see", "see /etc/hosts", "/etc/hosts"}),
        ("in .", {"in", "."}),
        ("echo $HOME", {"echo", "echo $HOME", "$HOME", "HOME"}),
        ("杀掉chrome", {"杀", "杀掉", "杀掉chrome", "掉", "掉chrome", "chrome"}),
        ("l'arbre d'nginx", {"l'arbre", "arbre", "l'arbre d'nginx", "arbre d'nginx", "d'nginx", "nginx"}),
        ("", set()),
        (" \t ", set()),
        ("?!", set()),
    ],
)
def test_runs(utterance: str, expected: set[str]) -> None:
    """Runs of whole tokens are handed out bare, and also without a mark, an 's, a plural s or an elided article."""
    assert set(runs(utterance)) == expected


def test_quoted_name_is_one_run() -> None:
    """What stands between quotes can be copied whole and without them."""
    assert "Google Chrome" in runs('kill "Google Chrome" now')


@pytest.mark.parametrize("torn", ['kill "Google', 'Chrome" now', '"Google'])
def test_quotation_is_never_torn(torn: str) -> None:
    """No run holds one end of a quotation without the other."""
    assert torn not in runs('kill "Google Chrome" now')


def test_command_line_keeps_its_quotes() -> None:
    """A run that holds a quotation whole keeps the quotes: a command line is copied as it stands."""
    assert 'sh -c "exit 3"' in runs('run sh -c "exit 3"')


def test_apostrophe_within_a_word_is_no_quote() -> None:
    """The apostrophe in don't does not begin a quotation."""
    assert "don't kill chrome" in runs("don't kill chrome's")


def test_runs_are_no_longer_than_asked() -> None:
    """A run has at most as many tokens as was asked for."""
    assert "b c d" not in runs("a b c d", longest=2)


@pytest.mark.parametrize(
    ("utterance", "ends"),
    [
        ("processes starting with py", {"end"}),
        ("names ending in d", {"start"}),
        ("everything containing sql", {"start", "end"}),
        ("以py开头的进程", {"end"}),
        ("kill chrome", set()),
        ("terminate the container", set()),
    ],
)
def test_wildcards(utterance: str, ends: set[str]) -> None:
    """A wildcard may stand only where the utterance says starts with, ends with or contains."""
    assert wildcards(utterance) == ends
