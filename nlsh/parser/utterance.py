"""What is fit to be an utterance at all."""

from __future__ import annotations

from nlsh.errors import UsageError

LONGEST = 1000
"""Characters. Nobody says more in one sentence, and the model's context is not longer."""


def checked(text: str) -> str:
    """The utterance without white space around it; UsageError where it is no line of text that a person would say."""
    said = text.strip()
    if not said:
        raise UsageError("there is nothing to understand: the request is empty")
    if len(said) > LONGEST:
        raise UsageError(
            f"the request has {len(said):,} characters; at most {LONGEST:,} are read", hint="say it shorter"
        )
    for place, character in enumerate(said):
        if 0xD800 <= ord(character) <= 0xDFFF:
            raise UsageError(f"the request is not valid UTF-8 at character {place + 1}")
        if (ord(character) < 32 and character != "\t") or 0x7F <= ord(character) < 0xA0:
            raise UsageError(f"the request has a control character (U+{ord(character):04X}) at character {place + 1}")
    return said
