"""The gate: which answer is enough for which act, and what is written down before a permit exists."""

import json

import pytest

from nlsh.act import Decision, Outcome
from nlsh.confirm import Answer
from nlsh.effects import Effect
from nlsh.errors import AuditError, Denied, NeedsConfirmation, UsageError
from nlsh.intent import Intent
from nlsh.result import Failure, Result
from nlsh.sandbox import policy
from nlsh.sandbox.audit import Audit, show
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.grants import Grants
from nlsh.testing import FakeClock, a_target, an_act

ME, ROOT = 1000, 0
MANY = tuple(a_target(pid=pid) for pid in range(10, 16))
OTHERS = a_target("postgres", user="bob", uid=1001)


def gate_of(rules="", *, tmp_path=None, uid=ME, grants=None, audit=None, service=False, clock=None):
    path = None
    if rules:
        path = tmp_path / "policy.toml"
        path.write_text(rules)
    clock = clock or FakeClock()
    return Gate(policy.load(user=path), grants, audit, clock, uid=uid, is_service=lambda target: service)


def try_answer(gate, act, answer):
    return gate.permit(act, gate.judge(act), answer)


def test_reads_and_own_changes_are_allowed():
    """They need no answer at all."""
    gate = gate_of()
    for act in (
        an_act("process.list", OTHERS, effect=Effect.READ),
        an_act("process.suspend", a_target(), effect=Effect.CHANGE),
    ):
        assert gate.judge(act).outcome is Outcome.ALLOW
        assert gate.permit(act, gate.judge(act)).targets == act.selection.targets


ANY_YES = set(Answer) - {Answer.NO, Answer.NOBODY}


@pytest.mark.parametrize(
    ("act", "enough"),
    [
        (an_act("process.kill", a_target()), ANY_YES),
        (an_act("process.suspend", *MANY, effect=Effect.CHANGE), ANY_YES),
        (an_act("process.kill", *MANY), {Answer.YES_WORD, Answer.FLAG}),
        (an_act("process.kill", a_target(), OTHERS), {Answer.YES_WORD, Answer.FLAG}),
        (an_act("process.priority", OTHERS, effect=Effect.CHANGE), {Answer.YES_WORD, Answer.FLAG}),
        (an_act("process.kill", a_target(), everything=True), {Answer.YES_WORD}),
        (an_act("process.suspend", a_target(), effect=Effect.CHANGE, everything=True), {Answer.YES_WORD}),
        (an_act("service.stop", args={"name": "nginx"}), ANY_YES),
    ],
    ids=["own", "many changed", "many", "others", "others changed", "everything", "everything changed", "service"],
)
@pytest.mark.parametrize("answer", list(Answer))
def test_each_act_takes_only_a_strong_enough_yes(act, enough, answer):
    """The wider an act, the more it takes; a no and nobody are never a yes."""
    gate = gate_of()
    if answer in enough:
        assert try_answer(gate, act, answer).targets == act.selection.targets
    else:
        with pytest.raises(Denied if answer is Answer.NO else NeedsConfirmation):
            try_answer(gate, act, answer)


def test_root_is_asked_in_person_about_services():
    """As root, `--yes` does not stop a service of the system."""
    gate = gate_of(uid=ROOT, service=True)
    act = an_act("process.kill", a_target("cron", user="root", uid=0))
    with pytest.raises(NeedsConfirmation) as refused:
        try_answer(gate, act, Answer.FLAG)
    assert "type the word" in refused.value.hint
    assert try_answer(gate, act, Answer.YES_WORD)


def test_a_denied_act_stays_denied(tmp_path):
    """No answer opens it, and the error says which rule of which file, and about what."""
    rules = '[[rule]]\nid = "no-db"\ndecision = "deny"\nreason = "The database stays."\nwhen = { name = ["chrome"] }\n'
    gate = gate_of(rules, tmp_path=tmp_path)
    for answer in Answer:
        with pytest.raises(Denied, match=r"kill chrome \(4321\) is denied: The database stays.") as refused:
            try_answer(gate, an_act("process.kill", a_target()), answer)
        assert refused.value.rule == "no-db"
        assert str(tmp_path / "policy.toml") in refused.value.hint


def test_a_decision_made_up_by_the_caller_counts_for_nothing():
    """The gate judges again: an allow that it never gave opens nothing."""
    forged = Decision(outcome=Outcome.ALLOW, rule="mine", reason="I say so.")
    with pytest.raises(NeedsConfirmation):
        gate_of().permit(an_act("process.kill", a_target()), forged, Answer.NOBODY)


def test_a_stricter_decision_of_the_caller_holds():
    """A session in doubt may ask where the policy would not."""
    doubt = Decision(outcome=Outcome.ASK, rule="doubt", reason="I am not sure that you meant it.")
    with pytest.raises(NeedsConfirmation):
        gate_of().permit(an_act("process.suspend", a_target(), effect=Effect.CHANGE), doubt, Answer.NOBODY)


