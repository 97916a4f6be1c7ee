"""`nlsh` at a terminal: real programs in a pty, read off the screen."""

from __future__ import annotations

import os
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.shell.conftest import running, until

PROMPT = "nlsh#" if os.geteuid() == 0 else "nlsh>"
Start = Callable[..., "object"]


@pytest.fixture
def shell(terminal):  # type: ignore[no-untyped-def]
    """The shell, at its prompt."""
    started = terminal()
    started.wait(at_prompt)
    return started


def at_prompt(terminal) -> bool:  # type: ignore[no-untyped-def]
    """Whether an empty prompt waits."""
    return bool(terminal.last.endswith(PROMPT))


def say(terminal, line: str) -> None:  # type: ignore[no-untyped-def]
    """Type a line and Enter."""
    terminal.type(line + "\r")


def test_notices_come_first(shell) -> None:  # type: ignore[no-untyped-def]
    """What is to be known is said above the first prompt, a line each, while what is typed there stays."""
    shell.type("half a sen")
    shell.wait("sandbox: degraded (a test)")
    shell.type("tence")
    shell.wait(lambda it: f"{PROMPT} half a sentence" in it.last)
    assert shell.text.splitlines()[0] == "sandbox: degraded (a test)"
    assert shell.text.count(PROMPT) == 1


def test_a_request_shows_a_numbered_table(shell) -> None:  # type: ignore[no-untyped-def]
    """Rows have the numbers by which the next sentence names them, and names cannot steer the terminal."""
    say(shell, "list processes")
    assert "1  4242  chrome" in shell.wait("3.0 MiB")
    assert "␛[31mred" in shell.text and b"\x1b[31mred" not in shell.raw


def test_what_is_asked_is_what_is_shown(shell) -> None:  # type: ignore[no-untyped-def]
    """The question names each process with its facts, the command line for it, the reason and the rule."""
    say(shell, "kill chrome")
    text = shell.wait("[y/N]")
    for shown in ("4242", "chrome", "ada", "12.5%", "2 min 5 s", "/opt/chrome", "kill 4242", "cannot be undone"):
        assert shown in text
    assert "rule destroys-ask" in text
    shell.type("y")
    shell.wait("ended chrome (4242)")


@pytest.mark.parametrize("key", ["n", "\r", " ", "\x1b[A", "\x04", "\x1b"])
def test_any_other_key_is_no(shell, key: str) -> None:  # type: ignore[no-untyped-def]
    """Only y is a yes."""
    say(shell, "kill chrome")
    shell.wait("[y/N]")
    shell.type(key)
    assert "ended" not in shell.wait("you said no")


def test_what_was_typed_before_is_no_answer(shell) -> None:  # type: ignore[no-untyped-def]
    """Keys typed ahead of the question do not answer it."""
    shell.type("kill chrome\ryyyy")
    shell.wait("[y/N]")
    shell.type("n")
    assert "ended" not in shell.wait("you said no")


def test_a_word_is_typed_in_full(shell) -> None:  # type: ignore[no-untyped-def]
    """Where the policy wants the word, a y is not enough, and the word is."""
    say(shell, "kill everything")
    shell.wait("Type kill to go on")
    say(shell, "y")
    shell.wait("you said no")
    say(shell, "kill everything")
    shell.wait(lambda it: it.text.count("Type kill") == 2)
    say(shell, "kill")
    shell.wait("ended chrome")


def test_ctrl_c_at_a_question_cancels(shell) -> None:  # type: ignore[no-untyped-def]
    """Ctrl-C at a question does nothing to anybody, and the shell goes on."""
    say(shell, "kill chrome")
    shell.wait("[y/N]")
    shell.type("\x03")
    assert "ended" not in shell.wait("cancelled")
    shell.wait(at_prompt)


def test_doubt_is_a_choice(shell) -> None:  # type: ignore[no-untyped-def]
    """A doubtful reading shows what may be meant; the number of one carries it out."""
    say(shell, "end chrome perhaps")
    text = shell.wait("Which one? [1/2/e to edit/N]")
    assert "two readings" in text and "1  process.list" in text and "2  process.kill (name chrome)" in text
    shell.type("2")
    shell.wait("[y/N]")  # choosing is no confirmation
    shell.type("n")
    shell.wait("you said no")


def test_doubt_can_be_edited_away(shell) -> None:  # type: ignore[no-untyped-def]
    """With e the line comes back for editing."""
    say(shell, "end chrome perhaps")
    shell.wait("Which one?")
    shell.type("e")
    shell.wait(lambda it: f"{PROMPT} end chrome perhaps" in it.last)


def test_no_choice_does_nothing(shell) -> None:  # type: ignore[no-untyped-def]
    """Any other key does nothing."""
    say(shell, "end chrome perhaps")
    shell.wait("Which one?")
    shell.type("x")
    shell.wait("nothing was done")


