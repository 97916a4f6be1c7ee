"""A model that knows its answers by heart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nlsh.completion import Choice, Completion


class FakeModel:
    """Writes the given answer for an utterance, with the given confidence; `unknown` for any other.

    `prompts` and `grammars` keep what it was asked with.
    """

    def __init__(self, answers: Mapping[str, str], *, confidence: float = 0.99) -> None:
        self._answers = answers
        self._confidence = confidence
        self.prompts: list[str] = []
        self.grammars: list[str] = []

    def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
        """The answer for the last thing said in the prompt."""
        said = [text for text, special in prompt if not special]
        self.prompts.append("".join(text for text, _ in prompt))
        self.grammars.append(grammar)
        text = self._answers.get(said[-1], '{"verb":"unknown"}')
        return Completion(text=text, choices=(Choice(text=text, probability=self._confidence),))