def test_the_decision_is_written_before_the_permit_exists(tmp_path):
    """The record names who was meant, who decided and what was answered; what came of it follows."""
    audit = Audit(tmp_path / "audit.jsonl", FakeClock(), sandbox="full")
    gate = gate_of(audit=audit)
    act = an_act("process.kill", a_target(command="chrome --password hunter2"), utterance="kill chrome")
    permit = try_answer(gate, act, Answer.YES_KEY)
    (record,) = show(tmp_path / "audit.jsonl")
    assert permit.record == record["seq"] == 1
    assert record["targets"] == [
        {"pid": 4321, "start": 100, "name": "chrome", "user": "ann", "command": "chrome --password [hidden]"}
    ]
    said = {
        key: record[key] for key in ("event", "utterance", "step", "decision", "rule", "answer", "permitted", "origin")
    }
    assert said == {
        "event": "decision",
        "utterance": "kill chrome",
        "step": {"verb": "process.kill", "args": {}},
        "decision": "ask",
        "rule": "destroys",
        "answer": "key",
        "permitted": True,
        "origin": "person",
    }
    assert (record["sandbox"], record["reason"]) == ("full", "It cannot be undone.")
    gate.outcome(permit, Result(verb="process.kill", failures=(Failure(target=a_target(), reason="it is gone"),)))
    outcome = show(tmp_path / "audit.jsonl")[1]
    assert (outcome["event"], outcome["of"], outcome["result"]["ok"]) == ("outcome", 1, False)
    assert outcome["result"]["failures"] == [{"pid": 4321, "subject": "", "reason": "it is gone"}]


def test_a_refusal_is_written_too(tmp_path):
    """The log shows what was not done as well."""
    gate = gate_of(audit=Audit(tmp_path / "audit.jsonl", FakeClock()))
    with pytest.raises(NeedsConfirmation):
        try_answer(gate, an_act("process.kill", a_target()), Answer.NOBODY)
    assert show(tmp_path / "audit.jsonl")[0]["permitted"] is False


def test_allowed_reads_are_not_written(tmp_path):
    """The log is about what was done, not about looking."""
    gate = gate_of(audit=Audit(tmp_path / "audit.jsonl", FakeClock()))
    act = an_act("process.list", effect=Effect.READ)
    permit = gate.permit(act, gate.judge(act))
    gate.outcome(permit, Result(verb="process.list"))
    assert not (tmp_path / "audit.jsonl").exists()


def test_nothing_acts_without_its_record(tmp_path):
    """Where the log cannot be written there is no permit, even for what is allowed; reading goes on."""
    (tmp_path / "file").write_text("")
    gate = gate_of(audit=Audit(tmp_path / "file" / "audit.jsonl", FakeClock()))
    with pytest.raises(AuditError, match="cannot write the audit log"):
        try_answer(gate, an_act("process.suspend", a_target(), effect=Effect.CHANGE), Answer.NOBODY)
    assert try_answer(gate, an_act("process.list", effect=Effect.READ), Answer.NOBODY)
    with pytest.raises(NeedsConfirmation):
        try_answer(gate, an_act("process.kill", a_target()), Answer.NOBODY)


def test_an_asked_read_goes_on_without_its_record(tmp_path):
    """A full disk takes nobody's sight."""
    (tmp_path / "file").write_text("")
    rules = '[[rule]]\nid = "env"\ndecision = "ask"\nreason = "Secrets."\nwhen = { verb = ["process.environment"] }\n'
    gate = gate_of(rules, tmp_path=tmp_path, audit=Audit(tmp_path / "file" / "audit.jsonl", FakeClock()))
    assert try_answer(gate, an_act("process.environment", a_target(), effect=Effect.READ), Answer.YES_KEY)


def test_a_grant_stands_in_for_the_key(tmp_path):
    """It allows what a key would have, and says so; never what wants the word."""
    clock = FakeClock()
    grants = Grants(None, clock, boot="b")
    grants.add(effect=Effect.DESTROY, verb="process.kill")
    gate = gate_of(grants=grants, clock=clock)
    assert gate.judge(an_act("process.kill", a_target())).rule == "grant-s1"
    for act in (
        an_act("process.kill", *MANY),
        an_act("process.kill", OTHERS),
        an_act("process.kill", a_target(), everything=True),
    ):
        assert gate.judge(act).outcome is Outcome.ASK


@pytest.mark.parametrize("decision", ["ask", "deny"])
def test_a_grant_never_touches_the_rules_of_the_machine(tmp_path, decision):
    """What the machine's file asks for or denies stays so."""
    path = tmp_path / "system.toml"
    path.write_text(
        f'[[rule]]\nid = "x"\ndecision = "{decision}"\nreason = "House rule."\nwhen = {{ effect = ["destroy"] }}\n'
    )
    grants = Grants(None, FakeClock(), boot="b")
    grants.add(effect=Effect.DESTROY, verb="*")
    gate = Gate(policy.load(system=path), grants, None, FakeClock(), uid=ME, is_service=lambda target: False)
    assert gate.judge(an_act("process.kill", a_target())).rule == "x"


