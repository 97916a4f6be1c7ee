"""Standing rules, on real children and real readings."""

import os
import queue
import signal
import threading

import pytest
from house import child, said

from nlsh.condition import Condition
from nlsh.errors import Denied, NlshError, NothingMatched, OperationFailed, UsageError
from nlsh.executor import standing
from nlsh.executor.jobs import Jobs
from nlsh.executor.rules import Rules
from nlsh.intent import Intent
from nlsh.target import Selection
from nlsh.testing import FakeClock

NOTIFY = {"verb": "notify"}
MEMORY = {"metric": "memory", "op": ">", "value": 0}


class Looks:
    """A condition whose answers the test gives, one look at a time; the last one stays."""

    def __init__(self, rules):
        self._answers, self._asked = queue.Queue(), threading.Semaphore(0)
        self.acted = queue.Queue()
        self.rule = rules.add(
            when=Condition.of({**MEMORY, "for": 10}),
            do=Intent(verb="notify"),
            words="when told to, tell",
            test=self._look,
            act=self.acted.put,
        )

    def _look(self):
        self._asked.release()
        return self._answers.get(timeout=20)

    def give(self, answer):
        """Answer one look, and wait until the next one asks: then all that follows from the answer has happened."""
        self._answers.put(answer)
        self._asked.acquire(timeout=20)

    def end(self):
        """Let the look that waits come back."""
        self._answers.put(False)


@pytest.fixture
def looks():
    jobs, clock = Jobs(), FakeClock()
    rules = Rules(jobs, clock=clock, every=0.0)
    made = Looks(rules)
    made.rules, made.clock, made.jobs = rules, clock, jobs
    made._asked.acquire(timeout=20)
    yield made
    made.rule.job.stop.set()
    made.end()
    jobs.close()


def test_a_rule_fires_when_its_condition_has_held(looks):
    """Once, and again when it was false in between and has held again."""
    looks.give(True)
    looks.clock.advance(11)
    looks.give(True)
    assert looks.acted.get(timeout=20) is looks.rule
    looks.give(True)
    looks.give(False)
    looks.give(True)
    assert (looks.rule.fired, looks.acted.qsize()) == (1, 0)
    looks.clock.advance(11)
    looks.give(True)
    assert looks.rule.fired == 2
    assert looks.rule.last == looks.clock.now()


def test_a_paused_rule_does_not_fire(looks):
    """When it is resumed the condition has to hold anew."""
    looks.give(True)
    looks.rules.pause(looks.rule.id)
    looks.clock.advance(11)
    looks.give(True)
    looks.rules.resume(looks.rule.id)
    looks.clock.advance(5)
    looks.give(True)
    assert looks.rule.fired == 0
    looks.clock.advance(11)
    looks.give(True)
    assert looks.rule.fired == 1


def test_the_only_rule_needs_no_number(looks):
    """With several, or none, the error says which there are."""
    assert looks.rules.get(None) is looks.rule
    with pytest.raises(UsageError) as caught:
        looks.rules.get(7)
    assert looks.rule.words in caught.value.hint
    looks.rules.remove(None)
    with pytest.raises(UsageError, match="no rules"):
        looks.rules.get(None)


def test_cancelling_its_job_removes_a_rule(looks):
    """A rule is nothing without somebody who looks."""
    looks.rule.job.stop.set()
    looks.end()
    assert looks.rule.job.wait(20)
    assert looks.rules.list() == ()
    assert looks.rule.state == "removed"


def test_a_rule_on_memory_tells_once(house):
    """Memory stays above nothing, which is no news at the second look."""
    made = house.do("rule.add", when=MEMORY, do=NOTIFY)
    assert "memory usage is above 0%" in made.message
    assert house.next().message.startswith("Rule 1: memory usage is ")
    (rule,) = house.rules.list()
    assert made.job == rule.job.id
    house.do("rule.add", when={**MEMORY, "for": 1}, do=NOTIFY)
    assert house.next().message.startswith("Rule 2: ")
    assert house.shown.empty()
    assert rule.fired == 1


def test_a_rule_tells_when_a_process_ends_and_is_done(house):
    """For exact processes that happens once, so the rule goes."""
    with child() as process:
        house.do("rule.add", when={"event": "exits", "pid": process.pid}, do=NOTIFY)
        (rule,) = house.rules.list()
        process.stdin.close()
        assert str(process.pid) in house.next().message
    assert rule.job.wait(20)
    assert house.rules.list() == ()


def test_a_rule_can_be_about_the_previous_result(house):
    """`ref` means the processes of that row for good."""
    with child() as process:
        house.do("process.list", pid=process.pid)
        house.do("rule.add", when={"event": "exits", "ref": 1}, do=NOTIFY)
        house.previous = None
        process.kill()
        assert "ended" in house.next().message


