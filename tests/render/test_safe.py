"""Untrusted text is shown, never obeyed."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlsh.render import safe

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")


def unsafe(text: str) -> set[str]:
    """The characters of the text that could steer a terminal, or mislead its reader."""
    return {char for char in text if unicodedata.category(char) in UNSAFE and char not in "\u200c\u200d"}


@given(ANY_TEXT)
@example("\x1b]0;title\x07\x9b31m\u202e\u2066\udc80\r\n\x7f\U000e0041")
def test_no_control_character_is_left(text: str) -> None:
    """Whatever the text, one line of safe text holds no control, format, surrogate or separator character."""
    assert unsafe(safe.line(text)) == set()


@given(ANY_TEXT)
def test_only_line_ends_are_left_of_lines(text: str) -> None:
    """Safe lines keep their line ends, and no other control character."""
    assert unsafe(safe.lines(text)) <= {"\n"}
    assert safe.lines(text).count("\n") == text.count("\n")


@given(st.text(st.characters(exclude_categories=UNSAFE)))
def test_plain_text_stays(text: str) -> None:
    """Letters of every script, digits, signs and emoji stay as they are."""
    assert safe.line(text) == text


@given(ANY_TEXT)
def test_safe_text_is_safe_already(text: str) -> None:
    """Making text safe twice is making it safe once."""
    assert safe.line(safe.line(text)) == safe.line(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\tb\nc", "a␉b␊c"),
        ("\x9b2J", "\\x9b2J"),
        ("exe\u202etxt", "exe\\u202etxt"),
        ("caf\udce9", "caf\\xe9"),
        ("日本語", "日本語"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("chrome\u200d", "chrome\\u200d"),
        ("chr\u200bome", "chr\\u200bome"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    """Control characters are pictures, the others escapes, and joiners stay where a script needs them."""
    assert safe.line(text) == shown


@given(ANY_TEXT)
def test_safe_json_says_the_same(text: str) -> None:
    """JSON made safe for a terminal is read as what it was, and holds no control character."""
    made = safe.json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(made) == {"text": text} or any("\ud800" <= char <= "\udfff" for char in text)
    assert {char for char in made if unicodedata.category(char) in UNSAFE} <= {"\u200c", "\u200d"}
