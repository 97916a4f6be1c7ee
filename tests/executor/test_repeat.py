"""`watch`: a report that is repeated in the background."""

import pytest
from house import child

from nlsh.errors import UsageError
from nlsh.executor import repeat

LOAD = {"verb": "system.load"}


def test_it_shows_the_report_again_and_again(house, monkeypatch):
    """Each time a whole result, until the job is cancelled."""
    monkeypatch.setattr(repeat, "SHORTEST", 0.0)
    made = house.do("watch", do=LOAD, every=0)
    assert [house.next().verb for _ in range(3)] == ["system.load"] * 3
    house.do("job.cancel")
    assert house.jobs.get(made.job).state == "cancelled"


def test_it_ends_by_itself_after_the_time_that_was_said(house, monkeypatch):
    """No more than three reports fit into a quarter of a second at a tenth apart."""
    monkeypatch.setattr(repeat, "SHORTEST", 0.1)
    made = house.do("watch", do=LOAD, every=0, **{"for": 0.25})
    job = house.jobs.get(made.job)
    assert job.wait(20)
    assert job.state == "done"
    assert 1 <= house.shown.qsize() <= 3


def test_nothing_that_matches_is_a_report_too(house):
    """The process may come back; the watch goes on."""
    with child() as process:
        made = house.do("watch", do={"verb": "process.show", "pid": process.pid}, every=1)
        assert house.next().rows
    assert str(process.pid) in house.next().message
    assert house.jobs.get(made.job).state == "running"


@pytest.mark.parametrize(
    "step",
    [
        {"verb": "process.kill", "name": "chrome"},
        {"verb": "watch", "do": LOAD},
        {"verb": "rule.add", "when": {"metric": "cpu", "op": ">", "value": 1}, "do": LOAD},
        {"verb": "no.such.verb"},
        {"verb": "system.load", "loud": True},
    ],
)
def test_only_a_report_can_be_watched(house, step):
    """What changes something, nests or is unknown is refused before a job begins."""
    call = house.call(None, None, None)
    with pytest.raises(UsageError):
        repeat.repeat(call, repeat.Intent.from_wire(step))
    assert house.jobs.list() == ()
