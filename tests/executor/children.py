"""Child processes that are known to run their own program already."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from house import child, said


@contextmanager
def running(code: str = "input()") -> Iterator[subprocess.Popen[str]]:
    """A Python process that has begun with `code`.

    Right after it was started a process has no command line yet, and hardly any memory.
    """
    with child(f"print('begun', flush=True)\n{code}") as process:
        assert said(process) == "begun"
        yield process
