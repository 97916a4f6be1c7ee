"""Run a model once, in a process of its own, before it counts as installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from nlsh.errors import ModelError

if TYPE_CHECKING:
    from nlsh.sandbox.layers import Layers

_PROMPT: Final = (("Answer yes or no.", False),)
_GRAMMAR: Final = 'start: "yes" | "no"'
_SECONDS: Final = 120.0


def self_test(path: Path) -> Layers:
    """Load the model and have it choose between two words; ModelError where it cannot. The layers that held it."""
    from nlsh.models.worker import Load, ModelWorker

    worker = ModelWorker(Load(path=path))
    try:
        answer = worker.complete(_PROMPT, _GRAMMAR, timeout=_SECONDS).text
        layers = worker.layers
    except TimeoutError:
        raise ModelError(f"{path} gave no answer within {_SECONDS:.0f} seconds", hint="try a smaller model") from None
    finally:
        worker.close()
    if answer not in ("yes", "no"):
        raise ModelError(f"{path} answered {answer!r} where only yes or no were allowed")
    return layers
