"""Start the model's worker before anything else is imported: loading it is the longest part of a cold request."""

from __future__ import annotations

from dataclasses import dataclass

from nlsh.config import Folders, Settings
from nlsh.errors import NlshError
from nlsh.models.catalogue import Catalogue
from nlsh.models.store import CONTEXT, ModelFile, Store
from nlsh.models.worker import Load, ModelWorker


@dataclass(frozen=True, kw_only=True)
class Started:
    """A model, and the worker that loads it."""

    model: ModelFile
    worker: ModelWorker


def start(folders: Folders, settings: Settings) -> Started | None:
    """Start the worker of the chosen model.

    None where that needs more than the settings: a general model wants the verbs in its prompt. None too where it
    fails: who needs the model then tries again, and says why.
    """
    try:
        model = Store(folders.models, Catalogue.load()).resolve(settings)
        if model.style != "trained":
            return None
        load = Load(path=model.path, context_length=CONTEXT[model.style], threads=settings.threads)
        return Started(model=model, worker=ModelWorker(load))
    except NlshError:
        return None
