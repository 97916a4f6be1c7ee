"""From an utterance to a reading, with a model that knows its answers by heart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from nlsh.completion import Choice, Completion
from nlsh.effects import Effect
from nlsh.errors import ModelError, UsageError
from nlsh.executor.core import core_registry
from nlsh.intent import Intent, Plan
from nlsh.parser.context import Turn
from nlsh.parser.parse import Parser
from nlsh.testing import FakeModel
from nlsh.verb import Registry

REGISTRY = core_registry()
KILL = '{"verb":"process.kill","name":"chrome"}'
THRESHOLDS = {Effect.READ: 0.3, Effect.CHANGE: 0.5, Effect.DESTROY: 0.8}


def parser(answers: dict[str, str], confidence: float = 0.99, **more: str) -> Parser:
    """A parser whose model gives these answers."""
    return Parser(REGISTRY, FakeModel(answers, confidence=confidence), thresholds=THRESHOLDS, **more)  # type: ignore[arg-type]


def test_reads_a_plan() -> None:
    """What the model writes becomes a plan with the model's confidence."""
    reading = parser({"kill chrome": KILL}).parse("  kill chrome ")
    assert (reading.utterance, reading.route, reading.confidence, reading.asks) == (
        "kill chrome",
        "intent",
        0.99,
        False,
    )
    assert reading.plan == Plan(steps=(Intent(verb="process.kill", args={"name": "chrome"}),))


def test_unknown_has_no_plan() -> None:
    """What nothing here can do has the route unknown and an empty plan, and asks nothing."""
    reading = parser({}).parse("sing a song")
    assert (reading.route, reading.plan.steps, reading.asks) == ("unknown", (), False)


@pytest.mark.parametrize(("confidence", "asks"), [(0.79, True), (0.81, False)])
def test_asks_where_it_is_not_sure(confidence: float, asks: bool) -> None:
    """Below the threshold of the plan's effect nlsh asks and says why."""
    reading = parser({"kill chrome": KILL}, confidence).parse("kill chrome")
    assert (reading.asks, bool(reading.doubt)) == (asks, asks)


def test_a_doubtful_reading_has_another_beside_it() -> None:
    """Where nlsh asks, the model reads again without the verbs of its first answer."""
    model = FakeModel({"kill chrome": KILL}, confidence=0.5)
    reading = Parser(REGISTRY, model, thresholds=THRESHOLDS).parse("kill chrome")
    assert "process.kill" in model.grammars[0]
    assert "process.kill" not in model.grammars[1]
    assert len(reading.alternatives) == 1


def test_a_read_needs_less_certainty() -> None:
    """A step that only reads has a lower threshold than one that destroys."""
    assert not parser({"uptime": '{"verb":"system.uptime"}'}, 0.31).parse("uptime").asks


def test_the_surest_reading_without_a_target_asks() -> None:
    """A step that lacks its target asks, however sure the model is."""
    assert parser({"kill a process": '{"verb":"process.kill"}'}, 1.0).parse("kill a process").asks


def test_a_standing_rule_without_a_target_asks() -> None:
    """A step nested in another lacks its target as much as one that stands alone."""
    wire = '{"verb":"rule.add","when":{"event":"exits","name":"make"},"do":{"verb":"process.kill"}}'
    assert parser({"kill it when make exits": wire}, 1.0).parse("kill it when make exits").asks


def test_the_turn_before_is_in_the_prompt() -> None:
    """The previous utterance and its plan stand before this one."""
    model = FakeModel({})
    turn = Turn(utterance="kill chrome", plan=Plan.from_wire(KILL))
    Parser(REGISTRY, model).parse("and its children", turn)
    alone, within = model.prompts
    assert "kill chrome" not in alone
    assert within.index("kill chrome") < within.index(KILL) < within.index("and its")


def test_what_is_nothing_alone_never_becomes_an_act() -> None:
    """A request that nothing here can do by itself may go back to the turn before to look, but not to act."""

    class Eager(FakeModel):
        def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
            return super().complete(prompt if len(prompt) == 3 else [("kill", False)], grammar)

    turn = Turn(utterance="show chrome", plan=Plan.from_wire('{"verb":"process.list","name":"chrome"}'))
    reading = Parser(REGISTRY, Eager({"kill": '{"verb":"process.kill","ref":"last"}'})).parse("don't kill it", turn)
    assert reading.route == "unknown"


