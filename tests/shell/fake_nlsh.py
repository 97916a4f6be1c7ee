"""A `nlsh` whose session knows a handful of sentences by heart, so that its surface can be tested without a model.

Run as a script it is the `nlsh` command with that session.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

from nlsh.act import Act, Decision, Outcome
from nlsh.argument import Name, Pid
from nlsh.config import Folders, Settings
from nlsh.confirm import Answer, Prompter, Question
from nlsh.effects import Effect
from nlsh.errors import Denied, NeedsConfirmation, NothingMatched
from nlsh.intent import Intent, Plan
from nlsh.parser.reading import Reading
from nlsh.parser.utterance import checked
from nlsh.result import Column, Failure, Result, Unit
from nlsh.target import ProcessId, Selection, Target
from nlsh.testing.prompter import FakePrompter
from nlsh.verb import Registry, Selects, verb

CHROME = Target(
    id=ProcessId(pid=4242, start=7),
    name="chrome",
    user="ada",
    uid=1000,
    cpu=12.5,
    memory=3.0,
    age=125.0,
    command="/opt/chrome --flag \x1b[31mred",
)


@verb("process.list", effect=Effect.READ, selects=Selects.OPTIONAL, examples={"list processes": {}})
def list_(call: object) -> Result:
    """List processes."""
    raise AssertionError


@verb("process.kill", effect=Effect.DESTROY, selects=Selects.REQUIRED, examples={"kill chrome": {"name": "chrome"}})
def kill(call: object) -> Result:
    """End processes."""
    raise AssertionError


@verb("watch", effect=Effect.READ, examples={"watch it": {}})
def watch(call: object, *, name: Name | None = None, pid: Pid | None = None) -> Result:
    """Repeat a report."""
    raise AssertionError


@verb("shell.exit", effect=Effect.READ, examples={"goodbye": {}})
def exit_(call: object) -> Result:
    """Leave."""
    raise AssertionError


REGISTRY = Registry([list_, kill, watch, exit_])
LIST = Intent(verb="process.list")
KILL = Intent(verb="process.kill", args={"name": "chrome"})
COLUMNS = (
    Column(key="pid", title="PID", unit=Unit.COUNT),
    Column(key="name", title="Name"),
    Column(key="rss", title="Memory", unit=Unit.BYTES),
    Column(key="command", title="Command"),
)
LISTED = Result(
    verb="process.list",
    shape="table",
    columns=COLUMNS,
    rows=({"pid": 4242, "name": "chrome", "rss": 3 << 20, "command": CHROME.command},),
    processes=(CHROME.id,),
)
FAILED = Result(verb="process.kill", message="1 of 2 ended", failures=(Failure(target=CHROME, reason="not permitted"),))


def reading(utterance: str, *steps: Intent, **more: object) -> Reading:
    """A sure reading of the utterance as these steps."""
    route = "intent" if steps else "unknown"
    return Reading(**{"utterance": utterance, "route": route, "plan": Plan(steps=steps), "confidence": 0.9, **more})


class FakeJobs:
    """Background work, kept just well enough."""

    def __init__(self) -> None:
        self.shells: set[int] = set()
        self._jobs: list[SimpleNamespace] = []
        self._stop = threading.Event()

    def start(self, title: str, work: Callable[[threading.Event], None], *, fails: bool = False) -> None:
        """Run the work in a thread."""
        job = SimpleNamespace(id=1, title=title, state="running", detail="it broke" if fails else "", awaited=True)

        def run() -> None:
            work(self._stop)
            job.state = "failed" if fails else "done"

        job.thread = threading.Thread(target=run, daemon=True)
        self._jobs.append(job)
        job.thread.start()

    def list(self) -> list[SimpleNamespace]:
        """All of them."""
        return self._jobs

    def wait_all(self) -> None:
        """Wait until they have ended."""
        for job in self._jobs:
            job.thread.join()

    def close(self) -> None:
        """End them."""
        self._stop.set()


class FakeSession:
    """Knows the sentences of `understand`; keeps what it carried out in `done`."""

    registry = REGISTRY

    def __init__(
        self, folders: Folders | None = None, settings: Settings | None = None, started: object = None
    ) -> None:
        self.folders, self.settings = folders, settings or Settings()
        self.jobs = FakeJobs()
        self.notices: tuple[str, ...] = ("sandbox: degraded (a test)",) if folders else ()
        self.done: list[Reading] = []
        self.closed = False
        self._emit: Callable[[Result], None] = lambda result: None

    def on_result(self, emit: Callable[[Result], None]) -> None:
        """Where results of background jobs go."""
        self._emit = emit

    def expect_more(self) -> None:
        """It has nothing to prepare."""

    def understand(self, utterance: str) -> Reading:
        """What the sentence means."""
        said = checked(utterance)
        known = {
            "list processes": (LIST,),
            "kill chrome": (KILL,),
            "kill everything": (Intent(verb="process.kill", args={"name": "*"}),),
            "partly": (KILL, LIST),
            "list then kill nobody": (LIST, Intent(verb="process.kill", args={"name": "nobody"})),
            "kill nobody": (Intent(verb="process.kill", args={"name": "nobody"}),),
            "kill init": (Intent(verb="process.kill", args={"pid": 1}),),
            "watch it": (Intent(verb="watch"),),
            "watch forever": (Intent(verb="watch", args={"name": "forever"}),),
            "watch for a signal": (Intent(verb="watch", args={"name": "signal"}),),
            "watch it fail": (Intent(verb="watch", args={"name": "fail"}),),
            "goodbye": (Intent(verb="shell.exit"),),
        }
        if said in known:
            return reading(said, *known[said])
        if said == "slow":
            time.sleep(60)
        if said == "crash":
            raise RuntimeError("a defect")
        if said.startswith("ls"):
            return reading(said, route="shell", command=said)
        if said == "end chrome perhaps":
            return reading(
                said, LIST, confidence=0.2, asks=True, doubt="two readings", alternatives=(Plan(steps=(KILL,)),)
            )
        if said == "kill a process":
            return reading(said, Intent(verb="process.kill"), asks=True, doubt="process.kill names no process")
        return reading(said, confidence=0.1)

    def carry_out(
        self, reading: Reading, *, prompter: Prompter, dry_run: bool = False, yes: bool = False
    ) -> Iterator[Result]:
        """Pretend to do it."""
        self.done.append(reading)
        for step in reading.plan:
            yield self._step(step, prompter, dry_run, yes)

    def mention(self, groups: object) -> None:
        """Nothing is said of them."""

    def close(self) -> None:
        """End the jobs."""
        self.closed = True
        self.jobs.close()

    def _step(self, step: Intent, prompter: Prompter, dry_run: bool, yes: bool) -> Result:
        name = step.args.get("name")
        if step.verb == "watch":
            return self._watch(str(name))
        if step.verb != "process.kill":
            return LISTED if step.verb == "process.list" else Result(verb=step.verb, message="bye")
        if name == "nobody":
            raise NothingMatched("no process is called nobody", hint="list processes shows those there are")
        if step.args.get("pid") == 1:
            raise Denied("pid 1 is never touched", rule="protected")
        if dry_run:
            return Result(verb=step.verb, message="would end chrome (4242): kill 4242")
        self._confirm(step, prompter, yes, by_word=name == "*")
        return Result(verb=step.verb, message="ended chrome (4242)")

    def _confirm(self, step: Intent, prompter: Prompter, yes: bool, *, by_word: bool) -> None:
        act = Act(intent=step, effect=Effect.DESTROY, utterance="", selection=Selection(targets=(CHROME,)))
        decision = Decision(outcome=Outcome.ASK, rule="destroys-ask", reason="It cannot be undone.", by_word=by_word)
        question = Question(act=act, decision=decision, title="End chrome", posix="kill 4242")
        answer = Answer.FLAG if yes else prompter.ask(question)
        if answer is Answer.NO:
            raise Denied("you said no", rule="person")
        if answer is Answer.NOBODY:
            raise NeedsConfirmation("it must be confirmed", hint="say --yes")

    def _watch(self, name: str) -> Result:
        def work(stop: threading.Event) -> None:
            if name == "signal":
                self._when_told()
            for number in (1, 2):
                stop.wait(0.1)
                self._emit(Result(verb="watch", message=f"report {number}", job=1))
            if name == "forever":
                stop.wait()

        self.jobs.start("watch it", work, fails=name == "fail")
        return Result(verb="watch", message="watching", job=1)

    def _when_told(self) -> None:
        """Wait until somebody makes the file `go`, report, and make the file `told`."""
        home = Path(os.environ["NLSH_HOME"])
        while not (home / "go").exists():
            time.sleep(0.01)
        self._emit(Result(verb="watch", message="report 0", job=1))
        (home / "told").touch()


def open_session(folders: Folders, settings: Settings, started: object = None) -> FakeSession:
    """A session, but none in a home with a file `broken`."""
    if (Path(os.environ["NLSH_HOME"]) / "broken").exists():
        raise RuntimeError("it does not open")
    return FakeSession(folders, settings)


class SlowDisk(Loader):
    """Stands for a module that only real sentences need, and takes as long to load as there is a file `slow`."""

    @classmethod
    def find_spec(cls, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find that module alone."""
        return ModuleSpec(name, cls()) if name == "nlsh.parser.parse" else None

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""
        while (Path(os.environ["NLSH_HOME"]) / "slow").exists():
            time.sleep(0.01)


def stand_in() -> ModuleType:
    """A module to put in the place of `nlsh.session`."""
    module = ModuleType("nlsh.session")
    module.open_session = open_session  # type: ignore[attr-defined]
    module.Nobody = FakePrompter  # type: ignore[attr-defined]
    return module


if __name__ == "__main__":
    from nlsh.cli import main

    sys.modules["nlsh.session"] = stand_in()
    sys.meta_path.insert(0, SlowDisk)  # type: ignore[arg-type]
    sys.exit(main())
