"""The permit: holding one proves that the policy was asked about exactly these targets, and said yes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from typing import NoReturn, final

from nlsh.act import Act, Decision, Origin, Outcome
from nlsh.effects import Effect
from nlsh.intent import Intent
from nlsh.target import Target

__all__ = ["Act", "Decision", "Origin", "Outcome", "Permit"]

_SEAL = object()


@final
@dataclass(frozen=True, kw_only=True)
class Permit:
    """Leave to do one step to exactly `targets`. Only the policy gate mints one; TypeError for anybody else.

    `record` is the number of the decision in the audit log, 0 where none is kept. A permit cannot be copied, pickled or
    changed; `narrowed` gives a smaller one.
    """

    intent: Intent
    effect: Effect
    targets: tuple[Target, ...]
    decision: Decision
    record: int = 0
    seal: InitVar[object] = None

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("only the policy gate mints a permit")

    def narrowed(self, targets: Iterable[Target]) -> Permit:
        """The same permit for fewer targets; ValueError for a target that this one does not hold."""
        wanted = {target.id for target in targets}
        kept = tuple(target for target in self.targets if target.id in wanted)
        if len({target.id for target in kept}) != len(wanted):
            raise ValueError("a permit cannot be widened")
        return _mint(intent=self.intent, effect=self.effect, targets=kept, decision=self.decision, record=self.record)

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("a permit cannot be subclassed: its check would be gone")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a permit cannot be copied or stored")


def _mint(*, intent: Intent, effect: Effect, targets: tuple[Target, ...], decision: Decision, record: int) -> Permit:
    """For the gate alone; a test asserts that nobody else names it."""
    return Permit(intent=intent, effect=effect, targets=targets, decision=decision, record=record, seal=_SEAL)
