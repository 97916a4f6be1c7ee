"""What the model reads before it answers: the utterance in the chat marks of its base model (ChatML)."""

from __future__ import annotations

from dataclasses import dataclass

from nlsh.intent import Intent, Plan
from nlsh.verb import Registry, Selects, Verb

_USER = "<|im_start|>user\n"
_SYSTEM = "<|im_start|>system\n"
_ANSWER = "<|im_end|>\n<|im_start|>assistant\n"
_END = "<|im_end|>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of prompt text, tokenised by itself.

    `special` text may hold chat marks, each of which becomes its one token. Text that is not special came from a person
    or a model: it is tokenised with special parsing off, so that a typed `<|im_end|>` stays six characters of speech.
    """

    text: str
    special: bool


def trained(
    utterance: str, *, context: tuple[str, str] | None = None, system: str | None = None
) -> tuple[Segment, ...]:
    """The prompt of the default model, as it was trained: no list of verbs, no examples.

    `context` is the previous utterance and the answer to it in wire format; `system` is a text that stands before all.
    The model goes on with the answer in wire format and the end mark `END_MARK`.
    """
    return (
        *(_said(_SYSTEM, system, _END) if system else ()),
        *(_exchange(*context) if context else ()),
        *_said(_USER, utterance, _ANSWER),
    )


MOST_DECLARED = 1200
"""Characters of declarations in the prompt of the default model: about 400 of its 1024 tokens."""


def untaught(registry: Registry) -> str | None:
    """The declarations of the verbs that the default model was not trained on, a line each; None where there is none.

    Those that do not fit in the prompt are left out: the grammar knows them all the same.
    """
    lines, length = [], 0
    for verb in registry:
        line = "" if verb.taught else _declaration(verb)
        length += len(line) + 1 if line else 0
        if line and length <= MOST_DECLARED:
            lines.append(line)
    return "\n".join(lines) or None


END_MARK = Segment(text="<|im_end|>", special=True)


def _exchange(utterance: str, answer: str) -> tuple[Segment, ...]:
    return (*_said(_USER, utterance, _ANSWER), Segment(text=answer, special=False), Segment(text=_END, special=True))


def _said(before: str, text: str, after: str) -> tuple[Segment, ...]:
    return (
        Segment(text=before, special=True),
        Segment(text=text, special=False),
        Segment(text=after, special=True),
    )


def general_prefix(registry: Registry) -> tuple[Segment, ...]:
    """What a model without training for nlsh reads first: the verbs with their arguments, and examples of answers.

    It is the same for every utterance, so that its state can be kept.
    """
    declared = "\n".join(_declaration(verb) for verb in registry)
    shown = [exchange for verb in registry for exchange in _examples(verb, 1)]
    return (*_said(_SYSTEM, f"{_TASK}\n{declared}", _END), *(part for each in shown for part in _exchange(*each)))


def general(registry: Registry, utterance: str, *, context: tuple[str, str] | None = None) -> tuple[Segment, ...]:
    """The prompt of a model without training for nlsh: the prefix, the turn before, the utterance."""
    earlier = _exchange(*context) if context else ()
    return (*general_prefix(registry), *earlier, *_said(_USER, utterance, _ANSWER))


_TASK = (
    "Turn the request into one JSON object: first the verb, then only the arguments that the request names. "
    "Several steps are a JSON array. Where no verb does it, or it must not be done, answer "
    '{"verb":"unknown"}. The verbs and their arguments:'
)


def _declaration(verb: Verb) -> str:
    names = [argument.name for argument in verb.arguments]
    selector = ["a process selector"] if verb.selects is not Selects.NO else []
    return f"{verb.name}({', '.join([*selector, *names])}): {verb.summary}"


def _examples(verb: Verb, count: int) -> list[tuple[str, str]]:
    return [
        (example.utterance, Plan(steps=(Intent.from_wire({"verb": verb.name, **example.args}),)).to_wire())
        for example in verb.examples[:count]
    ]
