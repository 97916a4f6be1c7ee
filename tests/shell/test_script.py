"""Scripts: the shell runs them, and a line that begins with ? at command position is a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

FAKE_NLSH = str(Path(__file__).parent / "fake_nlsh.py")
Run = Callable[..., "subprocess.CompletedProcess[str]"]
Give = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(params=["file", "pipe", "redirected", "live"])
def give(request: pytest.FixtureRequest, environment: dict[str, str], tmp_path: Path) -> Give:
    """Runs a script with the fake session: as a file, from a pipe, redirected, and from a pipe that stays open."""
    form: str = request.param

    def run(text: str, *options: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "script.sh"
        path.write_text(text, errors="surrogateescape")
        command = [sys.executable, FAKE_NLSH, *options, *([str(path)] if form == "file" else [])]
        with path.open() as opened:
            stdin = {"file": subprocess.DEVNULL, "redirected": opened}.get(form, subprocess.PIPE)
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="surrogateescape",
            )
            if form == "live":
                _write_slowly(process, text)
            out, err = process.communicate(text if form == "pipe" else None, timeout=60)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    return run


def _write_slowly(process: subprocess.Popen[str], text: str) -> None:
    """Write the first line, and the others once nlsh has become a shell, or said that it will not."""
    assert process.stdin
    first, end, rest = text.partition("\n")
    process.stdin.write(first + end)
    process.stdin.flush()
    while process.poll() is None and b"/dev/fd/" not in Path(f"/proc/{process.pid}/cmdline").read_bytes():
        time.sleep(0.01)
    with suppress(BrokenPipeError):
        process.stdin.write(rest)


def test_commands_and_sentences_mix(give: Give) -> None:
    """Variables, functions, conditions and loops go on across sentences, and $? is how a sentence went."""
    done = give(
        "x=1\n"
        "f() {\n"
        "  ?list processes\n"
        '  echo "f: $? $1"\n'
        "}\n"
        "f one\n"
        "if true; then\n"
        "\t?kill nobody\n"
        '  echo "if: $?"\n'
        "fi\n"
        "for i in 1 2; do\n"
        "?kill init\n"
        'echo "$i $?"\n'
        "done\n"
        "cd /\n"
        'echo "$x $PWD $LINENO"\n'
    )
    shown = [line for line in done.stdout.splitlines() if "chrome" not in line and "PID" not in line]
    assert shown == ["f: 0 one", "if: 4", "1 6", "2 6", "1 / 16"]
    assert done.stdout.startswith(" PID  Name") and done.returncode == 0


def test_what_is_no_command_is_no_sentence(give: Give) -> None:
    """Not in a heredoc, in quotes, in an array, as a pattern, in arithmetic, after a line that goes on."""
    done = give(
        "cat <<'EOF'\n?kill everything\nEOF\n"
        "echo 'a\n?kill everything'\n"
        "a=(\n?kill\n)\n"
        'echo "${a[0]}"\n'
        "case x in\n?) echo q;;\nesac\n"
        "echo $((1\n? 2 : 3))\n"
        "echo a \\\n?b\n"
        "?list processes\n"
    )
    assert done.stdout.startswith("?kill everything\na\n?kill everything\n?kill\nq\n2\na ?b\n PID  Name")
    assert done.stderr == ""


def test_a_sentence_may_hold_anything(give: Give) -> None:
    """Quotes, dollars and operators of a sentence are words to nobody but the model."""
    done = give("?it's $HOME; touch made `touch made` > made && x\necho status $?\n")
    assert done.stdout == "status 3\n" and done.stderr.startswith("nlsh: ")


def test_other_lines_are_never_sentences(give: Give) -> None:
    """What looks like a sentence without the mark is a command that does not exist."""
    done = give("list processes\n?list processes\n")
    assert "command not found" in done.stderr and done.stdout.startswith(" PID  Name")


def test_the_first_failure_ends_it_with_e(give: Give) -> None:
    """As with any command."""
    done = give("true\n?kill nobody\necho never\n", "-e")
    assert (done.returncode, done.stdout) == (4, "")


def test_the_last_status_is_that_of_the_script(give: Give) -> None:
    """As with any command."""
    assert give("true\n?kill nobody").returncode == 4
    assert give("?kill nobody\n?list processes\n").returncode == 0


def test_options_reach_the_sentences(give: Give) -> None:
    """--yes and --json hold for each of them, and not for the commands."""
    assert give("true\n?kill chrome\n", "--yes").stdout == "ended chrome (4242)\n"
    lines = give("?kill nobody\necho hi\n", "--json").stdout.splitlines()
    assert json.loads(lines[0])["exit_code"] == 4 and lines[1] == "hi"
    assert "not done within 0.1 s" in give("true\n?slow\n", "--timeout", "0.1").stderr


@pytest.mark.parametrize("option", ["--dry-run", "--explain"])
def test_what_would_only_be_shown_is_refused(give: Give, option: str) -> None:
    """The commands of a script would be run all the same."""
    done = give("touch made\n?kill chrome\n", option)
    assert done.returncode == 2 and option in done.stderr and done.stdout == ""


def test_bytes_of_a_script_are_kept(give: Give) -> None:
    """Also those that are no text, beside a sentence."""
    assert give("printf %s '\udcff' | od -An -tx1\n?kill nobody\n").stdout == " ff\n"


def test_commands_read_their_input_from_the_script(nlsh: Run) -> None:
    """On standard input a command takes the lines after it, marked or not, and leaves the rest."""
    done = nlsh(stdin="read x; echo $x\n?list processes\n?kill nobody\nhead -c 4\nabc\necho $?\ncat\n?the rest\n")
    assert done.stdout == "?list processes\nabc\n0\n?the rest\n"
    assert done.stderr.startswith("nlsh: no process is called nobody")


def test_what_is_left_unread_is_left_to_the_caller(environment: dict[str, str]) -> None:
    """After `exit` the rest of standard input is there for whoever shares it."""
    command = f"printf 'true\\n?kill nobody\\nexit 5\\nrest\\n' | ({sys.executable} {FAKE_NLSH}; echo $?; cat)"
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "5\nrest\n"


def test_arguments_and_the_name(nlsh: Run, tmp_path: Path) -> None:
    """$0, $1 and BASH_SOURCE of a script with sentences are what they are without."""
    path = tmp_path / "own name"
    path.write_text('?kill nobody\necho "$0|$1|$#|${BASH_SOURCE[0]}"\n')
    assert nlsh(str(path), "a b", "c").stdout == f"{path}|a b|2|{path}\n"
    assert nlsh("-s", "a b", stdin='?kill nobody\necho "$0|$1|$#"\n').stdout == "bash|a b|1\n"


def test_a_script_of_sentences_is_one_conversation(nlsh: Run) -> None:
    """One session hears all of them, comments and empty lines apart, and leaves when it is told to."""
    done = nlsh(stdin="#!/usr/bin/env nlsh\n\n?list processes\n  # more\n? goodbye\n?list processes\n")
    assert done.stdout.count("PID") == 1 and done.stdout.endswith("bye\n")
    waited = nlsh(stdin="?watch it\n?list processes\n")
    assert waited.returncode == 0 and "report 2" in waited.stdout


def test_a_conversation_can_be_shown_only(nlsh: Run) -> None:
    """--dry-run holds for a script of sentences, as for one of them."""
    assert nlsh("--dry-run", stdin="?kill chrome\n").stdout == "would end chrome (4242): kill 4242\n"


def test_a_conversation_refuses_what_is_no_text(nlsh: Run) -> None:
    """A sentence with a NUL byte, or one that is not UTF-8, is a usage error."""
    assert nlsh(stdin="?list\0processes\n").returncode == 2
    assert nlsh(stdin="?list \udcff\n").returncode == 2


def test_a_glob_that_matches_is_no_sentence(nlsh: Run, tmp_path: Path) -> None:
    """`?x` is the name of a program where there is one."""
    (tmp_path / "ax").write_text("#!/bin/sh\necho ran\n")
    (tmp_path / "ax").chmod(0o755)
    script = f"cd {tmp_path}\nPATH=.:$PATH\n"
    assert nlsh(stdin=f"{script}?x\n").stdout == "ran\n"


def test_a_script_can_be_started_by_its_first_line(environment: dict[str, str], tmp_path: Path) -> None:
    """The kernel gives nlsh the file and its arguments."""
    starter = tmp_path / "bin" / "nlsh"
    starter.parent.mkdir()
    starter.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE_NLSH} "$@"\n')
    script = tmp_path / "script"
    script.write_text('#!/usr/bin/env nlsh\necho "$1"\n?list processes\n')
    for path in (starter, script):
        path.chmod(0o755)
    env = {**environment, "PATH": f"{starter.parent}:{os.environ['PATH']}"}
    done = subprocess.run([script, "an argument"], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("an argument\n PID  Name")


def test_the_helper_goes_with_the_shell(environment: dict[str, str]) -> None:
    """Whoever reads the output of a script sees its end although standard input stays open."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, FAKE_NLSH], env=environment, text=True, **pipes) as process:
        assert process.stdin and process.stdout
        process.stdin.write("?kill nobody\necho out; exit 3\n")
        process.stdin.flush()
        assert process.stdout.read() == "out\n"
        assert process.wait(20) == 3


def test_a_script_that_is_too_long_is_refused(nlsh: Run, tmp_path: Path) -> None:
    """One with sentences; the kernel would not take it."""
    path = tmp_path / "long"
    path.write_text("?kill nobody\n" + "true\n" * 30_000)
    done = nlsh(str(path))
    assert done.returncode == 2 and "at most" in done.stderr
