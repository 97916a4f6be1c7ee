"""Lines on standard input: each is a request."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_each_line_is_a_request(nlsh: Run) -> None:
    """Lines are carried out in order; empty lines and comments are nothing."""
    done = nlsh(stdin="#!/usr/bin/env nlsh\n\nlist processes\n  # more\n!echo hi\n")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "hi" and "chrome" in done.stdout


def test_the_first_failure_ends_it(nlsh: Run) -> None:
    """What fails ends the script with its exit code."""
    done = nlsh(stdin="kill nobody\n!echo never\n")
    assert done.returncode == 4 and done.stdout == ""


def test_it_can_keep_going(nlsh: Run) -> None:
    """With --keep-going the rest is done too, and the exit code is that of the last failure."""
    done = nlsh("--keep-going", stdin="kill nobody\n!echo on\nsing\n!true\n")
    assert done.returncode == 3 and done.stdout == "on\n"


def test_goodbye_ends_it(nlsh: Run) -> None:
    """A script may leave before its end."""
    assert nlsh(stdin="goodbye\n!echo never\n").stdout == "bye\n"


def test_json_is_an_envelope_a_line(nlsh: Run) -> None:
    """With --json there is one envelope for each request."""
    lines = nlsh("--json", stdin="list processes\nkill nobody\n").stdout.splitlines()
    assert [json.loads(line)["exit_code"] for line in lines] == [0, 4]


def test_a_command_reads_the_lines_after_it(nlsh: Run) -> None:
    """Standard input belongs to a command as it would in a shell script."""
    assert nlsh(stdin="!read line; echo $line\nfor the command\n!echo after\n").stdout == "for the command\nafter\n"


def test_a_script_can_change_its_folder(nlsh: Run) -> None:
    """`cd` holds for the lines after it, and a folder that is not there is a failure."""
    assert nlsh(stdin="!cd /\n!pwd\n").stdout == "/\n"
    assert nlsh(stdin="!cd /\n!cd /usr\n!cd -\n!pwd\n").stdout == "/\n"
    gone = nlsh(stdin="!cd /no-such-folder\n!pwd\n")
    assert gone.returncode == 1 and "no-such-folder" in gone.stderr and gone.stdout == ""


def test_bytes_that_are_no_text_are_refused(nlsh: Run) -> None:
    """A line with a NUL byte, or one that is not UTF-8, is a usage error."""
    assert nlsh(stdin="list\0processes\n").returncode == 2
    assert nlsh(stdin="list \udcff\n").returncode == 2


def test_jobs_are_waited_for(nlsh: Run) -> None:
    """The script ends when its background jobs have."""
    done = nlsh(stdin="watch it\n!echo meanwhile\n")
    assert done.returncode == 0 and "report 2" in done.stdout
