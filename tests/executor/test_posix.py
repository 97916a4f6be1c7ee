"""The shell command that a step is like."""

from __future__ import annotations

import shlex
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.executor.core import core_registry
from nlsh.executor.posix import posix_line
from nlsh.intent import Intent
from nlsh.testing.processes import process

REGISTRY = core_registry()
TWO = (process(12, "a").target(), process(34, "b").target())


@pytest.mark.parametrize(
    ("verb", "args", "line"),
    [
        ("process.kill", {"name": "a"}, "kill -TERM 12 34"),
        ("process.kill", {"name": "a", "signal": "KILL"}, "kill -KILL 12 34"),
        ("process.suspend", {"name": "a"}, "kill -STOP 12 34"),
        ("process.resume", {"name": "a"}, "kill -CONT 12 34"),
        ("process.priority", {"nice": 10}, "renice -n 10 -p 12 34"),
        ("process.priority", {"change": "raise"}, "renice --relative -5 -p 12 34"),
        ("process.io_priority", {"class": "idle"}, "ionice -c 3 -p 12 34"),
        ("process.io_priority", {"level": 2}, "ionice -c 2 -n 2 -p 12 34"),
        ("process.affinity", {"cpus": [0, 2]}, "taskset -a -c -p 0,2 12 && taskset -a -c -p 0,2 34"),
        ("process.limit", {"memory": 5, "cpu": 40}, None),
        ("process.wait", {"timeout": 9}, "timeout 9 tail -f /dev/null --pid=12 --pid=34"),
        ("process.start", {"command": "make -j2 'a b'", "nice": 4, "background": True}, "nice -n 4 make -j2 'a b' &"),
        ("process.start", {"command": "echo $(id); ls"}, "echo '$(id);' ls"),
        ("process.show", {"name": "a"}, "ps -f -p 12,34"),
        ("process.count", {"by": "user"}, "ps -e -o user= | sort | uniq -c | sort -rn"),
        ("process.list", {"name": "x y"}, "ps -C 'x y' -o pid,user,comm,pcpu,pmem,rss,etime,stat,args"),
        ("process.files", {"path": "/a b"}, "lsof '/a b'"),
        ("disk.usage", {"path": "/srv"}, "df -h /srv"),
        ("files.trash", {"path": "x"}, ""),
    ],
)
def test_lines(verb: str, args: dict[str, Any], line: str | None):
    """Each is what one would type for these targets."""
    said = posix_line(Intent(verb=verb, args=args), TWO)
    assert said == line if line is not None else said.startswith("prlimit --pid 12 --as=5: && prlimit --pid 34")


def test_every_example_of_every_verb_of_processes_has_a_line():
    """Explaining never fails, and there is something to show."""
    for verb in REGISTRY:
        for example in verb.examples:
            line = posix_line(Intent.from_wire({"verb": verb.name, **example.args}), TWO)
            assert line or not verb.name.startswith("process.")


@given(st.text(min_size=1, max_size=30))
def test_what_was_said_stays_one_word_of_the_line(text: str):
    """Names and paths cannot become shell text: the line splits back into what was said."""
    if "\0" in text:
        return
    assert text in shlex.split(posix_line(Intent(verb="process.files", args={"path": text}), ()))
    assert text in shlex.split(posix_line(Intent(verb="process.list", args={"name": text}), ()))


def test_lists_of_processes_can_be_run():
    """The line for a list is one that a shell takes."""
    for args in ({"sort": "memory", "limit": 3}, {"user": "me"}, {"status": "sleeping"}, {"sort": "name"}):
        line = posix_line(Intent(verb="process.list", args=args), ())
        shown = subprocess.run(
            ["sh", "-c", line], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "USER": "root"}
        )
        assert shown.returncode == 0, (line, shown.stderr)
        assert "PID" in shown.stdout
