"""The bash behind the prompt, with the keys of a person: jobs, signals, full screens, state, and every way to leave."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shell.conftest import FAKE_NLSH, PATIENCE, Terminal, person, running, until

PROMPT = "nlsh#" if os.geteuid() == 0 else "nlsh>"
Start = Callable[..., Terminal]

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def at_prompt(terminal: Terminal) -> bool:
    """Whether an empty prompt waits."""
    return terminal.last.endswith(PROMPT)


def before_prompt(text: str) -> Callable[[Terminal], bool]:
    """Whether a line of its own says this, and the prompt is back."""
    return lambda it: text in it.text.splitlines() and at_prompt(it)


@pytest.fixture(autouse=True)
def _home(environment: dict[str, str], tmp_path: Path) -> Path:
    """A home of its own, without the start-up files of whoever runs the tests."""
    home = tmp_path / "home"
    home.mkdir()
    environment["HOME"] = str(home)
    return home


@pytest.fixture
def shell(terminal: Start) -> Terminal:
    """The shell, at its prompt."""
    started = terminal()
    started.wait(at_prompt)
    return started


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One shell for several tests."""
    folder = tmp_path_factory.mktemp("lasting")
    shell = Terminal([sys.executable, FAKE_NLSH], {**person(folder), "HOME": str(folder)})
    shell.wait(at_prompt)
    yield shell
    shell.close()


def do(shell: Terminal, line: str) -> None:
    """Run a command, and wait for the prompt after it."""
    shell.say(line)
    shell.wait(lambda it: f"{PROMPT} {line[:40]}" in it.text and at_prompt(it))


def run(shell: Terminal, line: str, shown: str) -> None:
    """Run a command, and wait for a line of its output and the prompt after it."""
    shell.say(line)
    shell.wait(before_prompt(shown))


def children(pid: int) -> list[int]:
    """The children of a process."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


# --- state ---


@pytest.mark.parametrize(
    ("change", "look", "shown"),
    [
        ("cd /usr/lib", "pwd", "/usr/lib"),
        ("export ABC='a  b'", 'echo "$ABC"', "a  b"),
        ("umask 027", "umask", "0027"),
        ("ulimit -n 99", "ulimit -n", "99"),
        ("alias ll='echo listed'", "ll twice", "listed twice"),
        ("greet() { echo hello $1; }", "greet you", "hello you"),
        ("set -o noclobber", "echo $-", None),
        ("trap 'echo trapped' USR1", "kill -USR1 $$", "trapped"),
        ("x=5", "echo $((x + 1))", "6"),
        ("exec 9>/dev/null", "ls /proc/$$/fd | grep -x 9", "9"),
        ("false", "echo status $?", "status 1"),
        ("echo a b", 'echo "<$_>"', "<b>"),
        ("echo once", "fc -ln -1 | tr -d '\\t '", "echoonce"),
    ],
)
def test_state_lasts(lasting: Terminal, change: str, look: str, shown: str | None) -> None:
    """What a line changes in the shell holds for the next one."""
    shell = lasting
    do(shell, change)
    shell.say(look)
    shell.wait(before_prompt(shown) if shown else lambda it: re.search(r"^\w*C\w*$", it.text, re.MULTILINE))


def test_nlsh_stands_where_bash_stands(shell: Terminal) -> None:
    """The prompt, and nlsh itself, follow a cd."""
    shell.say("cd /usr && cd lib")
    shell.wait(lambda it: it.last == f"/usr/lib {PROMPT}")
    assert Path(f"/proc/{shell.pid}/cwd").resolve() == Path("/usr/lib").resolve()


def test_the_router_knows_what_bash_knows(shell: Terminal, tmp_path: Path) -> None:
    """An alias, a function and a program on a changed PATH are commands, where before they were sentences."""
    (tmp_path / "frobnicate").write_text("#!/bin/sh\necho program\n")
    (tmp_path / "frobnicate").chmod(0o755)
    shell.type("frobnicate")
    shell.wait(lambda it: it.last.endswith(" nlsh"))
    shell.type("\x15")
    do(shell, f"PATH={tmp_path}:$PATH; alias gizmo='echo alias'; widget() {{ echo function; }}")
    for line, shown in (("frobnicate", "program"), ("gizmo", "alias"), ("widget", "function")):
        run(shell, line, shown)


# --- lines ---


def test_an_incomplete_command_goes_on(shell: Terminal) -> None:
    """A loop, a quote and a here-document are typed over several lines."""
    for line in ("for i in 1 2; do", "echo $i$i", "done"):
        shell.say(line)
    shell.wait(before_prompt("22"))
    shell.say("echo 'open")
    shell.wait(lambda it: it.last == ">")
    shell.say("closed'")
    shell.wait(before_prompt("closed"))
    for line in ("cat <<E", "$((3 * 7)) \" '", "E"):
        shell.say(line)
    shell.wait(before_prompt("21 \" '"))


def test_ctrl_c_drops_an_incomplete_command(shell: Terminal) -> None:
    """Nothing of it is done, and the next line is a new one."""
    shell.say("echo one; echo 'two")
    shell.wait(lambda it: it.last == ">")
    shell.type("\x03")
    shell.wait(at_prompt)
    run(shell, "echo three", "three")
    assert "\none" not in shell.text


def test_pasted_lines_belong_together(shell: Terminal) -> None:
    """A pasted loop and here-document are one command each, whatever their lines look like; a sentence is one too."""
    pasted = (
        "for i in 1 2; do\nlist processes\ndone 2>&1 | tail -1 | cut -d: -f2-\ncat <<E\nkill chrome\nE\nlist processes"
    )
    shell.type(f"\x1b[200~{pasted}\x1b[201~")
    shell.wait("E\n")
    shell.type("\r")
    text = shell.wait("3.0 MiB")
    assert re.search(r"^.*list: command not found\nkill chrome\n", text, re.MULTILINE)


def test_a_syntax_error_is_said_and_forgotten(shell: Terminal) -> None:
    """It is the shell's own message, without a trace of how the line got there."""
    shell.say("!echo )")
    shell.wait("bash: syntax error near unexpected token `)'")
    run(shell, "echo $?", "2")


