"""The one place where the stages meet: utterance, reading, selection, decision, permit, result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nlsh.act import Act, Decision, Origin, Outcome
from nlsh.clock import SystemClock
from nlsh.config import SYSTEM_POLICY, Folders, Settings
from nlsh.confirm import WHILE, Answer, Prompter, Question
from nlsh.effects import Effect
from nlsh.errors import NotUnderstood
from nlsh.executor.call import Call, Past
from nlsh.executor.core import core_registry
from nlsh.executor.jobs import Jobs
from nlsh.executor.measuring import measured
from nlsh.executor.posix import posix_line
from nlsh.executor.preview import preview
from nlsh.executor.rules import Rules
from nlsh.executor.select import select
from nlsh.executor.table import ProcessTable, ProcTable
from nlsh.executor.undo import Restore, UndoLog
from nlsh.executor.undoing import nothing_but_files, rules_changed_last
from nlsh.intent import Intent, Plan
from nlsh.models.catalogue import Catalogue
from nlsh.models.early import Started
from nlsh.models.rebuild import rebuild_meanwhile
from nlsh.models.store import Store
from nlsh.parser.context import Turn
from nlsh.parser.mind import Mind
from nlsh.parser.reading import THRESHOLDS, Reading
from nlsh.plugin import host
from nlsh.plugin.host import Host, Places
from nlsh.result import Result
from nlsh.sandbox.audit import Audit
from nlsh.sandbox.gate import Gate, describe
from nlsh.sandbox.grants import Grants
from nlsh.sandbox.layers import Layers, probe
from nlsh.sandbox.permit import Permit
from nlsh.sandbox.policy import Policy
from nlsh.sandbox.policy import load as load_policy
from nlsh.sandbox.warm import Warm
from nlsh.target import ProcessId, Selection
from nlsh.verb import Registry

if TYPE_CHECKING:
    from nlsh.executor.readers import Readers
    from nlsh.sandbox.broker import House


class Nobody:
    """The prompter of background jobs: there is nobody to ask."""

    def ask(self, question: Question) -> Answer:
        """Nobody answers."""
        return Answer.NOBODY


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a plan is carried out: who is asked, whether only to show what would be done, whether yes was said before."""

    prompter: Prompter
    dry_run: bool = False
    yes: bool = False


@dataclass(frozen=True, kw_only=True)
class Behind:
    """The house behind one step of a plugin: the gate, with the person of this request to ask, and undo."""

    verb: str
    allow: Callable[[Act], Permit]
    outcome: Callable[[Permit, Result], None]
    undo: UndoLog

    def remember(self, description: str, what: str, value: Any) -> None:
        """Keep what takes a change back."""
        nobody = ProcessId(pid=0, start=0)
        self.undo.record(self.verb, description, (Restore(id=nobody, what=what, value=value),))