@pytest.mark.parametrize(("confidence", "asks"), [(0.79, True), (0.81, False)])
def test_leaving_the_shell_takes_the_sureness_of_a_change(confidence: float, asks: bool) -> None:
    """A line of nonsense that is taken for a farewell must not end what runs in the shell."""
    model = FakeModel({"asdf qwer": '{"verb":"shell.exit"}'}, confidence=confidence)
    assert Parser(REGISTRY, model).parse("asdf qwer").asks is asks


def test_the_turn_before_never_makes_a_farewell_of_nothing() -> None:
    """What nothing here can do by itself goes back to the turn before to look, and not to leave."""

    class Leaving(FakeModel):
        def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
            text = '{"verb":"shell.exit"}' if len(prompt) > 3 else UNKNOWN
            return Completion(text=text, choices=(Choice(text=text, probability=0.99),))

    turn = Turn(utterance="list processes", plan=Plan.from_wire('{"verb":"process.list"}'))
    assert Parser(REGISTRY, Leaving({})).parse("asdf qwer", turn).route == "unknown"


@pytest.mark.parametrize(("within", "meant"), [(0.98, ["system.load"]), (0.96, ["system.time"])])
def test_the_turn_before_has_to_take_half_of_the_doubt(within: float, meant: list[str]) -> None:
    """What is as good as sure by itself is not bent to what was said before by a little more."""

    class Both(FakeModel):
        def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
            back = len(prompt) > 3
            text = '{"verb":"system.load"}' if back else '{"verb":"system.time"}'
            return Completion(text=text, choices=(Choice(text=text, probability=within if back else 0.95),))

    turn = Turn(utterance="list processes", plan=Plan.from_wire('{"verb":"process.list"}'))
    reading = Parser(REGISTRY, Both({}), thresholds=THRESHOLDS).parse("and now", turn)
    assert [step.verb for step in reading.plan] == meant


def test_a_repetition_does_not_drown_what_means_something_by_itself() -> None:
    """The turn before, read once more and more surely, is not what a plain request means."""

    class Repeating(FakeModel):
        def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
            again = len(prompt) > 3
            text = '{"verb":"shell.explain"}' if again else '{"verb":"shell.exit"}'
            return Completion(text=text, choices=(Choice(text=text, probability=0.98 if again else 0.9),))

    turn = Turn(utterance="explain that", plan=Plan.from_wire('{"verb":"shell.explain"}'))
    reading = Parser(REGISTRY, Repeating({}), thresholds=THRESHOLDS).parse("leave the shell", turn)
    assert [step.verb for step in reading.plan] == ["shell.exit"]


NOTE = '{"verb":"notes.add"}'
UNKNOWN = '{"verb":"unknown"}'
NOTES = replace(REGISTRY["system.uptime"], name="notes.add", summary="Add a note.", plugin="notes", taught=False)


class Twice(FakeModel):
    """A model that reads one way by itself and another with declarations before it, each with its confidence."""

    def __init__(self, trained: tuple[str, float], declared: tuple[str, float]) -> None:
        super().__init__({})
        self._readings = trained, declared

    def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
        """The one or the other; what is said is kept as by the other fake."""
        super().complete(prompt, grammar)
        text, probability = self._readings["system" in prompt[0][0]]
        return Completion(text=text, choices=(Choice(text=text, probability=probability),))


@pytest.mark.parametrize(
    ("trained", "declared", "meant"),
    [
        ((KILL, 0.85), ('{"verb":"unknown"}', 0.99), ["process.kill"]),
        ((KILL, 0.5), ('{"verb":"process.suspend","name":"chrome"}', 0.99), ["process.kill"]),
        ((KILL, 0.85), (NOTE, 0.4), ["process.kill"]),
        ((KILL, 0.95), (NOTE, 0.6), ["notes.add"]),
        ((KILL, 0.5), (NOTE, 0.8), ["notes.add"]),
        (('{"verb":"unknown"}', 0.99), (NOTE, 0.4), ["notes.add"]),
        (('{"verb":"unknown"}', 0.6), (KILL, 0.99), []),
    ],
)
def test_what_a_plugin_declares_takes_nothing_away(
    trained: tuple[str, float], declared: tuple[str, float], meant: list[str]
) -> None:
    """With declarations in the prompt only a declared verb counts, and not against one that is much surer."""
    reading = Parser(Registry([*REGISTRY, NOTES]), Twice(trained, declared), thresholds=THRESHOLDS).parse("do it")
    assert [step.verb for step in reading.plan] == meant


