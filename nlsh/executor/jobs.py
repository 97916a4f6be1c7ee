"""Work that goes on in the background of a session: waiting, watching, limiting, standing rules."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from nlsh.errors import NlshError, NothingMatched

if TYPE_CHECKING:
    from nlsh.executor.cpu_limit import CpuLimit

State = Literal["running", "done", "failed", "cancelled"]


class Job:
    """One piece of work, in a thread of its own.

    `stop` is set when it is asked to stop; `detail` says how it stands, or why it failed; `started` is unix time.
    `awaited` is false for work that a one-shot request does not wait for. `helpers` are pids of processes that work for
    it, `cpu_limit` what holds processes back for it.
    """

    def __init__(self, *, id: int, title: str, verb: str, awaited: bool = True) -> None:
        self.id, self.title, self.verb, self.awaited = id, title, verb, awaited
        self.state: State = "running"
        self.started = time.time()
        self.stop = threading.Event()
        self.detail = ""
        self.helpers: set[int] = set()
        self.cpu_limit: CpuLimit | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[Job], None]) -> None:
        """Do the work in a new thread; what it raises is kept in `detail`."""
        self._thread = threading.Thread(target=self._work, args=(work,), name=f"job {self.id}", daemon=True)
        self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the work has ended, `timeout` seconds at most; whether it has."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self.state != "running"

    def _work(self, work: Callable[[Job], None]) -> None:
        try:
            work(self)
            self.state = "cancelled" if self.stop.is_set() else "done"
        except NlshError as error:
            self.detail, self.state = error.message, "failed"
        except Exception as error:  # a thread has nobody above it: the reason must not be lost
            self.detail, self.state = f"{type(error).__name__}: {error}", "failed"


class Jobs:
    """The jobs of a session, numbered from 1.

    `shells` are pids of shells that the session runs commands in: each leads a session of processes, and looks after
    their stopping and going on itself.
    """

    def __init__(self) -> None:
        self.shells: set[int] = set()
        self._jobs: dict[int, Job] = {}
        self._lock = threading.Lock()

    def start(self, title: str, verb: str, work: Callable[[Job], None], *, awaited: bool = True) -> Job:
        """Begin `work`, which is handed its job and should look at `job.stop`."""
        with self._lock:
            job = Job(id=len(self._jobs) + 1, title=title, verb=verb, awaited=awaited)
            self._jobs[job.id] = job
        job.run(work)
        return job

    def list(self) -> tuple[Job, ...]:
        """All jobs, oldest first, the ended ones too."""
        with self._lock:
            return tuple(self._jobs.values())

    def get(self, id: int) -> Job:
        """The job of that number; NothingMatched where there is none."""
        with self._lock:
            if id in self._jobs:
                return self._jobs[id]
        raise NothingMatched(f"there is no job {id}", hint="list the jobs to see their numbers")

    def cancel(self, id: int) -> Job:
        """Ask the job to stop, and give it a second to do so."""
        job = self.get(id)
        job.stop.set()
        job.wait(1.0)
        return job

    def helpers(self) -> frozenset[int]:
        """Pids of the processes that work for jobs, and of the shells: nothing may touch them."""
        return frozenset(pid for job in self.list() for pid in tuple(job.helpers)) | frozenset(self.shells)

    def wait_all(self) -> None:
        """Wait until every job has ended that is meant to be waited for."""
        for job in self.list():
            if job.awaited:
                job.wait()

    def close(self) -> None:
        """Ask the jobs to stop, and wait a little for them: what they hold back must be let go.

        Those that nobody waits for are left alone: what was started in the background outlives the session.
        """
        jobs = [job for job in self.list() if job.awaited]
        for job in jobs:
            job.stop.set()
        end = time.monotonic() + 2.0
        for job in jobs:
            job.wait(max(0.0, end - time.monotonic()))
