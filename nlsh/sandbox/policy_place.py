"""Where in a policy file an error is: tomllib tells no lines, so the text is searched for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from nlsh.errors import PolicyFileError


@dataclass(frozen=True, kw_only=True)
class Place:
    """A rule of the file by its number, counted from 1; 0 is what stands outside the rules."""

    text: str
    source: str
    number: int = 0
    id: str = ""

    def line(self, key: str = "") -> int:
        """The line of a key of this rule, or of the rule's head where the key is not to be seen; 0 for neither."""
        number, head = 0, 0
        for at, text in enumerate(self.text.splitlines(), 1):
            if re.match(r"\s*\[\[\s*rule\s*\]\]", text):
                number += 1
                head = at if number == self.number else head
            if key and number == self.number and _writes(text, key):
                return at
        return head

    def fail(self, message: str, key: str = "", *, hint: str = "") -> NoReturn:
        """Raise PolicyFileError for a key of this rule."""
        line = self.line(key)
        where = f"{self.source}:{line}" if line else self.source
        rule = f"rule {self.id or self.number}: " if self.number else ""
        raise PolicyFileError(f"{where}: {rule}{message}", path=self.source, line=line, hint=hint)


def _writes(line: str, key: str) -> bool:
    """Whether the line sets the key or opens its table: `key =`, `when.key =`, `{ key = …`, `[rule.key]`, `[[key]]`."""
    return re.search(rf'(?:^|[\s{{,."\[]){re.escape(key)}"?\s*(?:=|\.|\])', line.partition("#")[0]) is not None