def test_a_yes_can_be_made_to_last(tmp_path):
    """A grant for an act covers the same verb on the same names, no more, and ends in time."""
    clock = FakeClock()
    grants = Grants(tmp_path / "grants.json", clock, boot="b")
    gate = gate_of(grants=grants, clock=clock)
    gate.grant(an_act("process.kill", a_target("a[b]*"), a_target("vim", pid=2)), seconds=60)
    for name, outcome in (
        ("a[b]*", Outcome.ALLOW),
        ("vim", Outcome.ALLOW),
        ("ab", Outcome.ASK),
        ("a[b]c", Outcome.ASK),
    ):
        assert gate.judge(an_act("process.kill", a_target(name))).outcome is outcome
    assert gate.judge(an_act("service.stop", args={"name": "vim"})).outcome is Outcome.ASK
    clock.advance(60)
    assert gate.judge(an_act("process.kill", a_target("vim"))).outcome is Outcome.ASK


@pytest.mark.parametrize(
    "act",
    [
        an_act("process.kill", *MANY),
        an_act("process.kill", OTHERS),
        an_act("process.kill", a_target(), everything=True),
    ],
)
def test_what_wants_the_word_cannot_be_granted(act):
    """It is asked for each time."""
    with pytest.raises(UsageError, match="each time"):
        gate_of(grants=Grants(None, FakeClock(), boot="b")).grant(act)


STANDING = an_act(
    "rule.add",
    a_target(pid=1),
    a_target(pid=2),
    args={"when": {"metric": "cpu"}, "do": Intent(verb="process.kill", args={"name": "chrome", "signal": "KILL"})},
)


def acting(verb, *targets, origin="rule", effect=Effect.DESTROY, **args):
    return an_act(verb, *targets, args=args, origin=origin, effect=effect)


def test_a_standing_rule_acts_within_its_permit(tmp_path):
    """Some of its processes, by its own step: allowed without a question, and written down with the rule's record."""
    gate = gate_of(audit=Audit(tmp_path / "audit.jsonl", FakeClock()))
    standing = try_answer(gate, STANDING, Answer.YES_KEY)
    permit = gate.under(standing, acting("process.kill", a_target(pid=2), pid=2, signal="KILL"))
    assert [target.id.pid for target in permit.targets] == [2]
    record = show(tmp_path / "audit.jsonl")[-1]
    assert (record["origin"], record["under"], record["permitted"]) == ("rule", standing.record, True)


@pytest.mark.parametrize(
    "act",
    [
        acting("process.kill", a_target(pid=3), signal="KILL"),
        acting("process.kill", a_target(pid=1, start=101), signal="KILL"),
        acting("process.kill", a_target(pid=1), a_target(pid=3), signal="KILL"),
        acting("process.kill", a_target(pid=1), signal="TERM"),
        acting("process.limit", a_target(pid=1), effect=Effect.CHANGE),
        acting("process.kill", a_target(pid=1), signal="KILL", origin="person"),
        acting("service.stop", name="nginx"),
    ],
    ids=["another", "a reused pid", "one too many", "another signal", "another verb", "not the rule", "a service"],
)
def test_a_standing_rule_never_widens(act):
    """Anything beyond what was confirmed is denied."""
    gate = gate_of()
    standing = try_answer(gate, STANDING, Answer.YES_KEY)
    with pytest.raises(Denied):
        gate.under(standing, act)


def test_a_standing_rule_without_processes_keeps_to_its_words():
    """A rule that restarts one service may not restart another."""
    gate = gate_of()
    made = an_act("rule.add", args={"do": Intent(verb="service.restart", args={"name": "nginx"})})
    standing = try_answer(gate, made, Answer.YES_KEY)
    assert gate.under(standing, acting("service.restart", name="nginx"))
    with pytest.raises(Denied):
        gate.under(standing, acting("service.restart", name="postgresql"))


def test_a_standing_rule_cannot_do_more_than_it_was_confirmed_for():
    """A permit for a change is none to destroy."""
    gate = gate_of()
    made = an_act("process.kill", a_target(pid=1), effect=Effect.CHANGE)
    with pytest.raises(Denied):
        gate.under(try_answer(gate, made, Answer.NOBODY), acting("process.kill", a_target(pid=1)))


def test_a_policy_that_denies_now_ends_a_standing_rule(tmp_path):
    """The permit of yesterday does not outlive today's rules."""
    standing = try_answer(gate_of(), STANDING, Answer.YES_KEY)
    rules = '[[rule]]\nid = "stay"\ndecision = "deny"\nreason = "It stays."\nwhen = { name = ["chrome"] }\n'
    with pytest.raises(Denied, match="It stays") as refused:
        gate_of(rules, tmp_path=tmp_path).under(standing, acting("process.kill", a_target(pid=1), signal="KILL"))
    assert refused.value.rule == "stay"


def test_the_record_is_json_a_line(tmp_path):
    """Hostile names cannot break a record out of its line."""
    path = tmp_path / "audit.jsonl"
    gate = gate_of(audit=Audit(path, FakeClock()))
    try_answer(gate, an_act("process.kill", a_target('a\n"}\x1b[2J\udcff')), Answer.YES_KEY)
    (line,) = path.read_text().splitlines()
    assert json.loads(line)["targets"][0]["name"] == 'a\n"}\x1b[2J\udcff'