class Wavering(Twice):
    """With declarations it finds nothing, as sure as is given; where something has to be, it is a note."""

    def __init__(self, nothing: float) -> None:
        super().__init__((UNKNOWN, 0.99), (UNKNOWN, nothing))

    def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
        """A note where the grammar has no unknown."""
        if "unknown" in grammar:
            return super().complete(prompt, grammar)
        return Completion(text=NOTE, choices=(Choice(text=NOTE, probability=0.8),))


def test_many_unsure_readings_outweigh_nothing() -> None:
    """Where most of the probability is with declared verbs one of them is meant, and no surer than that leaves."""
    reading = Parser(Registry([*REGISTRY, NOTES]), Wavering(0.3), thresholds=THRESHOLDS).parse("do it")
    assert [step.verb for step in reading.plan] == ["notes.add"]
    assert reading.confidence == pytest.approx(0.8 * 0.7)


def test_nothing_is_nothing_where_it_is_more_probable_than_not() -> None:
    """And no second question is put to the model."""
    reading = Parser(Registry([*REGISTRY, NOTES]), Wavering(0.6), thresholds=THRESHOLDS).parse("do it")
    assert not reading.plan and reading.route == "unknown"


def test_without_declarations_no_declared_verb_can_be_said() -> None:
    """The reading with the trained verbs alone has neither the declarations nor their verbs in its grammar."""
    model = Twice(('{"verb":"unknown"}', 0.9), (NOTE, 0.9))
    Parser(Registry([*REGISTRY, NOTES]), model, thresholds=THRESHOLDS).parse("do it")
    assert ["notes.add" in prompt for prompt in model.prompts] == [False, True]
    assert ["notes.add" in each for each in model.grammars] == [False, True]


def test_a_rule_that_notifies_is_of_the_trained_verbs() -> None:
    """The notice within a rule is no verb of the registry, and declared by nobody."""
    wire = '{"verb":"rule.add","when":{"event":"exits","name":"make"},"do":{"verb":"notify"}}'
    model = Twice(('{"verb":"unknown"}', 0.9), (wire, 0.99))
    assert not Parser(Registry([*REGISTRY, NOTES]), model, thresholds=THRESHOLDS).parse("tell me").plan


def test_the_general_prompt_names_every_verb() -> None:
    """A model that was not trained for nlsh reads the verbs first, the utterance last."""
    model = FakeModel({})
    Parser(REGISTRY, model, style="general").parse("kill chrome")
    assert all(f"{verb.name}(" in model.prompts[0] for verb in REGISTRY)
    assert model.prompts[0].endswith("kill chrome<|im_end|>\n<|im_start|>assistant\n")


def test_the_trained_prompt_is_bare() -> None:
    """The project's own model reads the utterance and nothing else."""
    model = FakeModel({})
    Parser(REGISTRY, model).parse("kill chrome")
    assert model.prompts == ["<|im_start|>user\nkill chrome<|im_end|>\n<|im_start|>assistant\n"]


@pytest.mark.parametrize("said", ["", "  \n ", "a\0b", "a\x1b[31mb", "\ud800", "x" * 1001, "a\nb"])
def test_refuses_what_nobody_says(said: str) -> None:
    """What is empty, too long, or holds control characters or broken UTF-8 never reaches the model."""
    with pytest.raises(UsageError):
        parser({}).parse(said)


@pytest.mark.parametrize(
    "wrong", ["", "{", "[]", '"x"', '{"verb":"process.kill","name":""}', '{"verb":"no.such"}', '{"name":"x"}']
)
def test_a_model_that_writes_no_plan_fails(wrong: str) -> None:
    """What is no plan is an error, and never an act."""
    with pytest.raises(ModelError):
        parser({"x": wrong}).parse("x")


def test_public_form() -> None:
    """The public object has exactly the keys of the contract, in order."""
    shown = parser({"kill chrome": KILL}).parse("kill chrome").to_public()
    assert list(shown) == ["utterance", "route", "confidence", "asks", "plan"]
    assert shown["plan"] == [{"verb": "process.kill", "args": {"name": "chrome"}}]
