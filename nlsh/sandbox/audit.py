"""The audit log: what was decided and why, written down before it is done.

JSON lines in a file of mode 0600, chained by their hashes (see `nlsh.sandbox.chain`). The chain shows accidents and
partial edits; whoever may write the file can also write it anew from the start, and that does not show.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nlsh.clock import Clock
from nlsh.errors import AuditError
from nlsh.sandbox.chain import Head, Verification, follow, record_of, sealed, torn_mark
from nlsh.sandbox.redact import redact_data

VERSION = 1
_BLOCK = 65536
_LOCK_SECONDS = 5.0


class Audit:
    """Appends to the log at `path`. `sandbox` is the state of the sandbox, which every record carries."""

    def __init__(self, path: Path, clock: Clock, *, sandbox: str = "") -> None:
        self._path = path
        self._clock = clock
        self._sandbox = sandbox

    def start(self, version: str) -> None:
        """Note that a session of this version of nlsh began; AuditError where that cannot be written."""
        self.write("start", {"version": version})

    def write(self, event: str, fields: Mapping[str, Any]) -> int:
        """Append a record, with its secrets hidden, and wait until the disk has it; returns its number.

        AuditError where it cannot be written: whatever it was about must not happen then.
        """
        record = {
            **redact_data(fields),
            "v": VERSION,
            "event": event,
            "time": round(self._clock.now(), 3),
            "uid": os.getuid(),
            "process": os.getpid(),
            "sandbox": self._sandbox,
        }
        try:
            with _opened(self._path) as log:
                return _append(log, _head_path(self._path), record)
        except (OSError, ValueError) as error:
            hint = "nothing is changed while it cannot be written; free space there, or mend its owner and mode"
            raise AuditError(f"cannot write the audit log {self._path}: {error}", hint=hint) from error


def verify(path: Path) -> Verification:
    """Follow the chain of the log at `path`; a log that is not there holds. AuditError where it cannot be read."""
    try:
        with path.open("rb") as log:
            _lock(log.fileno(), fcntl.LOCK_SH)
            return follow(_lines(log), _read_head(_head_path(path)))
    except FileNotFoundError:
        return follow((), _read_head(_head_path(path)))
    except OSError as error:
        raise AuditError(f"cannot read the audit log {path}: {error}") from error


def show(
    path: Path, *, since: float = 0.0, verb: str = "", effect: str = "", event: str = "", limit: int = 0
) -> tuple[Mapping[str, Any], ...]:
    """The records that fit, oldest first: not older than `since` (unix time), the last `limit` of them, 0 for all.

    `verb` may end in `*`. Lines that are no whole record are left out; `verify` tells of them.
    """
    try:
        with path.open("rb") as log:
            records = [record for line in _lines(log) if (record := record_of(line))]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise AuditError(f"cannot read the audit log {path}: {error}") from error
    fitting = [record for record in records if record["time"] >= since and _fits(record, verb, effect, event)]
    return tuple(fitting[-limit:] if limit else fitting)


def _fits(record: Mapping[str, Any], verb: str, effect: str, event: str) -> bool:
    said = str(record.get("step", {}).get("verb", ""))
    return (
        (not verb or said == verb or (verb.endswith("*") and said.startswith(verb[:-1])))
        and (not effect or record.get("effect") == effect)
        and (not event or record.get("event") == event)
    )


def _lines(log: Any) -> Iterator[str]:
    for line in log:
        yield line.decode("utf-8", "surrogateescape").removesuffix("\n")


def _head_path(path: Path) -> Path:
    return path.with_name(path.name + ".head")


def _read_head(path: Path) -> Head | None:
    try:
        return Head.parse(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The log, made where it is missing, locked against other nlsh that write to it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    try:
        about = os.fstat(log)
        if not stat.S_ISREG(about.st_mode):
            raise OSError("it is not a regular file")
        if stat.S_IMODE(about.st_mode) != 0o600:
            os.fchmod(log, 0o600)
        _lock(log, fcntl.LOCK_EX)
        yield log
    finally:
        os.close(log)


def _lock(file: int, kind: int) -> None:
    until = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise OSError("another process keeps it locked") from None
            time.sleep(0.01)


def _append(log: int, head_path: Path, record: Mapping[str, Any]) -> int:
    size = os.fstat(log).st_size
    last, torn = _end_of(log, size)
    kept = _read_head(head_path)
    after = kept if kept and kept.seq > last.seq else last
    line, head = sealed({**record, "torn": torn_mark(torn)} if torn else record, after)
    ended = size == 0 or os.pread(log, 1, size - 1) == b"\n"
    _write(log, (line + "\n" if ended else f"\n{line}\n").encode("ascii"), size)
    _keep_head(head_path, head)
    if size == 0:
        _sync_folder(head_path.parent)
    return head.seq


def _end_of(log: int, size: int) -> tuple[Head, str]:
    """The last whole record, and what stands after it, which a crash has torn."""
    block = _BLOCK
    while True:
        start = max(0, size - block)
        text = os.pread(log, size - start, start).decode("utf-8", "surrogateescape")
        lines = text.removesuffix("\n").split("\n") if text else []
        torn: list[str] = []
        for line in reversed(lines[0 if start == 0 else 1 :]):
            record = record_of(line)
            if record:
                return Head(seq=record["seq"], hash=record["hash"]), _joined(torn)
            torn.insert(0, line)
        if start == 0:
            return Head(), _joined(torn)
        block *= 4


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _write(log: int, data: bytes, size: int) -> None:
    """Write all of it to the disk, or leave the log as it was."""
    try:
        done = 0
        while done < len(data):
            done += os.write(log, data[done:])
        os.fsync(log)
    except OSError:
        with suppress(OSError):
            os.ftruncate(log, size)
        raise


def _keep_head(path: Path, head: Head) -> None:
    """Keep the head; one that is older than the log is no fault, so that a failure here stops nothing."""
    with suppress(OSError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            text = str(head).encode("ascii")
            os.pwrite(file, text, 0)
            os.ftruncate(file, len(text))
        finally:
            os.close(file)


def _sync_folder(path: Path) -> None:
    """Make a new log last; a file system that cannot do that for folders keeps them by itself."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            os.fsync(folder)
    finally:
        os.close(folder)
