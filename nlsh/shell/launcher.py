"""What nlsh tells `nlsh-login`, which started it and takes over where nlsh cannot go on (scripts/nlsh_login.c)."""

from __future__ import annotations

import os
from contextlib import suppress

TYPE_CHECKING = False  # importing typing costs a passed-through command a tenth of its time
if TYPE_CHECKING:
    from typing import NoReturn

_RUNNING, _PROMPT = b"\x01", b"\x02"
_pipe: int | None = None
"""To the launcher, until it has been told; a process has one as it has one standard error."""
_for_a_person = False


def attach(pipe: int, error: int) -> None:
    """Take the pipe to the launcher, and the standard error that it kept (-1 for a closed one)."""
    global _pipe
    os.set_inheritable(pipe, False)
    _pipe = pipe
    if error < 0:
        os.close(2)
    else:
        os.dup2(error, 2)
        os.close(error)


def running() -> None:
    """From here on something is done that must not be done a second time: the launcher only waits."""
    _tell(_RUNNING)


def at_prompt() -> None:
    """A person is there, or will be at once: should nlsh crash now, the launcher gives them the plain shell."""
    global _for_a_person
    _for_a_person = _tell(_PROMPT)


def failed(reason: BaseException) -> bool:
    """Hand over to the launcher, with the reason; False where there is none, or it has been told that nlsh runs.

    Does not return where a person has a prompt.
    """
    if _for_a_person:
        _abort(reason)
    return _tell(f"{type(reason).__name__}: {reason}\n".encode(errors="backslashreplace")[:4096])


def _abort(reason: BaseException) -> NoReturn:
    if os.environ.get("NLSH_DEBUG"):
        import traceback

        traceback.print_exception(reason)
    os.abort()


def _tell(message: bytes) -> bool:
    global _pipe
    if _pipe is None:
        return False
    with suppress(OSError):  # who started us has gone
        os.write(_pipe, message)
    os.close(_pipe)
    _pipe = None
    return True
