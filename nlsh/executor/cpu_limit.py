"""Holds processes below a share of a core: by a control group that is theirs alone, else by a helper process."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from nlsh.errors import OperationFailed
from nlsh.executor import cgroup
from nlsh.executor.handle import Handle, held, identify
from nlsh.executor.operations import UNDO, Limiter, check, each
from nlsh.executor.undo import Restore, UndoLog
from nlsh.result import Failure
from nlsh.sandbox.permit import Permit
from nlsh.target import ProcessId, Target

if TYPE_CHECKING:
    from nlsh.executor.jobs import Job, Jobs

_LOOK = 0.2
"""Seconds between two looks at the helper."""


class CpuLimit:
    """Processes that a helper (`nlsh.executor.throttle`) holds below `percent` of one core, each by itself.

    `suspended` are those that somebody suspended through nlsh meanwhile: the helper leaves them stopped.
    """

    def __init__(self, percent: float, ids: Iterable[ProcessId], stopped: Iterable[ProcessId] = ()) -> None:
        self.percent = percent
        self.ids = set(ids)
        self.suspended = set(stopped) & self.ids
        self._lock = threading.Lock()
        self._helper = _helper()
        self._tell(json.dumps({"rate": percent / 100, "targets": [[id.pid, id.start] for id in sorted(self.ids)]}))

    @property
    def pid(self) -> int:
        """The pid of the helper."""
        return self._helper.pid

    def suspend(self, id: ProcessId, wanted: bool) -> bool:
        """Say whether the process shall stay suspended; whether it was so before."""
        was = id in self.suspended
        if wanted != was:
            self._tell(f"{'hold' if wanted else 'free'} {id.pid}")
            (self.suspended.add if wanted else self.suspended.discard)(id)
        return was

    def drop(self, id: ProcessId) -> None:
        """Hold the process back no longer."""
        self.ids.discard(id)
        self._tell(f"drop {id.pid}")

    def work(self, job: Job) -> None:
        """Wait until all processes have ended or the job is to stop; then let go of what is left."""
        job.helpers.add(self.pid)
        try:
            while self._helper.poll() is None and not job.stop.wait(_LOOK):
                pass
        finally:
            self._end()
            job.helpers.discard(self.pid)
        if self._helper.returncode and not job.stop.is_set():
            raise OperationFailed("the helper that held the processes back was killed: they run freely again")

    def _end(self) -> None:
        """Close the pipe, which ends the helper. What it could not let go of, because it was killed, is let go here."""
        with self._lock, suppress(OSError):
            cast("IO[bytes]", self._helper.stdin).close()
        if self._helper.wait() == 0:
            return
        for id in self.ids - self.suspended:
            with suppress(OSError), held(id) as handle:
                handle.send(signal.SIGCONT)

    def _tell(self, line: str) -> None:
        pipe = cast("IO[bytes]", self._helper.stdin)
        with self._lock, suppress(OSError, ValueError):
            pipe.write(line.encode("ascii") + b"\n")
            pipe.flush()


def _helper() -> subprocess.Popen[bytes]:
    """The helper, away from the terminal: its keys are not meant for it."""
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "nlsh.executor.throttle"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise OperationFailed(f"cannot start the helper that limits CPU: {error.strerror}") from error


def limit_cpu(
    permit: Permit, percent: float, jobs: Jobs, restores: list[Restore]
) -> tuple[tuple[Failure, ...], Job | None]:
    """Hold the targets below percent of one core, each by itself; the failures, and the job where a helper does it."""
    check(permit, "process.limit", UNDO)
    chosen: list[tuple[ProcessId, bool]] = []

    def take(handle: Handle) -> None:
        handle.send(0)
        group = cgroup.own_group(handle.id.pid)
        running = limiting(jobs, handle.id)
        if group is not None and running is None:
            restores.append(_by_group(handle.id, str(group), cgroup.quota(percent)))
            return
        restores.append(Restore(id=handle.id, what="cpu", value=running.percent if running else None))
        chosen.append((handle.id, _stopped(handle, running)))

    failures = each(
        permit,
        take,
        lambda pids: " && ".join(f"cpulimit -b -l {percent:g} -p {pid}" for pid in pids),
        before=lambda handle, target: _job_of_a_shell(handle, target, jobs),
    )
    return failures, _by_helper(percent, chosen, jobs) if chosen else None


def limit_started(permit: Permit, pid: int, percent: float, jobs: Jobs) -> Job | None:
    """Hold a program that was just started under this permit below percent of one core; None where it has ended."""
    check(permit, "process.start")
    id = identify(pid)
    return None if id is None else _by_helper(percent, [(id, False)], jobs)


def unlimit_cpu(permit: Permit, jobs: Jobs, undo: UndoLog, restores: list[Restore]) -> tuple[Failure, ...]:
    """Take away the CPU limits that nlsh has put on the targets; those of others stay."""
    check(permit, "process.limit", UNDO)

    def leave(handle: Handle) -> None:
        running = limiting(jobs, handle.id)
        first = undo.first(handle.id, "cpu_group")
        if running is not None:
            running.drop(handle.id)
            restores.append(Restore(id=handle.id, what="cpu", value=running.percent))
        if first is not None:
            restores.append(_by_group(handle.id, *first.value))

    return each(permit, leave, lambda pids: _group_commands(undo.first, permit, pids))


def put_back_group(permit: Permit, restores: Iterable[Restore]) -> tuple[Failure, ...]:
    """Write the old quotas of control groups back."""
    check(permit, UNDO)
    wanted = {restore.id: restore for restore in restores}
    chosen = permit.narrowed(target for target in permit.targets if target.id in wanted)

    def put(handle: Handle) -> None:
        _by_group(handle.id, *wanted[handle.id].value)

    return each(chosen, put, lambda pids: _group_commands(lambda id, what: wanted.get(id), permit, pids))


def limiting(jobs: Jobs, id: ProcessId) -> CpuLimit | None:
    """What holds the process back now."""
    for job in jobs.list():
        limit = job.cpu_limit
        if limit is not None and job.state == "running" and id in limit.ids:
            return limit
    return None


def limiter(jobs: Jobs) -> Limiter:
    """For `operations.suspend` and `resume`: whom to tell that a process shall stay suspended, or not."""

    def find(id: ProcessId) -> Callable[[bool], bool] | None:
        limit = limiting(jobs, id)
        return None if limit is None else lambda wanted: limit.suspend(id, wanted)

    return find


def _by_group(id: ProcessId, path: str, text: str) -> Restore:
    """Set the quota of the process's own group; PermissionError where that is not writable or not its own any more."""
    if str(cgroup.own_group(id.pid)) != path:
        raise PermissionError(path)
    return Restore(id=id, what="cpu_group", value=[path, cgroup.set_quota(Path(path), text)])