class Session:
    """One conversation with one person: what was said before, the jobs that run, and the way from words to acts."""

    def __init__(
        self,
        *,
        folders: Folders,
        settings: Settings,
        registry: Registry,
        mind: Mind,
        gate: Gate,
        table: ProcessTable,
        undo: UndoLog,
        notices: tuple[str, ...] = (),
        plugins: Host | None = None,
        warm: Warm | None = None,
    ) -> None:
        self.folders = folders
        self.settings = settings
        self.registry = registry
        self.notices = notices
        self.jobs = Jobs()
        self.rules = Rules(self.jobs)
        self.previous: Result | None = None
        self._mind = mind
        self._gate = gate
        self._table = table
        self._undo = undo
        self._plugins = plugins
        self._warm = warm
        self._readers: Readers | None = None
        self._turn: Turn | None = None
        self._said: list[str] = []
        self._decided: list[Decision] = []
        self._past: Past | None = None
        self._emit: Callable[[Result], None] = lambda result: None

    def on_result(self, emit: Callable[[Result], None]) -> None:
        """Say where the results of background jobs go; it is called from their threads."""
        self._emit = emit

    def expect_more(self) -> None:
        """Have ready what is worth its start only where many requests come: the workers that read the counters."""
        from nlsh.executor.readers import SERVING, Readers

        if self._warm is not None and self._readers is None:
            self._warm.also(SERVING)
            self._readers = Readers(self._warm)
            self._readers.prepare()

    def understand(self, utterance: str) -> Reading:
        """Read an utterance and do nothing about it. The first call waits until the model is loaded."""
        return self._mind.parser().parse(utterance, self._turn)

    def run(self, utterance: str, *, prompter: Prompter, dry_run: bool = False, yes: bool = False) -> Iterator[Result]:
        """Understand an utterance and carry it out; NotUnderstood where that is doubtful."""
        reading = self.understand(utterance)
        if reading.asks:
            raise NotUnderstood(f"not sure enough to act: {reading.doubt}", hint="say it another way, or more exactly")
        yield from self.carry_out(reading, prompter=prompter, dry_run=dry_run, yes=yes)

    def carry_out(
        self, reading: Reading, *, prompter: Prompter, dry_run: bool = False, yes: bool = False
    ) -> Iterator[Result]:
        """Do the steps of a reading in order, each with its own selection, decision and permit.

        The first error ends it; the results of the steps before have been handed out by then. A step that lacks its
        target is refused whatever was said about the reading's doubt.
        """
        if not reading.plan:
            raise NotUnderstood("nothing here can do that", hint='say "help" to see what can be done')
        for step in reading.plan:
            if self.registry.lacks_target(step):
                problem = f"{step.verb} needs to know {self.registry.wanted(step)}"
                raise NotUnderstood(
                    problem, hint="name it, or give its pid" if problem.endswith("process is meant") else "name it"
                )
        self._said.append(reading.utterance)
        self._decided = []
        manner = Manner(prompter=prompter, dry_run=dry_run, yes=yes)
        try:
            for step in reading.plan:
                result = self._step(step, reading.utterance, manner)
                self._remember(reading, step, result)
                yield result
        finally:
            if not any(step.verb == "shell.explain" for step in reading.plan):
                self._past = Past(
                    utterance=reading.utterance,
                    plan=reading.plan,
                    confidence=reading.confidence,
                    decisions=tuple(self._decided),
                )

    def mention(self, groups: Collection[int]) -> None:
        """The person has started or stopped the processes of these groups in the shell: "it" means them now."""
        ids = tuple(process.id for process in self._table.snapshot() if process.group in groups)
        if ids:
            self.previous = Result(verb="shell", processes=ids)
            self._turn = None

    def helpers(self) -> frozenset[int]:
        """The pids of the processes that work for this session."""
        parts = (self._mind, self.jobs, self._plugins, self._readers, self._warm)
        return frozenset[int]().union(*(part.helpers() for part in parts if part is not None))

    def close(self) -> None:
        """End the jobs, the workers, the plugins and the model."""
        self.jobs.close()
        if self._readers is not None:
            self._readers.close()
        if self._plugins is not None:
            self._plugins.close()
        if self._warm is not None:
            self._warm.close()
        self._mind.close()

    # --- one step ---

    def _step(
        self,
        step: Intent,
        utterance: str,
        manner: Manner,
        *,
        origin: Origin = "person",
        standing: Permit | None = None,
    ) -> Result:
        effect = self.registry.effect(step)
        selection = self._select(step, effect)
        act = Act(intent=step, effect=effect, utterance=utterance, selection=selection, origin=origin)
        if manner.dry_run:
            return preview(act, self._gate.judge(act))
        permit = self._gate.under(standing, act) if standing else self._leave(act, manner)
        if origin == "person" and permit:
            self._decided.append(permit.decision)
        call = self._call(act, permit, manner)
        result = self.registry[step.verb].run(call, **self.registry[step.verb].own(step))
        if permit:
            self._gate.outcome(permit, result)
        return result

    def _leave(self, act: Act, manner: Manner) -> Permit | None:
        """The permit for a step.

        None for one of a plugin that says it acts: only a plain no ends it here. What it asks for is judged then, and
        the person sees exactly that.
        """
        decision = self._gate.judge(act)
        plugin = self.registry[act.intent.verb].plugin
        if plugin and act.effect is not Effect.READ and decision.outcome is not Outcome.DENY:
            return None
        return self._permit(act, manner)

    def _house(self, verb: str, manner: Manner) -> House:
        def allow(act: Act) -> Permit:
            permit = self._permit(act, manner)
            self._decided.append(permit.decision)
            return permit

        return Behind(verb=verb, allow=allow, outcome=self._gate.outcome, undo=self._undo)

    def _select(self, step: Intent, effect: Effect) -> Selection:
        """Whom the step means: for a standing rule, whom the step within it means."""
        if step.verb == "shell.undo" and nothing_but_files(self._undo):
            return Selection()
        if step.verb == "shell.undo" and rules_changed_last(self.rules, self._undo):
            return Selection()
        nested = step.args.get("do")
        if isinstance(nested, Intent) and nested.verb in self.registry and effect is not Effect.READ:
            return self._select(nested, effect)
        return select(
            step,
            self.registry[step.verb],
            table=self._table,
            previous=self.previous,
            undo=self._undo,
            helpers=self.helpers(),
        )

    def _permit(self, act: Act, manner: Manner) -> Permit:
        decision = self._gate.judge(act)
        if decision.outcome is not Outcome.ASK:
            return self._gate.permit(act, decision)
        answer = self._ask(act, decision, manner)
        permit = self._gate.permit(act, decision, answer)
        if answer in (Answer.YES_SESSION, Answer.YES_WHILE):
            self._gate.grant(act, seconds=WHILE if answer is Answer.YES_WHILE else None)
        return permit

    def _ask(self, act: Act, decision: Decision, manner: Manner) -> Answer:
        if manner.yes and not decision.in_person:
            return Answer.FLAG
        question = Question(
            act=replace(act, selection=measured(act.selection, self._table)),
            decision=decision,
            title=describe(act),
            posix=posix_line(act.intent, act.selection.targets),
            grantable=self._gate.explain(act).grantable,
        )
        return manner.prompter.ask(question)

    def _call(self, act: Act, permit: Permit | None, manner: Manner) -> Call:
        def perform(step: Intent, standing: Permit | None) -> Result:
            # A job has nobody to ask: what would need a yes then is refused.
            alone = replace(manner, prompter=Nobody(), yes=False)
            origin: Origin = "rule" if standing else act.origin
            return self._step(step, act.utterance, alone, origin=origin, standing=standing)

        return Call(
            intent=act.intent,
            utterance=act.utterance,
            selection=act.selection,
            table=self._table,
            jobs=self.jobs,
            rules=self.rules,
            undo=self._undo,
            registry=self.registry,
            emit=lambda result: self._emit(result),
            perform=perform,
            history=lambda: tuple(self._said),
            past=lambda: self._past,
            permit=permit,
            house=self._house(act.intent.verb, manner),
            readers=self._readers,
        )

    def _remember(self, reading: Reading, step: Intent, result: Result) -> None:
        if result.processes or result.rows:
            self.previous = result
        self._turn = Turn(utterance=reading.utterance, plan=Plan(steps=(step,)), rows=len(result.rows))


