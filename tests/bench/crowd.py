"""A crowd of processes that do nothing, to be listed. Run as `python -I -S crowd.py COUNT`.

They wait for the end of a pipe, so that all of them are gone when the one who asked for them closes it or dies.
"""

from __future__ import annotations

import contextlib
import gc
import os
import subprocess
import sys
from collections.abc import Iterator

EACH = 400_000
"""Bytes that one of them may take, page tables included."""


@contextlib.contextmanager
def crowd(count: int) -> Iterator[None]:
    """That many processes more than there were; OSError where the system does not allow as many."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        try:
            said = process.stdout.readline().strip()
            if said != "ready":
                raise OSError(said)
            yield
        finally:
            process.stdin.close()


def main() -> None:
    """Fork, say so, wait for the end of standard input, and see all of them off."""
    gc.disable()  # a collection in each of them would make their memory their own
    try:
        for _ in range(int(sys.argv[1]) - 1):
            if os.fork() == 0:
                _linger()
        os.write(1, b"ready\n")
    except OSError as error:
        os.write(1, f"cannot start so many processes: {error.strerror}\n".encode())
    os.read(0, 1)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _linger() -> None:
    os.read(0, 1)
    os._exit(0)


if __name__ == "__main__":
    main()