def test_odd_bytes_come_through(shell: Terminal) -> None:
    """Tabs, controls and characters of several bytes reach the command as they are, and lines may be long."""
    run(shell, "printf %s '\u00e4\u6f22' | wc -c", "5")
    run(shell, f"printf %s '{'x' * 9000}' | wc -c", "9000")


def test_nothing_is_typed_twice(shell: Terminal) -> None:
    """A line stands on the screen once, and its output follows it at once."""
    # It would come between, where the line is faster than the session; while it is shown the terminal itself echoes.
    shell.wait(before_prompt("sandbox: degraded (a test)"))
    shell.say("echo only once")
    shell.wait(before_prompt("only once"))
    assert shell.text.count("echo only once") == 1
    assert re.search(rf"{PROMPT} echo only once\nonly once\n\S* {PROMPT}$", shell.text)


def test_output_without_an_end_is_kept(shell: Terminal) -> None:
    """The prompt stands in a line of its own."""
    shell.say("printf unfinished")
    shell.wait(before_prompt("unfinished%"))


def test_tab_completes_as_bash_does(shell: Terminal, _home: Path) -> None:
    """Programmable completion, aliases, and files whose names need quoting; what is asked for is not run."""
    (_home / "two words").touch()
    do(shell, "complete -W 'alphabet gamma' gizmo; gizmo() { echo ran $1; }; alias outlandish=true; cd")
    for typed, line in (
        ("gizmo alp\t", "gizmo alphabet"),
        ("outlan\t", "outlandish"),
        ("cat two\t", "cat two\\ words"),
        ("cat $HOM\t", "cat $HOME"),
    ):
        shell.type(typed)
        shell.wait(lambda it, line=line: f"{PROMPT} {line}" in it.last)  # type: ignore[misc]
        shell.type("\x03")
        shell.wait(at_prompt)
    assert "\nran" not in shell.text
    run(shell, "gizmo done", "ran done")


