"""How an act is taken apart for the rules, and how a service of the system is told."""

import time
from dataclasses import replace

import pytest

from nlsh.effects import Effect
from nlsh.intent import Intent
from nlsh.sandbox.case import Situation, is_system_service
from nlsh.testing import FakeClock, a_target, an_act

SITUATION = Situation(uid=1000, minute=0, is_service=lambda target: False)


def cases(act):
    return list(SITUATION.cases(act))


def test_every_target_is_a_case():
    """With its own name, program and owner, and what the act says of all."""
    act = an_act("process.kill", a_target("a", command="/bin/x -y"), a_target("b", pid=2, uid=0, user="root"))
    one, other = cases(act)
    assert (one.name, one.program, one.mine, one.count, one.signal) == ("a", "x", True, 2, "TERM")
    assert (other.name, other.mine, other.uid) == ("b", False, 0)


@pytest.mark.parametrize(
    ("verb", "args", "names"),
    [
        ("service.stop", {"name": "nginx"}, ["nginx"]),
        ("service.stop", {"name": ("nginx", "cups")}, ["nginx", "cups"]),
        ("process.start", {"command": "/usr/bin/make -j4"}, ["make"]),
        ("process.start", {}, [""]),
        ("power.reboot", {}, [None]),
        ("rule.add", {"do": Intent(verb="service.stop", args={"name": "cups"})}, ["cups"]),
    ],
)
def test_a_step_without_processes_has_its_names(verb, args, names):
    """There is always a case, so that a rule about the verb is never passed by."""
    assert [case.name for case in cases(an_act(verb, args=args))] == names


def test_a_nested_step_brings_its_verb_and_signal():
    """Both verbs are seen."""
    (case,) = cases(an_act("rule.add", args={"do": Intent(verb="process.kill", args={"signal": "SIGKILL"})}))
    assert (case.verbs, case.signal) == (("rule.add", "process.kill"), "KILL")


def test_whether_it_is_a_service_is_found_out_only_when_asked():
    """Judging what no rule asks of reads nothing."""
    asked = []
    situation = Situation(uid=0, minute=0, is_service=lambda target: bool(asked.append(target)))
    (case,) = situation.cases(an_act("process.list", a_target(), effect=Effect.READ))
    assert asked == []
    assert (case.service(), len(asked)) == (False, 1)


def test_the_minute_is_that_of_the_local_day(monkeypatch):
    """In the time zone of the machine."""
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        assert Situation.at(FakeClock(now=3 * 3600 + 60), uid=0, is_service=bool).minute == 5 * 60 + 1
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("cgroup", "service"),
    [
        ("0::/system.slice/nginx.service\n", True),
        ("0::/system.slice/system-getty.slice/getty@tty1.service\n", True),
        ("3:cpu:/\n1:name=systemd:/system.slice/cron.service\n", True),
        ("0::/user.slice/user-1000.slice/session-2.scope\n", False),
        ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service\n", False),
        ("0::/system.slice/docker-0123.scope\n", False),
        ("0::/\n", False),
        (None, False),
    ],
)
def test_a_service_is_told_by_its_control_group(tmp_path, cgroup, service):
    """A unit of the system's slice; not a user's own service, a session or a container."""
    if cgroup is not None:
        (tmp_path / "4321").mkdir()
        (tmp_path / "4321" / "cgroup").write_text(cgroup)
    assert is_system_service(a_target(), tmp_path) is service


def test_a_daemon_of_root_below_init_is_a_service(tmp_path):
    """Where there is no systemd; somebody's own background process is none."""
    assert is_system_service(replace(a_target(uid=0), parent=1), tmp_path)
    assert not is_system_service(replace(a_target(uid=1000), parent=1), tmp_path)
