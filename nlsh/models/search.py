"""The most probable of the texts that a grammar allows, and not only the one that takes the best token each time.

The best first token can lead to a text that is less probable than another one whose first token came second: where a
model wavers between two verbs, what follows the one may be certain and what follows the other a guess. So the ways not
taken are kept with their probability, which bounds that of all that goes on from there, and are followed while one of
them could still win.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nlsh.completion import Choice

#: Ways that are followed at most for one answer: where the model knows its mind there is one.
MOST_PATHS = 4
#: A way with less probability than this is not kept: nlsh would ask about it, whatever it said.
LEAST = 0.05


@dataclass(slots=True, kw_only=True)
class Path:
    """A beginning of an answer: its tokens, the choices in it, and their probability (0 to 1), which only falls."""

    matcher: Any
    written: list[int] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    probability: float = 1.0
    ended: bool = False

    def take(self, token: int, choice: Choice, *, end: bool) -> None:
        """Go on with `token`; `end` says that it closes the answer."""
        self.choices.append(choice)
        self.probability *= choice.probability
        self.ended = end
        if not end:
            self.matcher.consume_token(token)
            self.written.append(token)

    def fork(self) -> Path:
        """A path of its own that begins as this one does."""
        return Path(
            matcher=self.matcher.deep_copy(),
            written=list(self.written),
            choices=list(self.choices),
            probability=self.probability,
        )


#: Goes along a path to its end while it is more probable than a floor; returns whether it got there, and the forks.
Follow = Callable[[Path, float], tuple[bool, list[Path]]]


def most_probable(start: Path, follow: Follow) -> Path | None:
    """The most probable end of a path from `start` among the first few, or None where none of them has an end."""
    waiting = [start]
    found: Path | None = None
    for _ in range(MOST_PATHS):
        if not waiting:
            break
        path = max(waiting, key=lambda each: each.probability)
        waiting.remove(path)
        floor = found.probability if found else 0.0
        if path.probability <= floor:
            break
        done, forks = follow(path, floor)
        waiting += forks
        if done:
            found = path
    return found
