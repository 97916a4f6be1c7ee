"""Grants last as long as they say, reach what they name, and nobody else can write them."""

import json
import stat

import pytest

from nlsh.effects import Effect
from nlsh.errors import OperationFailed, UsageError
from nlsh.sandbox.case import Situation
from nlsh.sandbox.grants import LONGEST, Grants
from nlsh.testing import FakeClock, a_target, an_act

SITUATION = Situation(uid=1000, minute=0, is_service=lambda target: False)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "grants.json"


def timed(path, clock, *, boot="b", seconds=600.0):
    grants = Grants(path, clock, boot=boot)
    return grants, grants.add(effect=Effect.DESTROY, verb="process.kill", name="chrome", seconds=seconds)


def covering(grants, act):
    return grants.covering(act, tuple(SITUATION.cases(act)))


def test_a_grant_of_the_session_stays_in_memory(path, clock):
    """Another nlsh knows nothing of it, and no file is made."""
    grants = Grants(path, clock, boot="b")
    grant = grants.add(effect=Effect.CHANGE, verb="process.*")
    assert grants.list() == (grant,)
    assert Grants(path, clock, boot="b").list() == ()
    assert not path.parent.exists()


def test_a_timed_grant_is_kept_for_others(path, clock):
    """In a file of mode 0600, read by every nlsh of the user."""
    _, grant = timed(path, clock)
    assert Grants(path, clock, boot="b").list() == (grant,)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("pass_time", "lives"),
    [
        (lambda clock: clock.advance(599), True),
        (lambda clock: clock.advance(600), False),
        (lambda clock: clock.set_back(1), False),
        (lambda clock: (clock.advance(601), clock.set_back(300)), False),
        (lambda clock: clock.set_back(-601), False),
    ],
    ids=["before its end", "at its end", "clock set back", "late and set back", "clock set forward"],
)
def test_a_timed_grant_ends_by_either_clock(path, clock, pass_time, lives):
    """Setting the wall clock back never makes it longer."""
    grants, grant = timed(path, clock)
    pass_time(clock)
    assert grants.list() == ((grant,) if lives else ())
    assert (covering(grants, an_act("process.kill", a_target())) is not None) == lives


def test_a_restart_of_the_machine_ends_it(path, clock):
    """Another boot, no grants."""
    timed(path, clock)
    assert Grants(path, clock, boot="another").list() == ()


def test_a_grant_can_be_taken_back(path, clock):
    """By its id, from memory or from the file, also by another nlsh."""
    grants, grant = timed(path, clock)
    session = grants.add(effect=Effect.CHANGE, verb="*")
    assert Grants(path, clock, boot="b").revoke(grant.id) == grant
    assert grants.list() == (session,)
    grants.revoke(session.id)
    assert grants.list() == ()
    with pytest.raises(UsageError, match="there is no grant t1"):
        grants.revoke("t1")


def test_ids_are_not_given_twice(path, clock):
    """Two nlsh that grant in turn count on."""
    assert [timed(path, clock)[1].id for _ in range(3)] == ["t1", "t2", "t3"]


@pytest.mark.parametrize(
    ("act", "covered"),
    [
        (an_act("process.kill", a_target("chrome")), True),
        (an_act("process.kill", a_target("CHROME"), a_target("chrome", pid=2)), True),
        (an_act("process.kill", a_target("chrome"), a_target("vim", pid=2)), False),
        (an_act("process.kill", a_target("x", command="/usr/bin/chrome")), False),
        (an_act("process.kill", a_target("chrome"), effect=Effect.CHANGE), False),
        (an_act("process.suspend", a_target("chrome")), False),
        (an_act("process.kill", a_target("chrome"), everything=True), False),
        (an_act("process.kill", a_target("chrome"), origin="plugin"), False),
        (an_act("process.kill", a_target("chrome"), origin="rule"), False),
        (an_act("process.kill"), False),
    ],
)
def test_a_grant_covers_only_what_it_names(path, clock, act, covered):
    """Every target, that effect, that verb; asked for by the person, and never everything."""
    grants, _ = timed(path, clock)
    assert (covering(grants, act) is not None) == covered


@pytest.mark.parametrize("seconds", [0, -1, LONGEST + 1])
def test_a_grant_lasts_a_day_at_most(path, clock, seconds):
    """Longer belongs into the policy file."""
    with pytest.raises(UsageError, match="cannot last"):
        timed(path, clock, seconds=seconds)


def test_a_grant_needs_a_verb(path, clock):
    """Leave for anything has to be said as such."""
    with pytest.raises(UsageError, match="needs a verb"):
        Grants(path, clock).add(effect=Effect.CHANGE, verb="")


@pytest.mark.parametrize(
    "text", ["", "[", "{}", "[3]", '[{"id":"t1"}]', '[{"id":"t1","effect":"x","verb":"*","until":9e9}]']
)
def test_a_damaged_file_grants_nothing(path, clock, text):
    """And is replaced by the next grant."""
    path.parent.mkdir()
    path.write_text(text)
    path.chmod(0o600)
    assert Grants(path, clock, boot="b").list() == ()
    _, grant = timed(path, clock)
    assert Grants(path, clock, boot="b").list() == (grant,)


def test_a_file_that_others_may_write_grants_nothing(path, clock):
    """Who may write it could have granted it."""
    grants, _ = timed(path, clock)
    path.chmod(0o660)
    assert grants.list() == ()


def test_a_file_cannot_hold_an_endless_grant(path, clock):
    """A grant of a session is never read from a file."""
    timed(path, clock)
    (grant,) = json.loads(path.read_text())
    path.write_text(json.dumps([grant | {"until": 0.0}]))
    assert Grants(path, clock, boot="b").list() == ()


def test_where_it_cannot_be_kept_it_is_not_granted(tmp_path, clock):
    """A full or read-only home says so."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OperationFailed, match="cannot keep the grants"):
        timed(tmp_path / "file" / "grants.json", clock)


def test_without_a_file_a_timed_grant_lives_in_memory(clock):
    """It ends all the same."""
    grants, grant = timed(None, clock)
    assert grants.list() == (grant,)
    clock.advance(600)
    assert grants.list() == ()


def test_this_boot_has_an_id(path):
    """With the clocks of the machine a grant is in force right away."""
    from nlsh.clock import SystemClock

    grants = Grants(path, SystemClock())
    grant = grants.add(effect=Effect.CHANGE, verb="*", seconds=60)
    assert grants.list() == (grant,)