def test_a_missing_target_is_no_choice(shell) -> None:  # type: ignore[no-untyped-def]
    """A request that names nobody cannot be chosen; the line comes back."""
    say(shell, "kill a process")
    shell.wait(lambda it: it.text.count("kill a process") == 2 and "kill a process" in it.last)
    assert "names no process" in shell.text and "Which one" not in shell.text


def test_ctrl_c_clears_the_line(shell) -> None:  # type: ignore[no-untyped-def]
    """Ctrl-C at the prompt drops what was typed and starts afresh."""
    shell.type("kill chr")
    shell.wait("kill chr")
    shell.type("\x03")
    shell.wait(at_prompt)
    say(shell, "!echo alive")
    shell.wait("\nalive")


def test_ctrl_c_cancels_a_request(shell) -> None:  # type: ignore[no-untyped-def]
    """Ctrl-C during a request ends the request, never the shell; after a second it says what takes so long."""
    say(shell, "slow")
    shell.wait("loading the model…")
    shell.type("\x03")
    shell.wait("cancelled")
    shell.wait(at_prompt)
    assert "loading the model" not in shell.text


def test_ctrl_d_leaves(shell) -> None:  # type: ignore[no-untyped-def]
    """Ctrl-D on an empty line leaves, with the exit code of the last request."""
    say(shell, "kill nobody")
    shell.wait("no process is called nobody")
    shell.wait(at_prompt)
    shell.type("\x04")
    assert shell.wait_end() == 4


def test_a_sentence_leaves(shell) -> None:  # type: ignore[no-untyped-def]
    """Saying goodbye leaves."""
    say(shell, "goodbye")
    assert shell.wait_end() == 0


def test_leaving_with_jobs_wants_a_second_word(shell) -> None:  # type: ignore[no-untyped-def]
    """A running job is not lost by a single Ctrl-D."""
    say(shell, "watch forever")
    shell.wait("report 2")
    shell.wait(at_prompt)
    shell.type("\x04")
    shell.wait("a background job would end")
    shell.wait(at_prompt)
    shell.type("\x04")
    assert shell.wait_end() == 0


def test_jobs_report_above_the_prompt(shell) -> None:  # type: ignore[no-untyped-def]
    """What a job reports stands above the line that is being typed, and leaves it as it is."""
    shell.type("watch it\rlist pro")
    shell.wait("report 2")
    shell.wait(lambda it: f"{PROMPT} list pro" in it.last)
    assert shell.text.splitlines()[-2].endswith("report 2")


def test_a_failed_job_is_said(shell) -> None:  # type: ignore[no-untyped-def]
    """That a job failed, and why, is said at the next prompt."""
    say(shell, "watch it fail")
    shell.wait("report 2")
    say(shell, "!true")
    shell.wait("job 1 failed: watch it: it broke")


def test_commands_have_the_terminal(shell) -> None:  # type: ignore[no-untyped-def]
    """A command after ! sees a terminal, and its exit code does not end the shell."""
    say(shell, "!test -t 0 && test -t 1 && echo both; (exit 3)")
    shell.wait("\nboth")
    shell.wait(at_prompt)


def test_the_terminal_is_put_back(shell) -> None:  # type: ignore[no-untyped-def]
    """A command that dies with the terminal in raw mode leaves a terminal that works."""
    say(shell, "!stty raw -echo; kill -9 $$")
    shell.wait(at_prompt)
    say(shell, "!stty -a | grep -o ' icanon\\| echo '")
    shell.wait("icanon")
    shell.wait(" echo")


def test_ctrl_c_ends_a_command_and_not_the_shell(shell) -> None:  # type: ignore[no-untyped-def]
    """Ctrl-C goes to the command that has the terminal."""
    say(shell, "!sleep 6061")
    until(lambda: bool(running("6061")))
    shell.type("\x03")
    shell.wait(at_prompt)
    say(shell, "!echo alive")
    shell.wait("\nalive")


def test_jobs_do_not_write_into_a_command(shell) -> None:  # type: ignore[no-untyped-def]
    """What a job reports while a command has the terminal waits until it has given it back."""
    say(shell, "watch for a signal")
    shell.wait("watching")
    shell.wait(at_prompt)
    say(shell, "!touch $NLSH_HOME/go; until test -e $NLSH_HOME/told; do :; done; echo finished")
    text = shell.wait("report 0")
    assert text.index("\nfinished") < text.index("report 0")


def test_cd_stays(shell) -> None:  # type: ignore[no-untyped-def]
    """A change of folder holds, and the prompt shows it."""
    say(shell, "!cd /usr")
    shell.wait(lambda it: it.last == f"/usr {PROMPT}")
    say(shell, "!pwd")
    shell.wait("\n/usr\n")


def test_pasted_lines_are_requests_in_order(shell) -> None:  # type: ignore[no-untyped-def]
    """Lines pasted at once wait for Enter and are then carried out in order, up to the first failure."""
    shell.type("\x1b[200~list processes\nkill nobody\nlist processes\x1b[201~")
    shell.wait("kill nobody")
    shell.type("\r")
    assert shell.wait("no process is called nobody").count("3.0 MiB") == 1


