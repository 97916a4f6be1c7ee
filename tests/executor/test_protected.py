"""What nothing may touch."""

from __future__ import annotations

import os

import pytest

from nlsh.executor.protected import Me, protected
from nlsh.executor.table import ProcTable
from nlsh.testing.processes import FakeTable, process


def test_this_process_its_parent_and_its_helpers_are_protected():
    """On the real table the test runner and what runs it are found."""
    guard = protected(ProcTable(), Me.now(helpers=[424242]))
    assert guard.reasons[os.getpid()] == "it is nlsh itself"
    assert guard.reasons[os.getppid()] == "nlsh runs below it"
    assert guard.reasons[424242] == "it works for nlsh"


def test_the_leader_of_the_session_is_protected():
    """A leader that is no ancestor, because what stood between has ended, is held too."""
    table = FakeTable(process(1, "systemd"), process(77, "bash", parent=1), process(90, "nlsh", parent=1))
    assert protected(table, Me(pid=90, uid=1000, session=77)).reasons[77] == "it leads the session of nlsh"


def test_the_session_is_that_of_this_process():
    """It is 0 where the leader stands outside of this namespace of pids: then nobody here could touch it."""
    assert Me.now().session == os.getsid(0)
    assert 0 not in protected(ProcTable(), Me(pid=os.getpid(), uid=0, session=0)).reasons


@pytest.mark.parametrize(
    "environment",
    [{"TMUX": "/tmp/tmux-1000/default,70,0"}, {"TMUX": "/tmp/a,b/default,70,0"}, {"STY": "70.pts-0.host"}],
)
def test_the_multiplexer_and_the_sshd_of_its_client_are_protected(environment: dict[str, str]):
    """The server is no ancestor of its client's shell; the client, its shell and its sshd are held too."""
    table = FakeTable(
        process(1, "systemd"),
        process(40, "sshd", parent=1),
        process(50, "bash", parent=40, terminal=34816),
        process(60, "tmux: client", parent=50, terminal=34816),
        process(61, "tmux: client", parent=1, terminal=34817, uid=4),
        process(70, "tmux: server", parent=1),
        process(80, "bash", parent=70),
        process(90, "nlsh", parent=80),
        process(99, "sshd", parent=1),
    )
    guard = protected(table, _me(environment))
    assert {40, 50, 60, 70, 80, 90} <= set(guard.reasons)
    assert not {61, 99} & set(guard.reasons)


def test_outside_a_multiplexer_others_clients_are_free():
    """Without one around nlsh, a tmux that runs somewhere is a process like any other."""
    table = FakeTable(process(60, "tmux: client", parent=1, terminal=34816), process(90, "nlsh", parent=1))
    assert 60 not in protected(table, _me({})).reasons


@pytest.mark.parametrize("environment", [{"TMUX": "nonsense"}, {"TMUX": "a,-1,0"}, {"STY": "x.y"}, {"TMUX": ",,"}])
def test_a_strange_environment_is_no_error(environment: dict[str, str]):
    """What is not a pid there is none."""
    assert Me.now(environment=environment).multiplexer == 0


def _me(environment: dict[str, str]) -> Me:
    now = Me.now(environment=environment)
    return Me(pid=90, uid=1000, session=80, multiplexer=now.multiplexer, inside=now.inside)
