"""The helper that becomes another program, after giving itself the priority, limits and network that were asked for.

Run as `python -m nlsh.executor.launch DESCRIPTOR JSON`, JSON being `{"argv": [...], "nice": n, "memory": bytes,
"network": bool}`. Where it fails it writes why, in one line, to the descriptor; that closes when the program begins.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000


def without_network() -> None:
    """Move this process into a network namespace of its own, with nothing in it; OSError where that is not possible."""
    import ctypes

    uid, gid = os.geteuid(), os.getegid()
    flags = _CLONE_NEWNET if uid == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if uid != 0:
        _keep_identity(uid, gid)


def _keep_identity(uid: int, gid: int) -> None:
    """In the new user namespace the user stays who it is (user_namespaces(7))."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        descriptor = os.open(f"/proc/self/{name}", os.O_WRONLY)
        try:
            os.write(descriptor, text.encode("ascii"))
        finally:
            os.close(descriptor)


def _prepare(wish: dict[str, Any]) -> str:
    """Take on what was wished for; in words what could not be, empty where all is done."""
    import resource

    try:
        if not wish["network"]:
            step = "cannot take the network away on this system"
            without_network()
        if wish["nice"] is not None:
            step = f"cannot set the niceness {wish['nice']}"
            os.setpriority(os.PRIO_PROCESS, 0, wish["nice"])
        if wish["memory"] is not None:
            step = f"cannot limit the memory to {wish['memory']} bytes"
            hard = resource.getrlimit(resource.RLIMIT_AS)[1]
            resource.setrlimit(resource.RLIMIT_AS, (wish["memory"], hard))
    except (OSError, ValueError) as error:
        return f"{step}: {getattr(error, 'strerror', None) or error}"
    return ""


def main() -> None:
    """Become the program, or say why not and end with 127."""
    report, wish = int(sys.argv[1]), json.loads(sys.argv[2])
    os.set_inheritable(report, False)
    wrong = _prepare(wish)
    if not wrong:
        try:
            os.execvp(wish["argv"][0], wish["argv"])
        except OSError as error:
            wrong = f"cannot start {wish['argv'][0]}: {error.strerror}"
    os.write(report, wrong.encode("utf-8", "replace") + b"\n")
    os._exit(127)


if __name__ == "__main__":
    main()