def test_a_completion_that_hangs_is_given_up(shell: Terminal) -> None:
    """The line stays, and the next command runs."""
    do(shell, "hang() { sleep 6201; }; complete -F hang gizmo; gizmo() { echo ran; }")
    shell.type("gizmo x\t")
    until(lambda: bool(running("6201")))
    until(lambda: not running("6201"))
    shell.type("\r")
    shell.wait(before_prompt("ran"))


# --- jobs ---


def test_ctrl_c_ends_a_command(shell: Terminal) -> None:
    """It is the command's, with the exit status of the signal."""
    shell.say("sleep 6001")
    until(lambda: bool(running("6001")))
    shell.type("\x03")
    shell.wait(at_prompt)
    run(shell, "echo $?", "130")


def test_ctrl_backslash_ends_a_command(shell: Terminal) -> None:
    """As Ctrl-C does, with SIGQUIT."""
    shell.say("ulimit -c 0; sleep 6002")
    until(lambda: bool(running("6002")))
    shell.type("\x1c")
    shell.wait("Quit")
    shell.wait(at_prompt)
    run(shell, "echo $?", "131")


def test_a_stopped_job_goes_on(shell: Terminal) -> None:
    """Ctrl-Z stops it, bg and fg let it go on, jobs lists it, and Ctrl-C ends it in the foreground."""
    shell.say("sleep 6003")
    until(lambda: bool(running("6003")))
    shell.type("\x1a")
    shell.wait(lambda it: re.search(r"\[1\]\+  Stopped +sleep 6003", it.text) and at_prompt(it))
    shell.say("bg")
    shell.wait("[1]+ sleep 6003 &")
    shell.say("jobs")
    shell.wait(lambda it: re.search(r"\[1\]\+  Running +sleep 6003 &", it.text) and at_prompt(it))
    shell.say("fg")
    shell.wait(lambda it: it.text.endswith("fg\nsleep 6003"))
    shell.type("\x03")
    shell.wait(at_prompt)
    assert not running("6003")


def test_the_end_of_a_background_job_is_said(shell: Terminal) -> None:
    """Before the next prompt, as bash does; also after nothing but Enter."""
    shell.say("sleep 0.3 &")
    shell.wait(lambda it: re.search(r"^\[1\] \d+$", it.text, re.MULTILINE) and at_prompt(it))
    until(lambda: not running("0.3"))
    shell.type("\r")
    shell.wait(lambda it: re.search(r"\[1\]\+  Done +sleep 0.3", it.text) and at_prompt(it))


def test_a_background_job_writes_above_the_line(shell: Terminal, tmp_path: Path) -> None:
    """What it writes comes at once, and leaves what is being typed alone."""
    do(shell, f"(until test -e {tmp_path}/go; do sleep 0.05; done; echo from behind) &")
    shell.type("half a li")
    shell.wait(lambda it: it.last.endswith("half a li") or "half a li" in it.last)
    (tmp_path / "go").touch()
    shell.wait("\nfrom behind\n")
    shell.wait(lambda it: f"{PROMPT} half a li" in it.last)


def test_what_is_typed_ahead_is_kept(shell: Terminal) -> None:
    """A line typed while a command runs is the next one, and a sentence goes to nlsh also then."""
    shell.say("echo go; sleep 0.5")
    shell.wait("\ngo")
    shell.say("echo ahead")
    shell.say("list processes")
    shell.wait(lambda it: "\nahead\n" in it.text and "3.0 MiB" in it.text and at_prompt(it))


def test_what_is_typed_ahead_for_a_program_is_the_programs(shell: Terminal) -> None:
    """Also what came in one piece with the command."""
    shell.type("read x; echo got $x\rthis line\r")
    shell.wait(before_prompt("got this line"))


def test_a_killed_programs_modes_are_taken_back(shell: Terminal) -> None:
    """Raw mode, a hidden cursor and the other screen do not outlive a program that was killed in them."""
    do(shell, "sh -c 'stty raw -echo; printf \"\\033[?1049h\\033[?25l\"; kill -9 $$'")
    assert shell.raw.rindex(b"\x1b[?1049l") > shell.raw.rindex(b"\x1b[?1049h")
    shell.say("stty -a | grep -o ' icanon\\| echo '")
    shell.wait(lambda it: "\n icanon" in it.text and "\n echo" in it.text)


