"""Untrusted text made safe to show: whatever could steer a terminal is written out visibly instead.

A process chooses its own name and command line, so they may hold escape sequences, line ends and marks that turn the
reading direction. Letters of every script, wide characters and emoji stay as they are.
"""

from __future__ import annotations

import re

_FORMATS = (
    "\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
"""Unicode's format characters (category Cf) but the two joiners, and the line and paragraph separators."""

_UNSAFE = f"\x00-\x1f\x7f-\x9f\ud800-\udfff{_FORMATS}"
_LETTER = "[^\x00-\u02ff\u200b-\u200f]"
_STRAY_JOINER = f"[\u200c\u200d](?!{_LETTER})|(?<!{_LETTER})[\u200c\u200d]"
"""The joiners stay between the letters of scripts that need them, and inside emoji."""

_ANY = re.compile(f"[{_UNSAFE}]|{_STRAY_JOINER}")
_BUT_NEWLINE = re.compile(f"(?!\n)[{_UNSAFE}]|{_STRAY_JOINER}")
_JSON = re.compile(f"[\x7f-\x9f\ud800-\udfff{_FORMATS}]")


def line(text: str) -> str:
    """`text` as one line: every control, format and surrogate character is shown as a picture or an escape."""
    return _ANY.sub(_shown, text)


def lines(text: str) -> str:
    """Like `line`, but line ends stay."""
    return _BUT_NEWLINE.sub(_shown, text)


def json(text: str) -> str:
    r"""JSON text whose strings hold the same characters as `\u` escapes, so that it can be read on a terminal."""
    return _JSON.sub(_escaped, text)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code < 0x100:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8, as os.fsdecode keeps it
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
