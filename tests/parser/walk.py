"""Random walks through a grammar, a byte at a time: whatever they write, a model could have written."""

from __future__ import annotations

import functools
import random

import llguidance

_END = 256


class _Bytes:
    """A vocabulary of the 256 bytes and an end token."""

    eos_token_id = _END
    bos_token_id = None
    tokens = [*(bytes([value]) for value in range(_END)), b"<end>"]  # noqa: RUF012
    special_token_ids = [_END]  # noqa: RUF012

    def __call__(self, text: str | bytes) -> list[int]:
        return list(text.encode() if isinstance(text, str) else text)


@functools.cache
def _tokenizer() -> llguidance.LLTokenizer:
    return llguidance.LLTokenizer(llguidance.TokenizerWrapper(_Bytes()))


def matcher(grammar: str) -> llguidance.LLMatcher:
    """A matcher over bytes; it fails the test where the grammar is not valid."""
    made = llguidance.LLMatcher(_tokenizer(), grammar, log_level=0)
    assert not made.is_error(), made.get_error()
    return made


def accepts(grammar: str, text: str) -> bool:
    """Whether the grammar allows exactly this text."""
    made = matcher(grammar)
    data = list(text.encode())
    return made.try_consume_tokens(data) == len(data) and made.is_accepting()


def walk(grammar: str, choices: random.Random, longest: int = 1500) -> str | None:
    """Take a random allowed byte until the grammar is at its end; None where it takes too long."""
    made, written = matcher(grammar), bytearray()
    while not made.is_stopped() and len(written) < longest:
        mask = made.compute_bitmask()
        allowed = [token for token in range(_END + 1) if mask[token // 8] >> (token % 8) & 1]
        token = choices.choice(allowed)
        if token == _END:
            return written.decode()
        made.consume_token(token)
        written.append(token)
    return written.decode() if len(written) < longest else None