def test_what_stty_sets_lasts(shell: Terminal) -> None:
    """It is the state of the terminal, and the person's."""
    do(shell, "stty -ixon intr ^K")
    shell.say("stty -a | grep -o -e -ixon -e 'intr = ^K'")
    shell.wait(lambda it: "\n-ixon" in it.text and "\nintr = ^K" in it.text and at_prompt(it))


# --- full screens and large outputs ---


def test_the_window_size_follows(shell: Terminal, tmp_path: Path) -> None:
    """A command sees the size, and is told when it changes; the next one sees it too."""
    (tmp_path / "watch").write_text("trap 'stty size' WINCH; stty size; until test -e go; do sleep 0.05; done\n")
    do(shell, f"cd {tmp_path}")
    shell.say("sh watch")
    shell.wait("\n40 100")
    shell.resize(70)
    shell.wait("\n40 70")
    (tmp_path / "go").touch()
    shell.wait(at_prompt)
    shell.resize(80)
    run(shell, "tput cols", "80")


@pytest.mark.skipif(shutil.which("less") is None, reason="needs less")
def test_a_pager(shell: Terminal) -> None:
    """It has the whole screen, takes single keys, and gives the screen back."""
    shell.say("seq 500 | LESS= less")
    shell.wait(lambda it: it.last == ":")
    shell.type("G")
    shell.wait("\n500\n")
    shell.type("q")
    shell.wait(at_prompt)


@pytest.mark.skipif(shutil.which("vi") is None, reason="needs vi")
def test_an_editor_is_stopped_and_goes_on(shell: Terminal, tmp_path: Path) -> None:
    """Ctrl-Z in the middle of an edit gives the prompt, fg the editor as it was."""
    (tmp_path / "text").write_text("old\n")
    shell.say(f"vi {tmp_path}/text")
    shell.wait(lambda it: "~\n~" in it.text and "old" in it.text)
    shell.type("onew line\x1b\x1a")
    shell.wait(lambda it: "Stopped" in it.text and at_prompt(it))
    shell.say("fg")
    shell.wait(lambda it: "~\n~" in it.text and "new line" in it.text)
    shell.type(":wq\r")
    shell.wait(at_prompt)
    assert (tmp_path / "text").read_text() == "old\nnew line\n"


def test_binary_output_is_unchanged(terminal: Start, tmp_path: Path) -> None:
    """Three megabytes of anything come through byte for byte, and soon."""
    data = os.urandom(3 << 20).replace(b"\n", b"\r").replace(b"\x1b", b"\0")
    (tmp_path / "data").write_bytes(b"<begin>" + data + b"<end>")
    started = terminal()
    started.wait(at_prompt)
    started.type(f"stty -opost; cat {tmp_path}/data; stty opost\r")
    end = time.monotonic() + 2 * PATIENCE
    while b"<end>" not in started.raw[-4096:] and started.raw.count(b"<end>") < 1:
        assert started.read_raw() and time.monotonic() < end
    assert data == started.raw.partition(b"<begin>")[2].partition(b"<end>")[0]


def test_a_program_cannot_forge_a_mark(shell: Terminal) -> None:
    """A program that writes what bash writes does not give the prompt back, nor does one that guesses the secret."""
    secret = "0" * 32
    marks = "".join(f"\\033]133;{kind};nlsh={secret};1\\a" for kind in "DACP") + "\\033]133;A\\a\\033]133;D;0\\a"
    shell.say(f"printf '{marks}'; echo forged; read x; echo got $x")
    shell.wait("\nforged")
    shell.say("an answer")
    shell.wait(before_prompt("got an answer"))
    assert b"\x1b]133;A;nlsh=" + secret.encode() + b";1\a" in shell.raw


def test_the_marks_are_not_shown(shell: Terminal) -> None:
    """Nothing of how nlsh and bash speak reaches the terminal."""
    run(shell, "echo seen", "seen")
    do(shell, "set -x")
    run(shell, "echo traced", "+ echo traced")
    assert b"]133;" not in shell.raw and b"__nlsh" not in shell.raw


def test_no_descriptor_reaches_a_command(shell: Terminal) -> None:
    """What nlsh and bash speak through is not inherited by programs."""
    run(shell, "ls /proc/self/fd | tr '\\n' ,; echo", "0,1,2,3,")


