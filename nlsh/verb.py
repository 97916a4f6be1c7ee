"""Verbs and their registry. A verb is one function: everything about it stands in its declaration.

    @verb("process.suspend", effect=Effect.CHANGE, needs="proc.signal", selects=Selects.REQUIRED,
          examples={"pause chrome": {"name": "chrome"}})
    def suspend(call: Call) -> Result:
        '''Pause processes until they are resumed.'''

The keyword-only parameters of the function are the verb's own arguments; the selector's come with `selects`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from nlsh.argument import Argument, Kind, declared
from nlsh.effects import Effect, capability
from nlsh.intent import Intent
from nlsh.result import Result
from nlsh.selector import SELECTOR_ARGUMENTS, Selector


class Selects(enum.Enum):
    """Whether a verb takes the process selector, and whether it must name someone."""

    NO = "no"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """An utterance and the arguments that it means."""

    utterance: str
    args: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One declared verb. `run` is its body: called with the call's context and the verb's own arguments.

    `target` names the argument without which it is not known what is meant, where that is not the selector.
    `plugin` names the plugin that it comes from, empty for nlsh itself: what such a verb does is judged operation by
    operation. `taught` says whether the default model was trained on it. `wary` is the effect of doing it by mistake,
    where that is worse than its own: who leaves the shell without meaning to has lost what ran in it.
    """

    name: str
    summary: str
    effect: Effect
    selects: Selects
    arguments: tuple[Argument, ...]
    needs: tuple[str, ...]
    examples: tuple[Example, ...]
    undoable: bool
    run: Callable[..., Result] = field(repr=False)
    target: str = ""
    plugin: str = ""
    taught: bool = True
    wary: Effect = Effect.READ

    @property
    def all_arguments(self) -> tuple[Argument, ...]:
        """The selector's arguments, where it takes them, then its own: the order of the wire format."""
        return self.arguments if self.selects is Selects.NO else SELECTOR_ARGUMENTS + self.arguments

    def own(self, intent: Intent) -> dict[str, Any]:
        """The keyword arguments for `run`: the intent's, without the selector's."""
        return {a.parameter: intent.args[a.name] for a in self.arguments if a.name in intent.args}

    def lacks_target(self, intent: Intent) -> bool:
        """Whether a needed target is missing.

        "The two biggest" and "everything but chrome" are targets; an order or a number alone is none.
        """
        if self.target:
            return intent.args.get(self.target) is None
        if self.selects is not Selects.REQUIRED or intent.args.get("path") is not None:
            return False
        selector = Selector.of(intent.args)
        ranked = selector.sort is not None and selector.limit is not None
        return not (selector.names_someone or selector.exclude is not None or ranked)


def verb(
    name: str,
    *,
    effect: Effect,
    examples: Mapping[str, Mapping[str, Any]],
    needs: str = "",
    selects: Selects = Selects.NO,
    undoable: bool = False,
    target: str = "",
    wary: Effect = Effect.READ,
) -> Callable[[Callable[..., Result]], Verb]:
    """Declare the decorated function as the verb `name`; `needs` lists capabilities, separated by blanks.

    `target` is the argument without which nlsh asks back instead of acting; `wary` as in `Verb`.
    """

    def declare(function: Callable[..., Result]) -> Verb:
        return Verb(
            name=name,
            summary=(function.__doc__ or "").strip().partition("\n")[0],
            effect=effect,
            selects=selects,
            arguments=declared(function),
            needs=tuple(capability(text) for text in needs.split()),
            examples=tuple(Example(utterance=said, args=args) for said, args in examples.items()),
            undoable=undoable,
            target=target,
            wary=wary,
            run=function,
        )

    return declare


class Registry:
    """The verbs there are, by name, in the order of their declaration."""

    def __init__(self, verbs: Iterable[Verb]) -> None:
        self._verbs: dict[str, Verb] = {}
        for each in verbs:
            if each.name in self._verbs:
                raise ValueError(f"two verbs are called {each.name}")
            self._verbs[each.name] = each

    @classmethod
    def of_modules(cls, modules: Iterable[ModuleType]) -> Registry:
        """All verbs that the modules declare."""
        return cls(each for module in modules for each in vars(module).values() if isinstance(each, Verb))

    def without(self, names: Iterable[str]) -> Registry:
        """The registry that lacks the verbs of these names."""
        left_out = set(names)
        return Registry(each for each in self if each.name not in left_out)

    def __iter__(self) -> Iterator[Verb]:
        return iter(self._verbs.values())

    def __contains__(self, name: object) -> bool:
        return name in self._verbs

    def __getitem__(self, name: str) -> Verb:
        return self._verbs[name]

    def __len__(self) -> int:
        return len(self._verbs)

    def effect(self, intent: Intent) -> Effect:
        """The effect of a step: its verb's, or that of the step nested in it where that reaches further."""
        own = self._verbs[intent.verb].effect
        nested = intent.args.get("do")
        if isinstance(nested, Intent) and nested.verb in self._verbs:
            return max(own, self.effect(nested), key=lambda effect: effect.rank)
        return own

    def mistaken(self, intent: Intent) -> Effect:
        """The effect of a step that was not meant: how sure its reading has to be goes by that."""
        return max(self.effect(intent), self._verbs[intent.verb].wary, key=lambda effect: effect.rank)

    def lacks_target(self, intent: Intent) -> bool:
        """Whether the step, or the one nested in it, needs a target and has none."""
        nested = intent.args.get("do")
        if isinstance(nested, Intent) and nested.verb in self._verbs and self.lacks_target(nested):
            return True
        return self._verbs[intent.verb].lacks_target(intent)

    def wanted(self, intent: Intent) -> str:
        """What a step without a target has to be told, in words."""
        target = self._verbs[intent.verb].target
        return f"the {target} of what is meant" if target else "which process is meant"

    def check(self, intent: Intent) -> None:
        """Raise ValueError unless the step names a verb that is here, with arguments of the right kind."""
        if intent.verb not in self._verbs:
            raise ValueError(f"there is no verb {intent.verb!r}")
        known = {argument.name: argument for argument in self._verbs[intent.verb].all_arguments}
        for name, value in intent.args.items():
            if name not in known:
                raise ValueError(f"{intent.verb} takes no {name!r}")
            _check_value(known[name], value)
        for argument in known.values():
            if argument.required and argument.name not in intent.args:
                raise ValueError(f"{intent.verb} needs {argument.name!r}")


def _check_value(argument: Argument, value: Any) -> None:
    items = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) and not argument.many:
        raise ValueError(f"{argument.name} is not a list")
    for item in items:
        if not any(_fits(argument, kind, item) for kind in argument.kinds):
            raise ValueError(f"{argument.name} cannot be {item!r}")


def _fits(argument: Argument, kind: Kind, item: Any) -> bool:
    if kind is Kind.FLAG:
        return isinstance(item, bool)
    if kind is Kind.CHOICE:
        return (
            not isinstance(item, bool) and str(item) in argument.choices and isinstance(item, int) == argument.integer
        )
    if kind is Kind.LAST:
        return bool(item == "last")
    if kind.is_string:
        return isinstance(item, str) and item != ""
    if kind in (Kind.STEP, Kind.READ_STEP):
        return isinstance(item, Intent)
    if kind is Kind.CONDITION:
        return isinstance(item, Mapping)
    return isinstance(item, int | float) and not isinstance(item, bool)
