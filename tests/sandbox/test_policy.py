"""What the levels of rules come to together, and how files with errors are taken."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.act import Outcome
from nlsh.effects import Effect
from nlsh.intent import Intent
from nlsh.sandbox import policy
from nlsh.sandbox.case import Situation
from nlsh.sandbox.policy import Level, Policy
from nlsh.sandbox.policy_file import parse
from nlsh.sandbox.rule import Count, Hours, Rule, When
from nlsh.testing import a_target, an_act

SITUATION = Situation(uid=1000, minute=12 * 60, is_service=lambda target: target.name == "cron")
DEFAULT = policy.load().default
OTHERS = a_target("postgres", user="bob", uid=1001)
MANY = tuple(a_target(pid=pid) for pid in range(10, 16))


def rules(text):
    return parse(text, source="policy.toml")


def one(decision, when, more=""):
    return rules(f'[[rule]]\nid = "it"\ndecision = "{decision}"\nreason = "So."\n{more}\nwhen = {when}\n')


def decide(act, *, system=(), user=(), situation=SITUATION):
    return Policy(system=system, user=user, default=DEFAULT).decide(act, situation)


def test_the_default_policy_has_no_error():
    """It reads, and its own examples hold."""
    assert policy.load().errors == ()
    assert {rule.outcome for rule in DEFAULT} == {Outcome.ALLOW, Outcome.ASK}


def test_a_rule_of_the_user_relaxes_a_default():
    """`allow` in the user's file stands in for the default ask, and only for what it names."""
    user = one("allow", '{ effect = ["destroy"], name = ["chrome"] }')
    assert decide(an_act("process.kill", a_target("chrome")), user=user).outcome is Outcome.ALLOW
    assert decide(an_act("process.kill", a_target("vim")), user=user).rule == "destroys"


def test_every_target_has_to_be_allowed():
    """One chrome among the targets does not allow the others."""
    user = one("allow", '{ effect = ["destroy"], name = ["chrome"] }')
    assert decide(an_act("process.kill", a_target("chrome"), a_target("vim", pid=2)), user=user).outcome is Outcome.ASK


def test_one_target_is_enough_to_deny():
    """A rule that denies needs only one of the targets."""
    user = one("deny", '{ name = ["sshd"] }')
    assert decide(an_act("process.kill", a_target("vim"), a_target("sshd", pid=2)), user=user).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("when", "act", "lifted"),
    [
        ('{ effect = ["destroy"] }', an_act("process.kill", *MANY), False),
        ('{ effect = ["destroy"], count = { up_to = 20 } }', an_act("process.kill", *MANY), True),
        ('{ effect = ["destroy"], count = { up_to = 5 } }', an_act("process.kill", *MANY), False),
        ('{ effect = ["destroy"] }', an_act("process.kill", OTHERS), False),
        ('{ effect = ["destroy"], user = ["bob"] }', an_act("process.kill", OTHERS), True),
        ('{ effect = ["destroy"], name = ["cron"] }', an_act("process.kill", a_target("cron")), False),
        ('{ effect = ["destroy"], name = ["cron"], service = true }', an_act("process.kill", a_target("cron")), True),
        ('{ effect = ["destroy"], everything = true }', an_act("process.kill", a_target(), everything=True), False),
    ],
)
def test_what_wants_the_word_is_lifted_only_by_name(when, act, lifted):
    """A bare allow leaves the word in place; one that names the same condition lifts it; nothing lifts everything."""
    decision = decide(act, user=one("allow", when))
    assert (decision.outcome is Outcome.ALLOW) == lifted
    assert lifted or decision.by_word


def test_the_file_of_the_machine_cannot_be_relaxed():
    """The user's allow does not touch the machine's ask."""
    system = one("ask", '{ effect = ["change"] }')
    user = one("allow", '{ effect = ["change"] }')
    assert (
        decide(an_act("process.suspend", a_target(), effect=Effect.CHANGE), system=system, user=user).outcome
        is Outcome.ASK
    )


def test_the_machine_may_relax_and_the_user_be_stricter():
    """The machine's allow stands in for a default; a user who wants to be asked is asked."""
    system = one("allow", '{ effect = ["destroy"] }')
    act = an_act("process.kill", a_target())
    assert decide(act, system=system).outcome is Outcome.ALLOW
    assert decide(act, system=system, user=one("ask", '{ effect = ["destroy"] }')).outcome is Outcome.ASK