# --- leaving, and a bash that is gone ---


def test_exit_leaves_with_its_status(shell: Terminal) -> None:
    """And with what a trap for the end writes."""
    do(shell, "trap 'echo the end' EXIT")
    shell.say("exit 7")
    assert shell.wait_end() == 7
    assert "\nthe end" in shell.text


def test_exec_leaves_with_the_status_of_the_program(shell: Terminal) -> None:
    """A program in the place of the shell has the terminal, and its end is that of nlsh."""
    shell.say("exec sh -c 'read x; echo got $x; exit 9'")
    shell.say("this")
    assert shell.wait_end() == 9
    assert "\ngot this" in shell.text


def test_set_e_leaves(shell: Terminal) -> None:
    """As in bash, a command that fails then ends the shell."""
    do(shell, "set -e")
    shell.say("false")
    assert shell.wait_end() == 1


def test_stopped_jobs_want_a_second_word(shell: Terminal) -> None:
    """Ctrl-D says that there are stopped jobs; a second one leaves, and no job is left behind."""
    shell.say("sleep 6010")
    until(lambda: bool(running("6010")))
    shell.type("\x1a")
    shell.wait(lambda it: "Stopped" in it.text and at_prompt(it))
    shell.type("\x04")
    shell.wait(lambda it: "There are stopped jobs." in it.text and at_prompt(it))
    shell.type("\x04")
    shell.wait_end()
    until(lambda: not running("6010"))


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
@pytest.mark.parametrize("where", ["at the prompt", "in a command"])
def test_a_signal_to_nlsh_reaches_the_jobs(shell: Terminal, number: signal.Signals, where: str) -> None:
    """SIGHUP and SIGTERM end nlsh, its bash and all jobs, running, stopped and in the background."""
    shell.say("sleep 6020 & sleep 6020")
    until(lambda: len(running("6020")) == 2)
    shell.type("\x1a")
    shell.wait(lambda it: "Stopped" in it.text and at_prompt(it))
    if where == "in a command":
        shell.say("echo go; sleep 6020")
        shell.wait("\ngo")
        until(lambda: len(running("6020")) == 3)
    os.kill(shell.pid, number)
    assert shell.wait_end() == 128 + number
    until(lambda: not running("6020"))
    assert not running(str(shell.pid))


@pytest.mark.parametrize("how", ["closed", "killed"])
def test_no_process_is_left_behind(shell: Terminal, how: str) -> None:
    """When the terminal goes away, or nlsh is killed, bash and the jobs end."""
    shell.say("sleep 6030 & echo $$ | tr 0-9 a-j")
    shell.wait(lambda it: re.search(r"^[a-j]+$", it.text, re.MULTILINE) and at_prompt(it))
    found = re.search(r"^[a-j]+$", shell.text, re.MULTILINE)
    assert found
    bash = int(found[0].translate(str.maketrans("abcdefghij", "0123456789")))
    if how == "closed":
        shell.hang_up()
    else:
        os.kill(shell.pid, signal.SIGKILL)
    until(lambda: not running("6030") and not Path(f"/proc/{bash}").exists())


def test_a_dead_bash_is_replaced(shell: Terminal) -> None:
    """That is said in one line; the folder and the exported variables are still there."""
    shell.say("cd /usr; export KEPT=yes; echo now")
    shell.wait(lambda it: "\nnow\n" in it.text and at_prompt(it))
    shell.say("kill -9 $$")
    shell.wait("the shell behind the prompt was ended by SIGKILL; a new one runs, without its jobs")
    run(shell, "echo $KEPT $PWD", "yes /usr")


def test_a_bash_that_dies_at_the_prompt_is_replaced(shell: Terminal, tmp_path: Path) -> None:
    """Also while nobody has given it anything to do."""
    do(shell, f"(until test -e {tmp_path}/go; do sleep 0.05; done; kill -9 $$) &")
    (tmp_path / "go").touch()
    shell.wait("was ended by SIGKILL")
    run(shell, "echo alive", "alive")