def _group_commands(find: Callable[[ProcessId, str], Restore | None], permit: Permit, pids: Iterable[int]) -> str:
    """The commands that write the quotas, for the remedy."""
    chosen = [find(target.id, "cpu_group") for target in permit.targets if target.id.pid in set(pids)]
    lines = [f"echo {restore.value[1]} > {shlex.quote(restore.value[0])}" for restore in chosen if restore]
    return " && ".join(f"sh -c {shlex.quote(line)}" for line in lines)


def _by_helper(percent: float, chosen: list[tuple[ProcessId, bool]], jobs: Jobs) -> Job:
    for id, _ in chosen:
        running = limiting(jobs, id)
        if running is not None:
            running.drop(id)
    limit = CpuLimit(percent, [id for id, _ in chosen], [id for id, stopped in chosen if stopped])
    pids = ", ".join(str(id.pid) for id, _ in chosen)
    job = jobs.start(f"holding {pids} below {percent:g}% of a core", "process.limit", limit.work)
    job.cpu_limit = limit
    job.helpers.add(limit.pid)
    return job


def _job_of_a_shell(handle: Handle, target: Target, jobs: Jobs) -> Failure | None:
    """A shell would take each stop of a job of its own for one by the person: only a control group can hold that."""
    if handle.stat().session not in jobs.shells or cgroup.own_group(handle.id.pid) is not None:
        return None
    reason = "is a job of this shell, which a limit by stopping and continuing would confuse; its priority can go down"
    return Failure(target=target, reason=reason, remedy=f"renice -n 19 -p {handle.id.pid}")


def _stopped(handle: Handle, running: CpuLimit | None) -> bool:
    """Whether somebody has suspended the process, rather than a helper that is about to let go of it."""
    if running is not None:
        return handle.id in running.suspended
    return handle.stat().state == "T"
