"""Where understanding comes from: the chosen model in its worker, and the parser on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nlsh.effects import Effect
from nlsh.errors import ModelError, NlshError
from nlsh.models.early import Started
from nlsh.models.store import CONTEXT, ModelFile
from nlsh.models.worker import Load, ModelWorker
from nlsh.parser.reading import THRESHOLDS
from nlsh.verb import Registry

if TYPE_CHECKING:
    from nlsh.parser.parse import Parser


class Mind:
    """Starts the model's worker at once and makes a parser on it when one is wanted.

    `resolve` finds the model to run. That there is none, or that it cannot be started, is no error until somebody has
    something to say. A worker that died is started again by the next request. `started` is one that runs already.
    """

    def __init__(
        self,
        registry: Registry,
        resolve: Callable[[], ModelFile],
        *,
        cache: Path,
        threads: int = 0,
        thresholds: Mapping[Effect, float] = THRESHOLDS,
        started: Started | None = None,
    ) -> None:
        self._registry = registry
        self._resolve = resolve
        self._cache = cache
        self._threads = threads
        self._thresholds = thresholds
        self._worker: ModelWorker | None = started.worker if started else None
        self._failure: NlshError | None = None
        self.model: ModelFile | None = started.model if started else None
        try:
            if not started:
                self._start()
        except NlshError as error:
            self._failure = error

    def parser(self) -> Parser:
        """A parser on the model; ModelError where there is none."""
        from nlsh.parser.parse import Parser  # its expressions are many, and the first prompt needs none of them

        if self._worker is None or not self._worker.alive:
            self._start()
        if self._worker is None or self.model is None:
            raise self._failure or ModelError("no model runs")
        return Parser(self._registry, self._worker, style=self.model.style, thresholds=self._thresholds)

    def helpers(self) -> frozenset[int]:
        """The pid of the worker."""
        return frozenset([self._worker.pid]) if self._worker else frozenset()

    def close(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _start(self) -> None:
        self.close()
        self.model = self._resolve()
        self._worker = ModelWorker(self._load(self.model))

    def _load(self, model: ModelFile) -> Load:
        length = CONTEXT[model.style]
        if model.style == "trained":
            return Load(path=model.path, context_length=length, threads=self._threads)
        from nlsh.parser import prompt

        prefix = [(segment.text, segment.special) for segment in prompt.general_prefix(self._registry)]
        state = self._cache / "states" / f"{_key(model, prefix)}.bin"
        state.parent.mkdir(parents=True, exist_ok=True)
        return Load(path=model.path, context_length=length, threads=self._threads, prefix=prefix, state=state)


def _key(model: ModelFile, prefix: object) -> str:
    """What the kept state of a prefix depends on: the model file and the words of the prefix."""
    stat = model.path.stat()
    identity = (str(model.path), stat.st_size, stat.st_mtime_ns, prefix)
    return hashlib.sha256(repr(identity).encode()).hexdigest()[:32]
