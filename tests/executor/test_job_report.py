"""The verbs about jobs."""

import pytest

from nlsh.errors import NothingMatched, UsageError


def start(house, title="counting", verb="watch"):
    """A job that runs until it is stopped."""
    return house.jobs.start(title, verb, lambda job: job.stop.wait())


def test_jobs_are_listed_with_their_state(house):
    """Without any the message says so."""
    assert house.do("job.list").message == "There are no jobs."
    first = start(house)
    house.jobs.cancel(first.id)
    start(house, "waiting")
    rows = house.do("job.list").rows
    assert [(row["id"], row["job"], row["state"]) for row in rows] == [
        (1, "counting", "cancelled"),
        (2, "waiting", "running"),
    ]


def test_the_only_job_that_runs_needs_no_number(house):
    """Standing rules, which are jobs too, do not count: they are removed as rules."""
    start(house, verb="rule.add")
    job = start(house)
    assert house.do("job.show").rows[0]["id"] == job.id
    house.do("job.cancel")
    assert job.state == "cancelled"
    assert "cancelled already" in house.do("job.cancel", id=job.id).message


def test_of_several_jobs_the_number_is_asked_for(house):
    """The error lists them."""
    start(house), start(house, "waiting")
    with pytest.raises(UsageError) as caught:
        house.do("job.cancel")
    assert "2: waiting" in caught.value.hint


def test_a_job_that_is_not_there_is_an_error(house):
    """So is cancelling where nothing runs."""
    with pytest.raises(NothingMatched):
        house.do("job.show", id=9)
    with pytest.raises(UsageError):
        house.do("job.cancel")


def test_the_last_job_can_be_shown_when_it_has_ended(house):
    """With the reason where it failed."""

    def fail(job):
        raise UsageError("the cat sat on the keys")

    house.jobs.start("typing", "watch", fail).wait(20)
    row = house.do("job.show").rows[0]
    assert (row["state"], row["detail"]) == ("failed", "the cat sat on the keys")
