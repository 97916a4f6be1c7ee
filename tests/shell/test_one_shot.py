"""`nlsh -c`: its exit codes, what goes to which stream, and what it never does without a terminal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parents[2])
FAKE_NLSH = str(Path(__file__).parent / "fake_nlsh.py")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("list processes", 0),
        ("?partly", 5),
        ("list then kill nobody", 1),
        ("", 0),
        ("   ", 0),
        ("?", 2),
        ("x" * 3000, 2),
        ("!", 1),
        ("sing a song", 3),
        ("end chrome perhaps", 3),
        ("kill a process", 3),
        ("kill nobody", 4),
        ("kill chrome", 5),
        ("kill everything", 5),
        ("kill init", 6),
        ("?crash", 1),
        ("watch it", 0),
        ("watch it fail", 1),
        ("!exit 42", 42),
        ("!no-such-program-here", 127),
        ("!kill -TERM $$", -signal.SIGTERM),
        ("ls /no-such-folder-here", 2),
    ],
)
def test_exit_codes(nlsh: Run, line: str, code: int) -> None:
    """The exit code tells how the request went."""
    assert nlsh("-c", line).returncode == code


def test_results_and_remarks_go_apart(nlsh: Run) -> None:
    """Results are on standard output, everything else on standard error."""
    done = nlsh("-c", "list then kill nobody")
    assert done.stdout.startswith(" PID  Name") and "chrome" in done.stdout
    assert done.stderr == "nlsh: no process is called nobody\n  list processes shows those there are\n"


def test_nothing_is_asked_without_a_terminal(nlsh: Run) -> None:
    """A yes on standard input is no yes: nobody is there to see what is asked."""
    done = nlsh("-c", "kill chrome", stdin="y\n")
    assert done.returncode == 5 and "--yes" in done.stderr and done.stdout == ""


def test_yes_agrees_beforehand(nlsh: Run) -> None:
    """--yes answers what would be asked."""
    assert nlsh("-c", "kill chrome", "--yes").stdout == "ended chrome (4242)\n"
    assert nlsh("-y", "-c", "kill chrome").returncode == 0


@pytest.mark.parametrize("line", ["end chrome perhaps", "kill a process"])
def test_yes_is_no_answer_to_doubt(nlsh: Run, line: str) -> None:
    """--yes overrides neither doubt nor a missing target."""
    assert nlsh("-c", line, "--yes").returncode == 3


def test_escape_sequences_of_processes_stay_visible(nlsh: Run) -> None:
    """A command line with an escape sequence in it is shown and not obeyed."""
    done = nlsh("-c", "list processes")
    assert "\x1b" not in done.stdout and "␛[31mred" in done.stdout


def test_dry_run_does_nothing(nlsh: Run) -> None:
    """--dry-run shows what would be done and is content without a yes."""
    assert nlsh("-c", "kill chrome", "--dry-run").stdout == "would end chrome (4242): kill 4242\n"
    assert nlsh("-c", "!touch /no/such", "--dry-run").stdout == "a command for the POSIX shell: touch /no/such\n"


def test_explain_says_it_in_words(nlsh: Run) -> None:
    """--explain tells verb, arguments and effect, and does nothing."""
    done = nlsh("-c", "kill chrome", "--explain")
    assert done.returncode == 0
    assert "process.kill" in done.stdout and "name chrome" in done.stdout and "cannot be undone" in done.stdout
    assert "two readings" in nlsh("-c", "end chrome perhaps", "--explain").stderr


def test_json_is_one_envelope(nlsh: Run) -> None:
    """--json prints one object, its exit code the real one."""
    done = nlsh("-c", "kill nobody", "--json")
    envelope = json.loads(done.stdout)
    assert done.returncode == envelope["exit_code"] == 4
    assert envelope["error"]["type"] == "NothingMatched" and envelope["route"] == "intent"
    assert done.stdout.count("\n") == 1 and done.stderr == ""


def test_json_of_a_job_reports_before_its_envelope(nlsh: Run) -> None:
    """What a background job reports comes line by line, and the envelope when it has ended."""
    lines = [json.loads(line) for line in nlsh("-c", "watch it", "--json").stdout.splitlines()]
    assert [line.get("job") for line in lines] == [1, 1, None]
    assert lines[2]["results"][0]["message"] == "watching" and lines[2]["exit_code"] == 0


def test_json_of_a_command_has_its_exit_code(nlsh: Run) -> None:
    """A command's own output stands before the envelope."""
    first, envelope = nlsh("-c", "!echo hi; exit 3", "--json").stdout.splitlines()
    assert first == "hi"
    shown = json.loads(envelope)
    assert (shown["route"], shown["command"], shown["exit_code"]) == ("shell", "echo hi; exit 3", 3)


