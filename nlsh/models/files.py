"""The files of a model worker: opened by the near side, which has the rights, and handed over as descriptors."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nlsh.errors import ModelError


@dataclass(frozen=True, kw_only=True)
class Files:
    """Descriptors: the model twice, because its weights and its vocabulary are read at the same time.

    `state` has the kept state of the prefix, None where there is none yet; `kept` is memory to write a new one into,
    None where no state is kept.
    """

    weights: int
    vocabulary: int
    state: int | None = None
    kept: int | None = None

    @classmethod
    def opened(cls, model: Path, state: Path | None) -> Files:
        """Open what a model needs, and the state of its prefix if that is kept; ModelError where it cannot be read."""
        weights = _opened(model)
        try:
            vocabulary = _opened(model)
        except ModelError:
            os.close(weights)
            raise
        if state is None:
            return cls(weights=weights, vocabulary=vocabulary)
        known = kept = None
        with suppress(OSError):
            kept = os.memfd_create("nlsh-state")
            known = os.open(state, os.O_RDONLY | os.O_CLOEXEC)
        return cls(weights=weights, vocabulary=vocabulary, state=known, kept=kept)

    @classmethod
    def of(cls, public: Sequence[int | None]) -> Files:
        """The files from what `public` made."""
        weights, vocabulary, state, kept = public
        assert weights is not None and vocabulary is not None
        return cls(weights=weights, vocabulary=vocabulary, state=state, kept=kept)

    def public(self) -> list[int | None]:
        """The descriptors as JSON."""
        return [self.weights, self.vocabulary, self.state, self.kept]

    def descriptors(self) -> list[int]:
        """Those that are open."""
        return [each for each in self.public() if each is not None]

    def keep(self, path: Path) -> None:
        """Write the new state to a file in one step; nothing happens where that cannot be written, or is full."""
        if self.kept is None:
            return
        partial = path.with_suffix(f".{os.getpid()}.part")
        with suppress(OSError):
            try:
                with partial.open("wb") as file:
                    _copy(self.kept, file.fileno())
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)

    def close(self, *, but: int | None = None) -> None:
        """Close them, all or all but one."""
        for descriptor in self.descriptors():
            if descriptor != but:
                os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        # A pipe would have this wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise ModelError(f"cannot read the model {path}: {error.strerror}", hint="nlshctl model list") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ModelError(f"the model {path} is no file", hint="nlshctl model list")
    return descriptor


def _copy(source: int, target: int) -> None:
    place, size = 0, os.fstat(source).st_size
    while place < size:
        place += os.sendfile(target, source, place, size - place)
