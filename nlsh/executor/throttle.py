"""The helper process that keeps processes below a share of a core, by stopping and continuing them.

Run as `python -m nlsh.executor.throttle`. The first line on its standard input is JSON, `{"rate": cores, "targets":
[[pid, start], ...]}`; then come lines `hold PID` (somebody suspended it: leave it stopped), `free PID`, `drop PID`. It
ends when the pipe is closed or its parent has ended, when it is told to by a signal, or when its targets have ended;
before, it continues whatever it has stopped itself.

The controller integrates: a target earns `rate` CPU seconds a second, spends what it uses, is stopped when it owes and
continued when it has earned a slice. An overshoot is thus paid back, and the mean is exact. Each target is limited by
itself, all its threads together.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
from typing import Any

_PERIOD = 0.05
"""Seconds in which a target gets one slice."""
_SHORTEST, _LONGEST = 0.002, 0.05
"""Seconds between two looks."""
_DEBT = 1.0
"""Seconds of earning that a target can owe at most."""


class Gone(Exception):
    """The target has ended."""


class Target:
    """One process that is held back. Times are seconds; `credit` is CPU time that it may still use."""

    def __init__(self, pid: int, start: int, rate: float) -> None:
        self.pid, self._rate = pid, rate
        self.held = False
        self._stopped = False
        self._credit = rate * _PERIOD
        self._speed = 1.0
        self._descriptor = os.pidfd_open(pid)
        state, seen = _state(pid)
        if seen != start:
            raise Gone
        self._foreign = state == "T"
        self._time, self._used = time.monotonic(), self._cpu()

    def step(self) -> float:
        """Look once, stop or continue; the seconds until the next look. Gone where the target has ended."""
        spent, took = self._account()
        if self.held:
            return _LONGEST
        if self._stopped:
            return self._while_stopped(spent)
        if self._foreign:
            self._foreign = _state(self.pid)[0] == "T"
        if spent > 0 and took > 0:
            self._speed = max(self._rate, spent / took)
        if self._credit <= 0 and not self._foreign:
            self._stop()
            return self._pause()
        return self._credit / self._speed

    def hold(self) -> None:
        """Somebody wants it suspended: stop it and leave it so."""
        self.held, self._stopped = True, False
        self._send(signal.SIGSTOP)

    def free(self) -> None:
        """Nobody wants it suspended any more; who says so continues it."""
        self.held = self._foreign = False

    def release(self) -> None:
        """Continue it, if this helper stopped it."""
        if self._stopped:
            self._stopped = False
            self._send(signal.SIGCONT)
        os.close(self._descriptor)

    def _while_stopped(self, spent: float) -> float:
        if spent > _SHORTEST:  # somebody else continued it
            self._send(signal.SIGSTOP)
        if self._credit < self._rate * _PERIOD / 2:
            return self._pause()
        self._stopped = False
        self._send(signal.SIGCONT)
        return self._credit / self._speed

    def _stop(self) -> None:
        """Stop it; where somebody else has, leave it to them."""
        if _state(self.pid)[0] == "T":
            self._foreign = True
            return
        self._stopped = True
        self._send(signal.SIGSTOP)

    def _pause(self) -> float:
        return (self._rate * _PERIOD / 2 - self._credit) / self._rate

    def _account(self) -> tuple[float, float]:
        now, used = time.monotonic(), self._cpu()
        spent, took = used - self._used, now - self._time
        self._time, self._used = now, used
        earned = self._credit + self._rate * took - spent
        self._credit = max(-self._rate * _DEBT, min(self._rate * _PERIOD, earned))
        return spent, took

    def _cpu(self) -> float:
        """CPU time used by all its threads (the clock of clock_getcpuclockid(3))."""
        if select.select([self._descriptor], [], [], 0)[0]:
            raise Gone
        try:
            return time.clock_gettime(~self.pid << 3 | 2)
        except OSError:
            raise Gone from None

    def _send(self, number: int) -> None:
        try:
            signal.pidfd_send_signal(self._descriptor, number)
        except (ProcessLookupError, PermissionError):
            raise Gone from None


def _state(pid: int) -> tuple[str, int]:
    """The state letter and start time in proc_pid_stat(5)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 (pathlib would double the start-up time)
            rest = file.read().rpartition(b")")[2].split()
    except OSError:
        raise Gone from None
    return rest[0].decode("ascii"), int(rest[19])


class Throttle:
    """The targets, and the pipe over which the helper is told about them."""

    def __init__(self, targets: dict[int, Target], pipe: int) -> None:
        self._targets, self._pipe = targets, pipe
        self._parent = os.getppid()
        self._text = b""
        self.ending = False

    def run(self) -> None:
        """Hold the targets back until there is no reason to."""
        try:
            while self._targets and not self.ending and os.getppid() == self._parent:
                pause = min(self._step(pid) for pid in list(self._targets))
                self._listen(max(_SHORTEST, min(_LONGEST, pause)))
        finally:
            for pid in list(self._targets):
                self._drop(pid)

    def _step(self, pid: int) -> float:
        try:
            return self._targets[pid].step()
        except Gone:
            del self._targets[pid]
            return _LONGEST

    def _listen(self, pause: float) -> None:
        if not select.select([self._pipe], [], [], pause)[0]:
            return
        data = os.read(self._pipe, 4096)
        self.ending = self.ending or not data
        *lines, self._text = (self._text + data).split(b"\n")
        for line in lines:
            word, _, pid = line.partition(b" ")
            self._told(word, int(pid))

    def _told(self, word: bytes, pid: int) -> None:
        if pid not in self._targets:
            return
        try:
            if word == b"drop":
                self._drop(pid)
            elif word == b"hold":
                self._targets[pid].hold()
            elif word == b"free":
                self._targets[pid].free()
        except Gone:
            self._targets.pop(pid, None)

    def _drop(self, pid: int) -> None:
        try:
            self._targets.pop(pid).release()
        except Gone:
            return


def _first_line(pipe: int) -> dict[str, Any]:
    text = b""
    while not text.endswith(b"\n"):
        byte = os.read(pipe, 1)
        if not byte:
            raise SystemExit(0)
        text += byte
    said: dict[str, Any] = json.loads(text)
    return said


def _targets(said: dict[str, Any]) -> dict[int, Target]:
    found = {}
    for pid, start in said["targets"]:
        try:
            found[pid] = Target(pid, start, said["rate"])
        except (Gone, ProcessLookupError):
            continue
    return found


def main() -> None:
    """Read what to do from standard input, and do it to the end."""
    pipe = sys.stdin.fileno()
    throttle = Throttle(_targets(_first_line(pipe)), pipe)

    def end(number: int, frame: object) -> None:
        throttle.ending = True

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, end)
    throttle.run()


if __name__ == "__main__":
    main()