def test_a_nested_step_is_judged_by_its_verb():
    """A standing rule that kills is under the rules about killing, and no allow about rules hides it."""
    act = an_act("rule.add", a_target(), args={"do": Intent(verb="process.kill", args={"signal": "KILL"})})
    assert decide(act, user=one("deny", '{ verb = ["process.kill"] }')).outcome is Outcome.DENY
    assert decide(act, user=one("deny", '{ signal = ["SIGKILL"] }')).outcome is Outcome.DENY
    assert decide(act, user=one("allow", '{ verb = ["rule.*"] }')).outcome is Outcome.ASK
    assert decide(act, user=one("allow", '{ verb = ["rule.*", "process.kill"] }')).outcome is Outcome.ALLOW


def test_a_program_is_known_by_its_file_too():
    """Who renames itself is still denied by the program's name, and not allowed by it."""
    disguised = an_act("process.kill", a_target("innocent", command="/usr/bin/postgres -D /data"))
    assert decide(disguised, user=one("deny", '{ name = ["postgres"] }')).outcome is Outcome.DENY
    assert decide(disguised, user=one("allow", '{ effect = ["destroy"], name = ["postgres"] }')).outcome is Outcome.ASK


def test_a_step_without_processes_is_known_by_its_name():
    """A service by its argument, a program to be started by its first word; lists by each of their names."""
    deny = one("deny", '{ name = ["nginx"] }')
    for args in ({"name": "nginx"}, {"name": ("cups", "NGINX")}):
        assert decide(an_act("service.stop", args=args), user=deny).outcome is Outcome.DENY
    start = an_act("process.start", effect=Effect.CHANGE, args={"command": "/usr/sbin/nginx -g daemon"})
    assert decide(start, user=deny).outcome is Outcome.DENY
    assert decide(an_act("service.stop", args={"name": "cups"}), user=deny).outcome is Outcome.ASK


def test_a_rule_without_effect_leaves_reading_alone():
    """To forbid sshd is not to hide it; a rule about a verb reaches that verb whatever its effect."""
    act = an_act("process.list", a_target("sshd"), effect=Effect.READ)
    assert decide(act, user=one("deny", '{ name = ["sshd"] }')).outcome is Outcome.ALLOW
    assert decide(act, user=one("deny", '{ verb = ["process.list"] }')).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("minute", "holds"), [(21 * 60 + 59, False), (22 * 60, True), (0, True), (6 * 60 - 1, True), (6 * 60, False)]
)
def test_a_time_runs_over_midnight(minute, holds):
    """From 22:00 to 06:00: its start is in, its end is not."""
    night = one("deny", '{ effect = ["destroy"], time = { from = "22:00", to = "06:00" } }')
    situation = Situation(uid=1000, minute=minute, is_service=lambda target: False)
    decision = decide(an_act("process.kill", a_target()), user=night, situation=situation)
    assert (decision.outcome is Outcome.DENY) == holds


def test_who_is_who():
    """`me`, `others`, `root` and a name, judged by whose process it is."""
    root = a_target("init", user="root", uid=0)
    for user, target in (("me", a_target()), ("others", OTHERS), ("others", root), ("root", root), ("bob", OTHERS)):
        assert (
            decide(an_act("process.kill", target), user=one("deny", f'{{ user = ["{user}"] }}')).outcome is Outcome.DENY
        )
    for user, target in (("me", OTHERS), ("others", a_target()), ("root", a_target()), ("bob", a_target())):
        assert (
            decide(an_act("process.kill", target), user=one("deny", f'{{ user = ["{user}"] }}')).outcome is Outcome.ASK
        )


def test_an_explanation_lists_every_rule():
    """Those that apply, whose they are, and which of them an allow has lifted."""
    user = one("allow", '{ effect = ["destroy"] }')
    verdict = Policy(user=user, default=DEFAULT).explain(an_act("process.kill", *MANY), SITUATION)
    assert [(each.rule.id, each.level, each.lifted) for each in verdict.applied] == [
        ("it", Level.USER, False),
        ("destroys", Level.DEFAULT, True),
        ("destroys-many", Level.DEFAULT, False),
    ]
    assert verdict.decision.rule == "destroys-many"


@pytest.mark.parametrize("level", ["system", "user"])
@pytest.mark.parametrize(
    "text", ["[[rule]", "[[rule]]\nid = 3", "\x00", None], ids=["syntax", "type", "zero", "folder"]
)
def test_a_file_with_an_error_asks_for_everything_but_reads(tmp_path, level, text):
    """nlsh goes on, says what is wrong, and takes only a word given in person."""
    path = tmp_path / "policy.toml"
    path.mkdir() if text is None else path.write_text(text)
    broken = policy.load(**{level: path})
    assert [error.path for error in broken.errors] == [str(path)]
    assert broken.decide(an_act("process.list", effect=Effect.READ), SITUATION).outcome is Outcome.ALLOW
    for effect in (Effect.CHANGE, Effect.DESTROY):
        decision = broken.decide(an_act("x", a_target(), effect=effect), SITUATION)
        assert (decision.outcome, decision.in_person, decision.source) == (Outcome.ASK, True, str(path))


