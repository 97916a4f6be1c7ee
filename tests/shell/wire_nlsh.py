"""A real `nlsh` whose model is replaced by the person: each line typed is the wire format that a model would write."""

from __future__ import annotations

import sys

import nlsh.session
from nlsh.cli import main
from nlsh.intent import Plan
from nlsh.parser.reading import Reading


class Speaker:
    """Stands where the model and its parser stand."""

    model = None

    def __init__(self, *anything: object, **more: object) -> None:
        pass

    def parser(self) -> Speaker:
        """Itself."""
        return self

    def parse(self, utterance: str, context: object = None) -> Reading:
        """The plan that the line is."""
        return Reading(utterance=utterance, route="intent", plan=Plan.from_wire(utterance), confidence=1.0)

    def helpers(self) -> frozenset[int]:
        """No process helps."""
        return frozenset()

    def close(self) -> None:
        """Nothing to end."""


if __name__ == "__main__":
    nlsh.session.Mind = Speaker  # type: ignore[assignment,misc]
    sys.exit(main())