def test_bytes_that_are_no_text_are_refused(nlsh: Run) -> None:
    """An utterance that is not UTF-8 is a usage error, in JSON too."""
    done = nlsh("-c", b"kill \xff", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["type"] == "UsageError"


def test_a_command_gets_its_bytes(nlsh: Run) -> None:
    """A command is passed on byte for byte."""
    assert nlsh("-c", b"!printf %s \xff").stdout == "\udcff"


def test_a_command_may_begin_with_a_dash(nlsh: Run) -> None:
    """What begins with a dash is still the command and no option of the shell."""
    done = nlsh("-c", "!-x")
    assert done.returncode == 127 and "-x" in done.stderr


def test_the_shell_can_be_chosen(nlsh: Run, tmp_path: Path) -> None:
    """NLSH_SH names the POSIX shell, but never nlsh itself; one that is not there is said and is 127."""
    own = tmp_path / "own"
    own.write_text('#!/bin/sh\necho "own $1 $2"\n')
    own.chmod(0o755)
    assert nlsh("-c", "!ls", env={"NLSH_SH": str(own)}).stdout == "own -c ls\n"
    assert nlsh("-c", "echo $0", env={"NLSH_SH": "/usr/bin/nlsh"}).stdout == "bash\n"
    missing = nlsh("-c", "!ls", env={"NLSH_SH": str(tmp_path / "none")})
    assert missing.returncode == 127 and "cannot run the shell" in missing.stderr


def test_a_command_gets_signals_as_the_kernel_has_them(nlsh: Run) -> None:
    """Python ignores SIGPIPE; a command does not inherit that, however it is run."""
    for more in ((), ("--timeout", "9")):
        ignored = int(nlsh("-c", "!grep SigIgn /proc/self/status", *more).stdout.split()[1], 16)
        assert not any(ignored & (1 << (number - 1)) for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT))


def test_a_time_limit_ends_it(nlsh: Run) -> None:
    """What takes longer than --timeout ends with 1 and says so."""
    done = nlsh("-c", "?slow", "--timeout", "0.2")
    assert done.returncode == 1 and "not done within 0.2 s" in done.stderr
    watched = nlsh("-c", "watch forever", "--timeout", "0.5", "--json")
    assert json.loads(watched.stdout.splitlines()[-1])["exit_code"] == 1


def test_a_time_limit_can_be_a_setting(nlsh: Run, environment: dict[str, str]) -> None:
    """The settings file may hold the time limit; one that is no time is a usage error."""
    (Path(environment["NLSH_HOME"]) / "config" / "config.toml").write_text("timeout = 0.2")
    assert "not done within 0.2 s" in nlsh("-c", "?slow").stderr
    assert "not done within 0.2 s" in nlsh(stdin="?slow\n").stderr
    for wrong in ("0", "-1", "nan", "soon"):
        assert nlsh("-c", "?slow", "--timeout", wrong).returncode == 2


def test_what_is_ignored_stays_ignored(environment: dict[str, str]) -> None:
    """Under nohup the end of the terminal ends neither nlsh nor what it runs."""
    command = f"trap '' HUP INT; {sys.executable} {FAKE_NLSH} -c '!kill -HUP $$; kill -INT $$; echo alive' --timeout 9"
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "alive\n"


def test_usage(nlsh: Run) -> None:
    """Wrong options are 2 and name the right ones; --help and --version are 0."""
    assert nlsh("--nonsense").returncode == 2
    assert nlsh("--timeout", "soon", "-c", "ls").returncode == 2
    assert '-c: nlsh -c "list processes"' in nlsh("--list").stderr
    assert nlsh("--version").stdout.startswith("nlsh ")
    assert "--dry-run" in nlsh("--help").stdout