def test_history_is_private_and_suggests(terminal, environment: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    """Lines are kept in a file that only the owner reads, and come back as ghost text."""
    first = terminal()
    first.wait(at_prompt)
    say(first, "list processes")
    first.wait("3.0 MiB")
    say(first, " !echo secret")
    first.wait("\nsecret")
    first.wait(at_prompt)
    first.type("\x04")
    first.wait_end()
    history = Path(environment["NLSH_HOME"]) / "state" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "list processes" in history.read_text() and "secret" not in history.read_text()
    second = terminal()
    second.wait(at_prompt)
    second.type("list pr")
    second.wait("list processes")
    second.type("\x1b[C\r")  # the right arrow takes the ghost text
    second.wait("3.0 MiB")


def test_a_history_that_cannot_be_written_is_said_once(terminal, environment: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    """Where the history cannot be kept the shell says so and goes on."""
    (Path(environment["NLSH_HOME"]) / "state").write_text("no folder")
    started = terminal()
    started.wait(at_prompt)
    say(started, "!echo one")
    started.wait("\none")
    say(started, "!echo two")
    assert started.wait("\ntwo").count("the history cannot be") == 1


def test_tab_completes_sentences(shell) -> None:  # type: ignore[no-untyped-def]
    """Tab completes what the verbs can do."""
    shell.type("good\t")
    shell.wait(lambda it: "goodbye" in it.last)


def test_tab_completes_paths(terminal, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Tab completes paths, also for commands."""
    (tmp_path / "unmistakable.txt").touch()
    shell = terminal(columns=200)
    shell.wait(at_prompt)
    shell.type(f"!ls {tmp_path}/unmis\t")
    shell.wait("unmistakable.txt")


def test_a_wide_table_fits(terminal) -> None:  # type: ignore[no-untyped-def]
    """On a narrow terminal nothing runs over the edge: rows become blocks."""
    started = terminal(columns=30)
    started.wait(lambda it: PROMPT in it.text)
    say(started, "list processes")
    started.wait("Memory   3.0 MiB")


def test_a_closed_terminal_ends_it(shell) -> None:  # type: ignore[no-untyped-def]
    """When the terminal goes away the shell ends with it."""
    os.kill(shell.pid, signal.SIGHUP)
    assert shell.wait_end() == 129


def test_the_first_start_offers_a_model(terminal, environment: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    """Without a model the first start offers one, and a no is not asked again."""
    (Path(environment["NLSH_HOME"]) / "config" / "config.toml").unlink()
    first = terminal()
    first.wait("Fetch it and set it up now? [y/N]")
    first.type("n")
    first.wait("later: nlshctl model install")
    first.wait(at_prompt)
    say(first, "!echo still a shell")
    first.wait("\nstill a shell")
    second = terminal()
    assert "[y/N]" not in second.wait("no model is installed")
    second.wait(at_prompt)


def test_a_broken_settings_file_is_said_and_the_shell_starts(terminal, environment: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    """A shell starts whatever its settings file holds."""
    (Path(environment["NLSH_HOME"]) / "config" / "config.toml").write_text("model = 3")
    (Path(environment["NLSH_HOME"]) / "state").mkdir()
    (Path(environment["NLSH_HOME"]) / "state" / "model-offered").touch()
    started = terminal(columns=200)
    started.wait("model cannot be 3")
    started.wait(at_prompt)


def test_one_shot_at_a_terminal_asks(terminal) -> None:  # type: ignore[no-untyped-def]
    """`nlsh -c` at a terminal asks the person there."""
    started = terminal("-c", "kill chrome")
    started.wait("[y/N]")
    started.type("y")
    started.wait("ended chrome")
    assert started.wait_end() == 0


def test_ctrl_c_ends_a_watch(terminal) -> None:  # type: ignore[no-untyped-def]
    """Ctrl-C ends a one-shot that watches, with 130."""
    started = terminal("-c", "watch forever")
    started.wait("report 2")
    started.type("\x03")
    assert started.wait_end() == 130


def test_the_background_does_not_take_the_terminal(terminal) -> None:  # type: ignore[no-untyped-def]
    """A command that nlsh runs in the background of another shell leaves the terminal to that shell."""
    fake = Path(__file__).parent / "fake_nlsh.py"
    line = f"set -m; {sys.executable} {fake} -c '!true' --timeout 9 & wait; read -p 'mine? ' x; echo got $x"
    started = terminal(line, command=("/bin/bash", "-c"))
    started.wait("mine?")
    say(started, "yes")
    started.wait("got yes")


def test_the_real_shell_starts_without_a_model(terminal, environment: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    """With no usable model nlsh is still a shell: commands run, and a request says what is missing."""
    started = terminal(command=(sys.executable, "-m", "nlsh"), columns=200)
    started.wait(at_prompt)
    say(started, "!echo a shell")
    started.wait("\na shell")
    say(started, "list processes")
    started.wait("own.gguf")
    started.wait(at_prompt)
    started.type("\x04")
    assert started.wait_end() == 7