def test_a_rule_shows_a_report(house):
    """A step that reads is shown with the reason."""
    house.do("rule.add", when=MEMORY, do={"verb": "system.load"})
    result = house.next()
    assert result.verb == "system.load"
    assert result.rows
    assert result.notes[0].startswith("Rule 1: memory usage is ")


def test_a_process_metric_is_that_of_the_biggest(house):
    """Above means that any of them is, below that all are."""
    with child("data = b'x' * 60_000_000; print(flush=True); input()") as big, child() as small:
        said(big)
        both = {"metric": "process.rss", "value": 40_000_000, "pid": [big.pid, small.pid]}
        house.do("rule.add", when={**both, "op": "<"}, do=NOTIFY)
        house.do("rule.add", when={**both, "op": ">"}, do=NOTIFY)
        assert house.next().message.startswith("Rule 2: memory is ")
        big.stdin.close()
        assert house.next().message.startswith("Rule 1: memory is ")


def test_a_destroying_rule_acts_on_those_it_was_confirmed_for(house):
    """And says so when it is made."""
    with child() as process:
        made = house.do("rule.add", when=MEMORY, do={"verb": "process.kill", "pid": process.pid})
        assert f"({process.pid}), and never to any other process" in made.message
        assert process.wait(20) == -signal.SIGTERM
        assert house.next().verb == "process.kill"


def test_a_destroying_rule_never_widens(house):
    """A process that fits the step but came later is not touched."""
    mark = f"victim-{os.getpid()}"
    code = f"mark = '{mark}'; print(flush=True); input()"
    with child(code) as early, child() as trigger:
        said(early)
        house.do("rule.add", when={"event": "exits", "pid": trigger.pid}, do={"verb": "process.kill", "command": mark})
        with child(code) as late:
            said(late)
            trigger.kill()
            assert early.wait(20) == -signal.SIGTERM
            assert house.next().ok
            assert late.poll() is None


def test_a_destroying_rule_spares_what_no_longer_fits(house):
    """What it was confirmed for must still be what the step means when it fires."""
    with child() as process, child() as trigger:
        process.send_signal(signal.SIGSTOP)
        os.waitpid(process.pid, os.WUNTRACED)
        suspended = {"verb": "process.kill", "pid": process.pid, "status": "stopped"}
        house.do("rule.add", when={"event": "exits", "pid": trigger.pid}, do=suspended)
        process.send_signal(signal.SIGCONT)
        os.waitpid(process.pid, os.WCONTINUED)
        trigger.kill()
        assert "nothing is left" in house.next().message
        assert process.poll() is None


def test_a_destroying_rule_without_anybody_is_refused(house):
    """A licence to kill whoever fits later is never given."""
    with pytest.raises(NlshError):
        house.do("rule.add", when=MEMORY, do={"verb": "process.kill", "name": "no-such-program"})
    assert house.rules.list() == ()


def test_a_step_without_a_permit_is_refused(house):
    """A rule made without the gate cannot act."""
    with child() as process:
        kill = Intent(verb="process.kill", args={"pid": process.pid})
        with pytest.raises(Denied):
            standing.stand(house.call(Intent(verb="rule.add"), Selection(), None), MEMORY, kill)


@pytest.mark.parametrize(
    ("when", "do", "error"),
    [
        ({"metric": "nonsense", "op": ">", "value": 1}, NOTIFY, UsageError),
        ({"metric": "disk", "op": ">", "value": 1, "path": "/no/such/place"}, NOTIFY, OperationFailed),
        ({"event": "exits", "pid": 2**22 + 5}, NOTIFY, NothingMatched),
        (MEMORY, {"verb": "watch", "do": {"verb": "system.load"}}, UsageError),
        (MEMORY, {"verb": "system.load", "loud": True}, UsageError),
    ],
)
def test_a_rule_that_cannot_work_is_refused_at_once(house, when, do, error):
    """Not when it would fire."""
    with pytest.raises(error):
        house.do("rule.add", when=when, do=do)
    assert house.rules.list() == ()


def test_rules_can_be_listed_paused_resumed_and_removed(house):
    """Each says which rule it is, in words."""
    assert house.do("rule.list").message == "There are no rules."
    house.do("rule.add", when={"metric": "memory", "op": ">", "value": 100}, do=NOTIFY)
    assert "memory usage is above 100%" in house.do("rule.pause").message
    (row,) = house.do("rule.list").rows
    assert (row["id"], row["state"], row["fired"]) == (1, "paused", 0)
    house.do("rule.resume", id=1)
    assert house.do("rule.list").rows[0]["state"] == "active"
    house.do("rule.remove", id=1)
    assert house.do("rule.list").message == "There are no rules."
