"""What a model writes under a grammar, and the seam to whatever writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A point where the grammar left a choice: the token's text, and the model's own probability of it."""

    text: str
    probability: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """What the model wrote, the choices that it made, and how many tokens were evaluated for it."""

    text: str
    choices: tuple[Choice, ...] = ()
    prompt_tokens: int = 0
    evaluated_tokens: int = 0

    @property
    def confidence(self) -> float:
        """The model's own probability (0 to 1) of the text: the product over the points where it had a choice."""
        product = 1.0
        for choice in self.choices:
            product *= choice.probability
        return product


class Model(Protocol):
    """Whatever writes text under a grammar."""

    def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
        """The text that the grammar (llguidance's Lark) allows and the model likes best after the prompt.

        The prompt is in segments of text; True marks those in which control tokens are read as such.
        """
        ...