def open_session(folders: Folders, settings: Settings, started: Started | None = None) -> Session:
    """A session of this user, with the model that was `started` if one was.

    It returns at once; the model is loaded in a process of its own meanwhile.
    """
    warm = Warm(host.MODULES)
    plugins = Host(plugin_places(folders), warm=warm)
    registry, wrong = full_registry(plugins)
    mind = mind_of(registry, folders, settings, started)
    policy = load_policy(system=SYSTEM_POLICY, user=folders.policy)
    clock = SystemClock()
    layers = probe().layers()
    audit = Audit(folders.audit, clock, sandbox=str(layers)) if settings.audit else None
    return Session(
        folders=folders,
        settings=settings,
        registry=registry,
        mind=mind,
        gate=Gate(policy, Grants(folders.grants, clock), audit, clock),
        table=ProcTable(),
        undo=UndoLog(folders.undo),
        notices=(*_notices(policy, mind, layers), *wrong),
        plugins=plugins,
        warm=warm,
    )


def mind_of(registry: Registry, folders: Folders, settings: Settings, started: Started | None = None) -> Mind:
    """What understands sentences with these verbs, by the model of this user or the one that was `started`."""
    return Mind(
        registry,
        lambda: Store(folders.models, Catalogue.load()).resolve(settings),
        cache=folders.cache,
        threads=settings.threads,
        thresholds={effect: settings.confidence.get(effect.value, limit) for effect, limit in THRESHOLDS.items()},
        started=started,
    )


def full_registry(plugins: Host) -> tuple[Registry, tuple[str, ...]]:
    """The verbs of nlsh and of the plugins that are used, and what is wrong with those that cannot be."""
    core = core_registry()
    added, wrong = plugins.verbs(frozenset(verb.name.partition(".")[0] for verb in core))
    return Registry([*core, *added]), tuple(wrong)


def plugin_places(folders: Folders) -> Places:
    """Where the plugins of this user are, and what they have."""
    return Places(
        records=folders.data / "plugins.json",
        installed=folders.data / "plugins",
        state=folders.state / "plugins",
        cache=folders.cache / "plugins",
        settings=folders.config / "plugins",
        secrets=folders.data / "secrets",
        kept=tuple(str(each) for each in (folders.config, folders.data, folders.state)),
    )


def _notices(policy: Policy, mind: Mind, layers: Layers) -> Iterator[str]:
    """What a person should know before the first request, a line each."""
    if layers.degraded:
        yield f"sandbox: {layers}"
    for error in policy.errors:
        yield f"{error.message}; until it is mended, every change is asked about"
    if mind.model and mind.model.outdated:
        if rebuild_meanwhile(mind.model.path.parent, mind.model.name):
            yield "this nlsh brings a better model: it is being built, and used from the next start on"
        else:
            yield "this nlsh brings a better model than the one installed; to have it: nlshctl model install"