def test_a_file_that_is_not_there_has_no_rules(tmp_path):
    """Nothing to read is no error."""
    assert policy.load(system=tmp_path / "a", user=tmp_path / "b") == policy.load()


def test_a_lost_default_policy_asks(monkeypatch, tmp_path):
    """With the package half deleted everything but reading is asked."""
    monkeypatch.setattr(policy, "DEFAULT_POLICY", tmp_path / "gone.toml")
    lost = policy.load()
    assert lost.errors
    assert lost.decide(an_act("process.suspend", a_target(), effect=Effect.CHANGE), SITUATION).in_person
    assert lost.decide(an_act("process.list", effect=Effect.READ), SITUATION).outcome is Outcome.ALLOW


def test_nothing_heavy_is_imported():
    """Judging costs no pydantic, psutil or rich: their imports take longer than a request."""
    heavy = ("pydantic", "psutil", "rich")
    load = "import sys, nlsh.sandbox.gate, nlsh.sandbox.policy as policy; policy.load()"
    code = f"{load}; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


names = st.sampled_from(["chrome", "vim", "cron", "postgres"])
targets = st.builds(
    lambda name, pid, uid: a_target(name, pid=pid, uid=uid, user=f"u{uid}"),
    names,
    st.integers(2, 99),
    st.sampled_from([0, 1000, 1001]),
)
acts = st.builds(
    lambda targets, effect, everything: an_act("process.kill", *targets, effect=effect, everything=everything),
    st.lists(targets, max_size=8),
    st.sampled_from(Effect),
    st.booleans(),
)
whens = st.builds(
    When,
    effect=st.none() | st.lists(st.sampled_from(Effect), min_size=1).map(tuple),
    verb=st.none() | st.sampled_from([("process.*",), ("service.*",), ("*",)]),
    name=st.none() | st.lists(names, min_size=1).map(tuple),
    user=st.none() | st.sampled_from([("me",), ("others",), ("root",)]),
    count=st.none() | st.builds(Count, over=st.integers(0, 6), up_to=st.none() | st.integers(0, 20)),
    time=st.none() | st.builds(Hours, start=st.integers(0, 1439), end=st.integers(0, 1439)),
    everything=st.none() | st.booleans(),
    service=st.none() | st.booleans(),
)


@st.composite
def made_rules(draw):
    found = []
    for number in range(draw(st.integers(0, 4))):
        outcome = draw(st.sampled_from(Outcome))
        by_word = outcome is Outcome.ASK and draw(st.booleans())
        in_person = by_word and draw(st.booleans())
        found.append(
            Rule(id=f"r{number}", outcome=outcome, reason="r", when=draw(whens), by_word=by_word, in_person=in_person)
        )
    return tuple(found)


@given(act=acts, system=made_rules(), user=made_rules())
def test_the_strictest_rule_wins(act, system, user):
    """No rule of a file that applies to any target is stricter than the decision."""
    decision = decide(act, system=system, user=user)
    for case in SITUATION.cases(act):
        for rule in system + user:
            assert not rule.applies(case) or rule.decision.strictness <= decision.strictness


@given(act=acts, system=made_rules(), user=made_rules())
def test_a_user_file_never_weakens_the_file_of_the_machine(act, system, user):
    """Whatever the user writes, the decision is at least what the machine's rules alone come to."""
    alone = Policy(system=system).explain(act, SITUATION)
    assert (
        not system
        or not alone.applied
        or (alone.decision.strictness <= decide(act, system=system, user=user).strictness)
    )


@given(act=acts, system=made_rules(), user=made_rules())
def test_everything_is_always_asked_for_by_the_word(act, system, user):
    """No file allows to change everything at once without a person who types the word."""
    decision = decide(act, system=system, user=user)
    if act.selection.everything and act.effect is not Effect.READ:
        assert decision.strictness >= 3


@given(act=acts, user=made_rules(), extra=made_rules())
def test_a_stricter_rule_more_never_makes_it_milder(act, user, extra):
    """Adding rules that ask or deny by the word can only tighten."""
    tight = tuple(rule for rule in extra if rule.decision.strictness >= 3)
    assert decide(act, user=user + tight).strictness >= decide(act, user=user).strictness


def test_the_policy_is_found_in_the_package():
    """The default file is beside the code that reads it."""
    assert Path(policy.__file__).parent == policy.DEFAULT_POLICY.parent
