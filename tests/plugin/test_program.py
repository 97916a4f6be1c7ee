"""Command lines with holes: what fills them, what they come to, and what can never be granted."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlsh.effects import Effect
from nlsh.sandbox.program import Program, Reach, faults, filled, found, reach


def program(*argv: str, effect: Effect = Effect.READ) -> Program:
    return Program(id="x", argv=argv, effect=effect)


@pytest.mark.parametrize(
    ("template", "arguments", "line"),
    [
        ("tool {name:unit}.service", {"name": "nginx"}, "tool nginx.service"),
        ("tool {name:unit}.service", {"name": "nginx.service"}, "tool nginx.service"),
        ("tool +{delay:minutes}", {"delay": 600}, "tool +10"),
        ("tool +{delay:minutes}", {"delay": 61}, "tool +2"),
        ("tool --since=@{since:ago}", {"since": 60}, "tool --since=@940"),
        ("tool -c {count:count=4} {host:host}", {"host": "example.org"}, "tool -c 4 example.org"),
        ("tool -c {count:count=4} {host:host}", {"host": "fe80::1", "count": 3}, "tool -c 3 fe80::1"),
        ("tool --of={path:path}", {"path": "/home/a b/{x:word}"}, "tool --of=/home/a b/{x:word}"),
    ],
)
def test_holes_are_filled(template: str, arguments: dict[str, object], line: str) -> None:
    """From the arguments of the step, or by their default."""
    assert " ".join(filled(program(*template.split()), arguments, now=1000).argv) == line


@pytest.mark.parametrize(
    ("template", "arguments"),
    [
        ("tool {name:unit}", {}),
        ("tool {name:unit}", {"name": "-rf"}),
        ("tool {name:unit}", {"name": "a b"}),
        ("tool {name:unit}", {"name": "a;reboot"}),
        ("tool {name:unit}", {"name": "../../etc/x"}),
        ("tool {name:unit}", {"name": "*"}),
        ("tool {name:unit}", {"name": ""}),
        ("tool {name:unit}", {"name": ("a", "b")}),
        ("tool {host:host}", {"host": "-f"}),
        ("tool {host:host}", {"host": "a\nb"}),
        ("tool {count:count}", {"count": 0}),
        ("tool {count:count}", {"count": 10**9}),
        ("tool {count:count}", {"count": True}),
        ("tool {count:count}", {"count": "1e3"}),
        ("tool {delay:minutes}", {"delay": -60}),
        ("tool {path:path}", {"path": "a"}),
        ("tool {path:path}", {"path": "~/a"}),
        ("tool {path:path}", {"path": "-f"}),
        ("tool {path:path}", {"path": "/a\nb"}),
        ("tool {path:path}", {"path": "/a\0b"}),
    ],
)
def test_what_does_not_fit_is_refused(template: str, arguments: dict[str, object]) -> None:
    """No option, no second word, no pattern gets into a hole, and no path but an absolute one where one may stand."""
    with pytest.raises(ValueError):
        filled(program(*template.split()), arguments, now=1000)


@pytest.mark.parametrize(
    ("line", "verb", "needs", "effect"),
    [
        ("systemctl list-units", "program.run", "", Effect.READ),
        ("systemctl status {name:unit}", "program.run", "", Effect.READ),
        ("systemctl stop {name:unit}", "service.control", "service.control", Effect.DESTROY),
        ("systemctl mask {name:unit}", "service.control", "service.control", Effect.DESTROY),
        ("systemctl poweroff", "power.control", "power.control", Effect.DESTROY),
        ("systemctl suspend", "power.control", "power.control", Effect.DESTROY),
        ("systemctl isolate rescue.target", "power.control", "power.control", Effect.DESTROY),
        ("shutdown -h now", "power.control", "power.control", Effect.DESTROY),
        ("shutdown -c", "power.control", "power.control", Effect.CHANGE),
        ("shutdown -c -h now", "power.control", "power.control", Effect.DESTROY),
        ("reboot", "power.control", "power.control", Effect.DESTROY),
        ("rm -r x", "program.run", "", Effect.DESTROY),
        ("mkfs.ext4 /dev/sda", "program.run", "", Effect.DESTROY),
        ("journalctl -n 5", "program.run", "", Effect.READ),
        ("journalctl --vacuum-time=1s", "program.run", "", Effect.DESTROY),
    ],
)
def test_what_a_line_comes_to(line: str, verb: str, needs: str, effect: Effect) -> None:
    """Known by its words, however mild the plugin says it is."""
    assert reach(program(*line.split())) == Reach(verb=verb, needs=needs, effect=effect)


def test_a_plugin_may_say_that_it_does_more() -> None:
    """Its own word only makes it stricter."""
    assert reach(program("tool", effect=Effect.DESTROY)).effect is Effect.DESTROY


@pytest.mark.parametrize("name", ["sh", "bash", "python3", "python3.12", "perl", "sudo", "env", "xargs", "find", "ssh"])
def test_what_runs_anything_is_never_granted(name: str) -> None:
    """Shells, interpreters and their like."""
    assert "can run any program" in faults(program(name, "x"))


def test_programs_are_found_where_the_system_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not where PATH says, and not what cannot be executed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "nlsh-tool").write_text("#!/bin/sh\n")
    assert found("nlsh-tool", (str(tmp_path),)) == ""
    (tmp_path / "nlsh-tool").chmod(0o755)
    assert found("nlsh-tool", (str(tmp_path),)) == f"{tmp_path}/nlsh-tool"
    assert found("nlsh-tool") == "" and found("sh") != ""
