"""The law by which a condition counts as having come true."""

from hypothesis import given
from hypothesis import strategies as st

from nlsh.executor.edge import Edge


def test_it_fires_once_and_again_only_after_it_was_false():
    """A condition that stays true is told once."""
    edge = Edge()
    looks = [True, True, True, False, True]
    assert [edge.rises(true, now) for now, true in enumerate(looks)] == [True, False, False, False, True]


def test_it_waits_until_the_condition_has_held():
    """With a hold of ten seconds a shorter spell counts for nothing."""
    edge = Edge(10)
    looks = [(0, True), (9, True), (9.5, False), (10, True), (19, True), (20, True), (30, True)]
    assert [now for now, true in looks if edge.rises(true, now)] == [20]


def test_an_interruption_starts_the_hold_again_but_not_the_edge():
    """What was not looked at cannot be said to have held; what has fired has fired."""
    edge = Edge(10)
    assert not edge.rises(True, 0)
    edge.interrupted()
    assert not edge.rises(True, 12)
    assert edge.rises(True, 22)
    edge.interrupted()
    assert not edge.rises(True, 40)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 20)), max_size=60), st.floats(0, 30))
def test_the_law(looks, hold):
    """It fires at most once in each unbroken run of true looks, never at a false one, never before the hold is over."""
    edge, now, since, fired = Edge(hold), 0.0, None, False
    for true, later in looks:
        now += later
        if not true:
            since, fired = None, False
            assert not edge.rises(False, now)
            continue
        since = now if since is None else since
        rises = edge.rises(True, now)
        assert rises == (not fired and now - since >= hold)
        fired = fired or rises
