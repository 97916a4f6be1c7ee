"""The search for the most probable answer, on trees of tokens in place of a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.completion import Choice
from nlsh.models import search
from nlsh.models.search import Path, most_probable

Tree = dict[int, tuple[float, "Tree"]]
"""What can follow: token, its probability, what follows then; an empty tree is an end."""


@dataclass
class Walker:
    """Stands in a tree where a matcher stands in a grammar."""

    tree: Tree

    def consume_token(self, token: int) -> None:
        self.tree = self.tree[token][1]

    def deep_copy(self) -> Walker:
        return Walker(self.tree)


def follow(path: Path, floor: float) -> tuple[bool, list[Path]]:
    forks: list[Path] = []
    while path.matcher.tree:
        best, *others = sorted(path.matcher.tree.items(), key=lambda item: -item[1][0])
        for token, (probability, _) in others:
            if path.probability * probability >= search.LEAST:
                forks.append(path.fork())
                forks[-1].take(token, Choice(text="", probability=probability), end=False)
        path.take(best[0], Choice(text="", probability=best[1][0]), end=False)
        if path.probability <= floor:
            return False, forks
    return True, forks


def ends(tree: Tree, probability: float = 1.0) -> Iterator[float]:
    if not tree:
        yield probability
    for share, below in tree.values():
        yield from ends(below, probability * share)


def shares(below: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    weights = st.lists(st.tuples(st.integers(1, 20), below), min_size=1, max_size=3)
    return weights.map(
        lambda pairs: {at: (w / sum(each for each, _ in pairs), tree) for at, (w, tree) in enumerate(pairs)}
    )


trees = st.recursive(st.just({}), shares, max_leaves=12)


def test_a_certain_second_beats_a_best_one_that_leads_to_guesses() -> None:
    wavering: Tree = {0: (0.6, {0: (0.5, {}), 1: (0.5, {})}), 1: (0.4, {})}
    found = most_probable(Path(matcher=Walker(wavering)), follow)
    assert found is not None
    assert found.written == [1]
    assert found.probability == pytest.approx(0.4)


def test_the_best_way_stays_where_nothing_can_beat_it() -> None:
    sure: Tree = {0: (0.9, {0: (0.9, {})}), 1: (0.1, {})}
    found = most_probable(Path(matcher=Walker(sure)), follow)
    assert found is not None
    assert found.written == [0, 0]


@given(trees)
def test_never_less_probable_than_the_best_token_each_time(tree: Tree) -> None:
    greedy = Path(matcher=Walker(tree))
    follow(greedy, 0.0)
    found = most_probable(Path(matcher=Walker(tree)), follow)
    assert found is not None
    assert found.probability >= greedy.probability


@given(trees)
def test_the_most_probable_of_all_where_it_may_look_long_enough(tree: Tree) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "MOST_PATHS", 1000)
        found = most_probable(Path(matcher=Walker(tree)), follow)
    assert found is not None
    assert found.probability == pytest.approx(max(ends(tree))) or max(ends(tree)) < search.LEAST


def test_it_gives_up_after_a_few_ways() -> None:
    followed = []

    def count(path: Path, floor: float) -> tuple[bool, list[Path]]:
        followed.append(path)
        return follow(path, floor)

    # Every way leads to guesses, so that another one could always win.
    guesses: Tree = {at: (0.01, {}) for at in range(100)}
    most_probable(Path(matcher=Walker(dict.fromkeys(range(10), (0.1, guesses)))), count)
    assert len(followed) == search.MOST_PATHS