def test_a_shell_that_suspends_itself_goes_on(shell: Terminal) -> None:
    """There is nobody above it who could let it go on, so nlsh does."""
    shell.say("kill -STOP $$; echo on")
    shell.wait(before_prompt("on"))


# --- the start ---


def test_the_start_up_file_is_read(terminal: Start, _home: Path) -> None:
    """What it writes comes before the first prompt; its prompt, its PROMPT_COMMAND and its vi mode do no harm."""
    (_home / ".bashrc").write_text(
        "echo from the file\nPS1='mine> '\nPROMPT_COMMAND='echo before'\nset -o vi\nalias hi='echo aliased'\n"
    )
    started = terminal()
    started.wait(lambda it: "from the file" in it.text and at_prompt(it))
    run(started, "hi", "aliased")
    run(started, 'echo "${PS1##*]}."', "mine> .")


def test_a_start_up_file_read_again_does_no_harm(shell: Terminal, _home: Path) -> None:
    """One that sets PROMPT_COMMAND anew, or takes it away, does not come between nlsh and bash."""
    (_home / "again").write_text("PROMPT_COMMAND=true\n")
    for line in ("source ~/again", "unset PROMPT_COMMAND", "PROMPT_COMMAND=(true)", "shopt -u promptvars"):
        do(shell, line)
        run(shell, "echo still here", "still here")
        shell.say("clear")
        shell.wait(lambda it: len(it.text.splitlines()) == 1)


def test_without_line_editing_lines_are_typed(shell: Terminal) -> None:
    """After `set +o emacs` bash has no readline; lines go to it all the same, and too long ones are not cut short."""
    do(shell, "set +o emacs")
    run(shell, "echo plain; false", "plain")
    run(shell, "echo $?", "1")
    shell.say(f"echo {'x' * 5000}")
    shell.wait("a line this long needs line editing")


def test_a_slow_start_up_file_does_not_hold_up_the_prompt(terminal: Start, _home: Path) -> None:
    """The prompt is there before it is done, a command waits for it, and Ctrl-C then ends it."""
    (_home / ".bashrc").write_text("until test -e ~/go; do read -t 0.05 x; done; alias hi='echo aliased'\n")
    started = terminal()
    started.wait(at_prompt)
    started.say("!hi")
    (_home / "go").touch()
    started.wait(before_prompt("aliased"))


def test_a_password_of_the_start_up_file_is_no_line(terminal: Start, _home: Path, environment: dict[str, str]) -> None:
    """What it asks for without echo goes to it, however long that takes, and is neither shown nor kept."""
    (_home / ".bashrc").write_text("read -rsp 'Passphrase: ' x; echo; echo ${#x} letters\n")
    started = terminal()
    started.wait("Passphrase:")
    started.say("open sesame")
    started.wait(before_prompt("11 letters"))
    assert "sesame" not in started.text
    history = Path(environment["NLSH_HOME"]) / "state" / "history"
    assert not history.exists() or "sesame" not in history.read_text()


def test_nlsh_in_its_own_start_up_file_ends_in_bash(terminal: Start, _home: Path) -> None:
    """A ~/.bashrc that becomes nlsh does not start one nlsh after the other."""
    (_home / ".bashrc").write_text(f"exec {sys.executable} {FAKE_NLSH}\n")
    started = terminal()
    started.wait(at_prompt)
    run(started, "echo bash", "bash")
    assert not set(running(FAKE_NLSH)) & set(children(started.pid))


@pytest.mark.parametrize("other", ["sh", "broken"])
def test_without_bash_each_command_gets_a_shell(
    terminal: Start, environment: dict[str, str], tmp_path: Path, other: str
) -> None:
    """Another shell runs each command by itself; a bash that does not start is said once."""
    (tmp_path / "bash-broken").write_text('#!/bin/sh\ntest "$1" = -c && exec /bin/sh "$@"\nexit 3\n')
    (tmp_path / "bash-broken").chmod(0o755)
    environment["NLSH_SH"] = "/bin/sh" if other == "sh" else str(tmp_path / "bash-broken")
    started = terminal()
    started.wait(lambda it: PROMPT in it.text)
    run(started, "!echo works", "works")
    assert started.text.count("bash does not start here") == (other == "broken")
