"""Takes secrets out of text before it is written down: command lines, utterances, environments."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"

_WORD = (
    r"(?:password|passwd|passphrase|passcode|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credentials?"
    r"|(?<![a-z])(?:pass|auth)|(?-i:pwd|Pwd))(?![a-z])"
)
_NAME = rf"(?<![\w.-])(?=[\w.-]*?{_WORD})[\w.-]++"
"""A whole name with such a word in it. Possessive, so that hostile text takes no longer than its length."""
_VALUE = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s'"&;,}]+)"""

_SECRETS = (
    # A private key, up to its end or that of the text.
    r"()-----BEGIN [\w ]*PRIVATE KEY-----(?s:.*?)(?:-----END [\w ]*PRIVATE KEY-----|\Z)",
    # scheme://user:password@host
    r"((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*+://[^\s/:@'\"]*:)[^\s/@'\"]+(?=@)",
    # Headers
    r"(\b(?:proxy-)?authorization\s*[:=]\s*(?:(?:basic|bearer|digest|token|negotiate)\s+)?)[^\s'\"]+",
    r"(\b(?:set-)?cookie\s*:\s*)[^'\"\n]+",
    r"(\bbearer\s+)[\w.~+/=-]{8,}",
    # curl -u user:password
    r"((?:^|\s)(?:-u|--user|--proxy-user)[\s=]+['\"]?[^\s:'\"]+:)[^\s'\"]+",
    # "password": "…", password=…, token: …, --password …
    rf"""(["']{_NAME}["']\s*:\s*){_VALUE}""",
    rf"({_NAME}\s?[=:]\s?)(?!\[hidden\]|//){_VALUE}",
    rf"((?<!\S)(?=-){_NAME}\s+)(?!-|\[hidden\]){_VALUE}",
    # The few programs whose -p is a password
    r"(\bsshpass\s+-p\s*)[^\s\[]\S*",
    r"(\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n]{0,200}?\s-p)[^\s\[]\S*",
    # Keys that are known by their look: AWS, GitHub, GitLab, Slack, those that begin with sk-, JSON web tokens
    r"()\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    r"()\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,})",
    r"()\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
)
"""Patterns whose match is hidden but for their first group."""


def redact(text: str) -> str:
    """The text with passwords, tokens and keys replaced by `[hidden]`."""
    for pattern in _patterns():
        text = pattern.sub(rf"\1{HIDDEN}", text)
    return text


def redact_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables; the whole value is hidden where the name tells a secret."""
    return {name: HIDDEN if _tells(name) else redact(value) for name, value in variables.items()}


def redact_data(value: Any) -> Any:
    """JSON data with every string in it redacted; a key that tells a secret hides its value."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {
            key: HIDDEN if isinstance(item, str) and _tells(str(key)) else redact_data(item)
            for key, item in value.items()
        }
    return [redact_data(item) for item in value] if isinstance(value, list | tuple) else value


@functools.cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _SECRETS)


def _tells(name: str) -> bool:
    return re.search(_WORD, name, re.IGNORECASE) is not None