def test_a_broken_settings_file_is_said(nlsh: Run, environment: dict[str, str]) -> None:
    """A settings file that cannot be read is a usage error of the one-shot, and does not stop commands."""
    (Path(environment["NLSH_HOME"]) / "config" / "config.toml").write_text("model = 3")
    done = nlsh("-c", "list processes")
    assert done.returncode == 2 and "config.toml" in done.stderr
    assert nlsh("-c", "!echo still").stdout == "still\n"


def test_a_reader_that_leaves_is_no_error(environment: dict[str, str]) -> None:
    """When the reader of a pipe has enough, nlsh ends without a word."""
    command = f"{sys.executable} {FAKE_NLSH} -c 'list processes' | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() in ("0", "141") and done.stderr == ""


def test_a_full_disk_is_said(environment: dict[str, str]) -> None:
    """Results that cannot be written are an error, and not lost in silence."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, FAKE_NLSH, "-c", "list processes"],
            env=environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1 and "No space left" in done.stderr


def test_closed_streams_do_no_harm(environment: dict[str, str]) -> None:
    """Without standard input or error the request is carried out all the same."""
    command = f"{sys.executable} {FAKE_NLSH} -c 'list processes' <&- 2>&-"
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "chrome" in done.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_end_it_tidily(environment: dict[str, str], number: int, code: int) -> None:
    """Ctrl-C, a polite end and a closed terminal end a watch, with the code that shells expect."""
    command = [sys.executable, FAKE_NLSH, "-c", "watch forever"]
    run = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert run.stdout.readline() == "watching\n"
    run.send_signal(number)
    _, said = run.communicate(timeout=20)
    assert run.returncode == code and "Traceback" not in said


def test_several_at_once(nlsh: Run) -> None:
    """Requests that run side by side do not disturb each other."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: nlsh("-c", "list processes", "--json"), range(6)))
    assert {each.returncode for each in done} == {0}
    assert len({each.stdout for each in done}) == 1


WATCH = """
import os, sys
sys.path.insert(0, ROOT)
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
from nlsh import cli
os.execvp = lambda *rest: sys.exit(0)
try:
    cli.main(sys.argv[1:])
finally:
    heavy = sys.stdin.read().split()
    print([name for name in heavy if name in sys.modules])
    print([path for path in opened if "gguf" in path or "models" in path])
"""
"""Runs nlsh up to where it becomes the shell, and shows which modules of its input and files of models it took."""

HEAVY = (
    "typing dataclasses pathlib argparse json inspect prompt_toolkit rich typer pydantic psutil llama_cpp numpy httpx "
    "nlsh.session nlsh.config nlsh.models"
)


@pytest.mark.parametrize(
    "arguments",
    [["--version"], ["-c", "true"], ["-c", "ls -l | head"], ["-c", "a\nb"], ["-lc", "ls", "name"], [__file__], ["-s"]],
    ids=str,
)
def test_a_command_costs_little(arguments: list[str]) -> None:
    """What is passed through opens no file of a model and imports nothing of the terminal, the model or of settings."""
    command = [
        sys.executable,
        "-I",
        "-S",
        "-c",
        WATCH.replace("ROOT", repr(ROOT)),
    ]
    done = subprocess.run([*command, *arguments], input=HEAVY, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["[]", "[]"]


def test_a_request_in_a_pipe_needs_no_colours(environment: dict[str, str]) -> None:
    """Without a terminal a request imports neither rich nor prompt_toolkit."""
    look = (
        "import runpy, sys\n"
        f"sys.argv = [{FAKE_NLSH!r}, '-c', 'list processes']\n"
        "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally:\n    print([n for n in ('rich', 'prompt_toolkit', 'typer', 'pydantic') if n in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", look],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_python_m_is_the_same(environment: dict[str, str]) -> None:
    """`python -m nlsh` is the nlsh command."""
    done = subprocess.run(
        [sys.executable, "-m", "nlsh", "-c", "!exit 7"], env={**os.environ, **environment}, check=False
    )
    assert done.returncode == 7
