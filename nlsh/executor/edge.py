"""When a condition that is looked at again and again counts as having come true."""

from __future__ import annotations


class Edge:
    """Fires once when a condition has held for `hold` seconds, and not again until it was false in between."""

    def __init__(self, hold: float = 0.0) -> None:
        self._hold = hold
        self._since: float | None = None
        self._fired = False

    def rises(self, true: bool, now: float) -> bool:
        """Whether it fires at this look; `now` is in seconds and never goes back."""
        if not true:
            self._since, self._fired = None, False
            return False
        if self._since is None:
            self._since = now
        if self._fired or now - self._since < self._hold:
            return False
        self._fired = True
        return True

    def interrupted(self) -> None:
        """Nobody looked for a while: how long it has held is not known any more."""
        self._since = None
