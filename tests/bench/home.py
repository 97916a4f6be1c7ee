"""A home for nlsh of its own, so that measuring leaves no trace in that of the person who measures."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlsh.config import Folders, Settings, load
from nlsh.models.catalogue import Catalogue
from nlsh.models.store import ModelFile, Store


@dataclass(frozen=True, kw_only=True)
class Home:
    """A folder to set NLSH_HOME to, and the model that nlsh runs there."""

    path: Path
    model: ModelFile

    def facts(self) -> dict[str, Any]:
        """The name and size of the model, and whether it is one of the catalogue."""
        size = self.model.path.stat().st_size
        return {"name": self.model.name, "bytes": size, "style": self.model.style, "installed": bool(self.model.sha256)}


@contextmanager
def home(file: str = "") -> Iterator[Home]:
    """A fresh home with the model in `file`, or the one that this user has chosen; ModelError where there is none."""
    folders = Folders.of_user()
    settings = Settings(model=file) if file else load(folders.settings)
    model = Store(folders.models, Catalogue.load()).resolve(settings)
    with tempfile.TemporaryDirectory(prefix="nlsh-bench-") as name:
        made = Path(name)
        (made / "config").mkdir()
        (made / "data").mkdir()
        (made / "data" / "models").symlink_to(folders.models)
        chosen = model.name if model.sha256 else str(model.path)
        (made / "config" / "config.toml").write_text(f"model = {json.dumps(chosen)}\n")
        yield Home(path=made, model=model)
