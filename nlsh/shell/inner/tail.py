"""What a command leaves behind on the screen: a line that does not end, or the modes of a program that was killed."""

from __future__ import annotations

import os

_OTHER_SCREEN = b"\x1b[?1049"
_RESET = b"\x1b[0m\x1b[?25h\x1b[?1l\x1b>\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l"
"""Plain text, a cursor, ordinary keys, no mouse, no marks around what is pasted (xterm, ctlseqs)."""
_LEAVE = b"\x1b[?1049l"
_SIGNALLED = 128


class Tail:
    """Watches what is shown."""

    def __init__(self) -> None:
        self._last = b"\n"
        self._other_screen = False

    def saw(self, data: bytes) -> None:
        """These bytes are shown now."""
        if data:
            self._last = data[-1:]
            at = data.rfind(_OTHER_SCREEN)
            if at >= 0:
                self._other_screen = data[at + len(_OTHER_SCREEN) :].startswith(b"h")

    def tidied(self, status: int, columns: int) -> bytes:
        """What to write before the prompt after a command with this exit status, so that it begins at the left."""
        reset = b""
        if status > _SIGNALLED:
            reset = (_LEAVE if self._other_screen else b"") + _RESET
            self._other_screen = False
        return reset + self.fresh_line(columns)

    def fresh_line(self, columns: int) -> bytes:
        """Get to the start of a line: a mark shows where the last one did not end, and nothing of it is covered.

        The cursor can be anywhere: with as many blanks as a line has it is in the next one, or still in an empty one.
        """
        if self._last == b"\n":
            return b""
        self._last = b"\n"
        if os.environ.get("TERM", "dumb") == "dumb":
            return b"\r\n"
        return b"\x1b[7m%\x1b[0m" + b" " * max(0, columns - 1) + b"\r\x1b[K"
