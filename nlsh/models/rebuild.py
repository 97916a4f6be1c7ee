"""Builds the default model anew where this nlsh brings another adapter than the installed one was built with."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from nlsh.errors import ModelError


def rebuild_meanwhile(folder: Path, name: str) -> bool:
    """Build the model in a process of its own, in about half a minute, while the one that is there is used.

    False where its base is no longer there: nothing is downloaded behind a person's back.
    """
    from nlsh.models import installed

    record = installed.read(folder).get(name)
    if record is None or not (folder / record.base).exists():
        return False
    nothing = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
    command = [sys.executable, "-m", "nlsh.models.rebuild", str(folder), name]
    with suppress(OSError):
        # In a session of its own: it goes on when nlsh has long ended.
        os.posix_spawn(sys.executable, command, os.environ, file_actions=nothing, setsid=True)
        return True
    return False


def main() -> None:
    """Build the model whose folder and name are the arguments; what goes wrong shows at the next install."""
    from nlsh.models.catalogue import Catalogue
    from nlsh.models.self_test import self_test
    from nlsh.models.store import Store

    with suppress(ModelError):
        Store(Path(sys.argv[1]), Catalogue.load()).install(sys.argv[2], self_test=self_test)


if __name__ == "__main__":
    main()
