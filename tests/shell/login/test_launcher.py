"""`nlsh-login` and what is behind it: nlsh, and where that cannot start the plain shell, with everything passed on."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.shell.login.conftest import ROOT, Launcher, Run, at_prompt

BROKEN = {
    "missing": ("", "No such file or directory"),
    "no-program": ("exec /nonexistent/python", "/nonexistent/python"),
    "failing": ("echo one >&2; echo the reason >&2; exit 1", "the reason"),
    "silent": ("exit 7", "it ended with 7"),
    "segfault": ("kill -SEGV $$", "Segmentation fault"),
    "abort": ("kill -ABRT $$", "Aborted"),
    "out-of-memory": ("kill -KILL $$", "Killed"),
    "upgraded": (f'exec {sys.executable} -S "$@"', "No module named 'nlsh'"),
    "bad-package": (f'shift; PYTHONPATH=$HOME exec {sys.executable} -P -S "$@"', "NameError: name 'broken'"),
    "no-library": (
        f'shift; PYTHONHOME=/nonexistent exec {sys.executable} "$@"',
        "ModuleNotFoundError: No module named 'encodings'",
    ),
}
"""What may stand where Python was, and a part of the line that says so."""


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, compiled: Launcher, home: Path) -> str:
    """Something broken where Python should be; what is said of it."""
    script, said = BROKEN[request.param]
    compiled.behind(script + "\n")
    if not script:
        compiled.python.unlink()
    shell = home / "nlsh" / "shell"
    shell.mkdir(parents=True)
    for file in ("__init__.py", "shell/__init__.py", "shell/launcher.py", "launched.py"):
        (home / "nlsh" / file).write_bytes((ROOT / "nlsh" / file).read_bytes())
    (home / "nlsh" / "cli.py").write_text("broken\n")
    return said


def test_a_command_runs_without_nlsh(broken: str, run: Run) -> None:
    """Whatever is wrong with nlsh, `-c` runs with its arguments; one line on standard error is all that is added."""
    done = run("-c", 'printf "%s." "$0" "$@"; exit 3', "name", "a", "b  c", b"\xff")
    assert (done.returncode, done.stdout) == (3, b"name.a.b  c.\xff.")
    assert done.stderr.startswith(b"nlsh: nlsh cannot start (") and done.stderr.endswith(b"; this is the plain shell\n")
    assert done.stderr.count(b"\n") == 1 and broken.encode() in done.stderr


def test_a_script_on_standard_input_runs_without_nlsh(broken: str, run: Run) -> None:
    """The plain shell finds standard input whole."""
    done = run(stdin=b"echo begun\nexit 3\n")
    assert (done.returncode, done.stdout) == (3, b"begun\n")


def test_a_person_gets_a_plain_login_shell(broken: str, compiled: Launcher, terminal, env) -> None:  # type: ignore[no-untyped-def]
    """At a terminal the person sees one line, and has a login shell that reads the profile."""
    (Path(env["HOME"]) / ".profile").write_text("PS1='plain$ '\n")
    started = terminal("--login", command=["/usr/bin/env", "-i", *_words(env), str(compiled.program)], columns=200)
    started.wait(lambda it: it.last == "plain$")
    assert started.text.splitlines()[-2].endswith("; this is the plain shell")
    started.type("echo $((40+2)); exit 5\r")
    started.wait("\n42")
    assert started.wait_end() == 5


def test_a_broken_library_leaves_commands_and_a_shell(compiled: Launcher, run: Run, terminal, env, home: Path) -> None:  # type: ignore[no-untyped-def]
    """What only the prompt needs is broken: commands do not notice, and a person gets the plain shell at last."""
    (home / "prompt_toolkit.py").write_text("raise RuntimeError('half upgraded')\n")
    compiled.behind(f'shift; PYTHONPATH=$HOME:{ROOT} exec {sys.executable} -P "$@"\n')
    done = run("-c", "echo works")
    assert (done.stdout, done.stderr) == (b"works\n", b"")
    started = terminal("--login", command=["/usr/bin/env", "-i", *_words(env), str(compiled.program)], columns=200)
    started.wait("this is the plain shell")
    assert started.text.count("nlsh itself failed: RuntimeError: half upgraded; more in") == 2
    started.type("echo is-$((40+2))\r")
    started.wait("is-42")


def _words(env: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in env.items()]


def test_a_leading_dash_is_a_login(compiled: Launcher, run: Run, home: Path) -> None:
    """The mark of a login shell reaches nlsh, and the plain shell where there is no nlsh."""
    (home / ".profile").write_text("echo profile\n")
    compiled.behind("echo none >&2; exit 1")
    assert run("-c", "echo command", name="-nlsh-login").stdout == b"profile\ncommand\n"
    assert run("--login", "-c", "echo command").stdout == b"profile\ncommand\n"
    assert run("-c", "echo command").stdout == b"command\n"
    compiled.behind('printf "%s\\n" "$@" >&2; exit 1')
    assert b"(command)" in run("-c", "command", name="-nlsh-login").stderr  # the last argument is the last line
    compiled.behind('shift 5; echo "$*" >&2; exit 1')
    assert b"(--login -c command)" in run("-c", "command", name="-nlsh-login").stderr


@pytest.mark.parametrize(("value", "safe"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_safe_mode_starts_no_python(compiled: Launcher, run: Run, value: str, safe: bool) -> None:
    """With NLSH_SAFE the plain shell starts at once, and nothing is added to its output."""
    compiled.behind("echo started >&2; exit 1")
    done = run("-c", 'echo "$0"', "x", more={"NLSH_SAFE": value})
    assert (done.stdout, b"started" in done.stderr) == (b"x\n", not safe)
    assert not safe or not done.stderr


@pytest.mark.parametrize(
    ("command", "status"),
    [("true", 0), ("exit 3", 3), ("/etc/passwd", 126), ("frobnicate --all", 127), ("kill -9 $$", -9), ("kill $$", -15)],
)
def test_the_status_is_that_of_the_command(launcher: Launcher, run: Run, command: str, status: int) -> None:
    """It ends as the command ended, by the same signal if there was one."""
    assert run("-c", command).returncode == status


def test_nothing_is_added(launcher: Launcher, run: Run, env: dict[str, str]) -> None:
    """The command gets its input, its arguments and its environment byte for byte, and its output is all there is."""
    done = run("-c", 'cat; printf "%s." "$@"; echo error >&2', "x", b"\xff\n", stdin=bytes(range(256)))
    assert (done.stdout, done.stderr) == (bytes(range(256)) + b"\xff\n.", b"error\n")
    listed = run("-c", "env -0").stdout.split(b"\0")
    names = {entry.split(b"=")[0] for entry in listed if entry}
    assert names - {b"PYTHONPATH"} == {name.encode() for name in env} | {b"PWD", b"SHLVL", b"_"}


def test_descriptors_are_passed_on(launcher: Launcher, env: dict[str, str]) -> None:
    """An open descriptor reaches the command, and those of the launcher do not."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe:
        subprocess.run(
            [launcher.program, "-c", f"echo here >&{writing}; ls /proc/self/fd >&{writing}"],
            env=env, pass_fds=[writing], check=True,
        )  # fmt: skip
        os.close(writing)
        here, *numbers = pipe.read().split()
    assert here == b"here" and set(map(int, numbers)) == {0, 1, 2, 3, writing}


def test_nobody_waits_for_the_launcher_to_close_a_pipe(launcher: Launcher, env: dict[str, str]) -> None:
    """A command that closes its output and goes on has closed it."""
    with _waiting(launcher, env, "echo ready; exec >&-; read x") as process:
        assert process.stdout and process.stdout.read() == b""
        assert process.poll() is None


def test_a_broken_pipe_ends_the_command(launcher: Launcher, env: dict[str, str]) -> None:
    """`yes | head` ends with the signal, although Python ignores it."""
    script = f"{launcher.program} -c yes | head -1; echo ${{PIPESTATUS[0]}}"
    assert subprocess.run(["bash", "-c", script], env=env, capture_output=True, check=True).stdout == b"y\n141\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_is_passed_on(launcher: Launcher, env: dict[str, str], number: signal.Signals) -> None:
    """Who signals the launcher means the shell."""
    command = f"trap 'exit 9' {number.name[3:]}; echo ready; while :; do sleep 0.05; done"
    with _waiting(launcher, env, command) as process:
        process.send_signal(number)
        assert process.wait(30) == 9


def test_killing_the_launcher_kills_the_shell(launcher: Launcher, env: dict[str, str]) -> None:
    """Signal 9 cannot be passed on, and reaches the shell all the same."""
    with _waiting(launcher, env, "echo ready; read x; echo survived") as process:
        process.kill()
        assert process.stdout and process.stdout.read() == b""


@contextmanager
def _waiting(launcher: Launcher, env: dict[str, str], command: str) -> Iterator[subprocess.Popen[bytes]]:
    words = [launcher.program, "-c", command]
    with subprocess.Popen(words, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout and process.stdout.readline() == b"ready\n"
        yield process


def test_what_is_ignored_stays_ignored(launcher: Launcher, env: dict[str, str]) -> None:
    """nohup holds for the command too."""
    script = f"""nohup {launcher.program} -c 'kill -HUP $$; echo alive'"""
    assert subprocess.run(["sh", "-c", script], env=env, capture_output=True, check=True).stdout == b"alive\n"


def test_a_login_starts_with_clean_signals(launcher: Launcher, env: dict[str, str]) -> None:
    """Signals that a careless login program ignores or blocks are those of the kernel again."""

    def careless() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])

    done = subprocess.run(
        ["-nlsh-login", "-c", "grep -E '^Sig(Blk|Ign)' /proc/self/status"],
        executable=launcher.program, env=env, preexec_fn=careless, capture_output=True, check=True,
    )  # fmt: skip
    blocked, ignored = (int(line.split()[1], 16) for line in done.stdout.splitlines())
    assert not blocked and not ignored & 1 << signal.SIGHUP - 1


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2)])
@pytest.mark.parametrize("works", [True, False])
def test_closed_standard_descriptors(
    launcher: Launcher, env: dict[str, str], home: Path, closed: tuple[int, ...], works: bool
) -> None:
    """Without standard input, output or error the command runs, and none of its files gets one of their numbers."""
    if not works:
        launcher.behind("exit 1")

    def close() -> None:
        for descriptor in closed:
            os.close(descriptor)

    marker = home / "ran"
    subprocess.run(
        [launcher.program, "-c", f"echo ran 3> {marker} >&3"],
        env=env, preexec_fn=close, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        check=True, timeout=60,
    )  # fmt: skip
    assert marker.read_text() == "ran\n"


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        (resource.RLIMIT_AS, 16 << 20),
        (resource.RLIMIT_AS, 64 << 20),
        (resource.RLIMIT_NOFILE, 4),
        (resource.RLIMIT_NOFILE, 6),
        (resource.RLIMIT_FSIZE, 0),
    ],
)
def test_low_limits_leave_a_shell(launcher: Launcher, env: dict[str, str], limit: int, value: int) -> None:
    """Where there is too little memory or there are too few descriptors for Python, the plain shell still runs."""

    def lower() -> None:
        resource.setrlimit(limit, (value, value))

    words = [launcher.program, "-c", "echo $((40+2))"]
    done = subprocess.run(words, env=env, preexec_fn=lower, capture_output=True, check=True, timeout=60)
    assert done.stdout == b"42\n"


def test_an_environment_that_python_has_no_room_for(launcher: Launcher, run: Run) -> None:
    """An environment so large that a few more arguments are too many still gives a shell."""
    room = os.sysconf("SC_ARG_MAX")
    words = {f"V{number}": "x" * 100_000 for number in range(room // 100_100)}
    for spare in (300, 100, 40):
        used = sum(len(name) + len(value) + 10 for name, value in words.items())
        last = "x" * max(0, min(100_000, room - used - 2500 - spare))
        done = run("-c", "echo $((40+2))", more={**words, "LAST": last})
        assert done.stdout == b"42\n"


def test_the_current_folder_is_not_looked_into(launcher: Launcher, run: Run, home: Path, compiled: Launcher) -> None:
    """Modules in the current folder, PYTHONPATH and PYTHONSTARTUP have no say in a login."""
    for name in ("nlsh", "os", "signal", "site", "sitecustomize"):
        (home / f"{name}.py").write_text("print('hijacked')\n")
    compiled.behind(f'exec {sys.executable} "$@"')
    more = {"PYTHONPATH": str(home), "PYTHONHOME": str(home), "PYTHONSTARTUP": str(home / "os.py")}
    assert run("-c", "echo mine", more=more).stdout == b"mine\n"


def test_a_script_does_not_call_what_is_in_its_folder(launcher: Launcher, run: Run, home: Path) -> None:
    """A program called nlsh there is not the one that a script calls for its sentences."""
    (home / "nlsh").write_text("#!/bin/sh\necho hijacked\n")
    (home / "nlsh").chmod(0o755)
    done = run(stdin=b"echo mine\n?list processes\n")
    assert done.stdout == b"mine\n" and b"own.gguf" in done.stderr


def test_a_crash_at_the_prompt_gives_the_plain_shell(launcher: Launcher, terminal, env) -> None:  # type: ignore[no-untyped-def]
    """Even where Python itself dies the person keeps a shell, and the terminal is as it was."""
    started = _logged_in(launcher, terminal, env)
    os.kill(_child(started.pid), signal.SIGSEGV)
    started.wait("nlsh: nlsh crashed (Segmentation fault); this is the plain shell")
    started.type("\recho $((40+2)); stty -a | grep -o ' icanon'\r")
    started.wait("42\n icanon")
    started.type("exit 4\r")
    assert started.wait_end() == 4


def test_the_locale_is_that_of_the_login(launcher: Launcher, terminal, env) -> None:  # type: ignore[no-untyped-def]
    """A login without a locale has none: the one that Python makes for itself reaches no command."""
    del env["LANG"]
    started = _logged_in(launcher, terminal, env)
    started.type('!echo "<$LANG$LC_CTYPE$LC_ALL>"\r')
    started.wait("\n<>")


def test_a_wrong_option_is_said_and_is_no_crash(launcher: Launcher, terminal, env) -> None:  # type: ignore[no-untyped-def]
    """What the person asked for cannot be, and no other shell takes its place."""
    started = terminal("--json", command=["/usr/bin/env", "-i", *_words(env), str(launcher.program)])
    assert started.wait_end() == 2 and "plain shell" not in started.text


def test_what_was_typed_for_nlsh_does_not_reach_the_plain_shell(launcher: Launcher, terminal, env) -> None:  # type: ignore[no-untyped-def]
    """A sentence that was on its way is dropped: the plain shell would take it for a command."""
    started = _logged_in(launcher, terminal, env)
    child = _child(started.pid)
    os.kill(child, signal.SIGSTOP)
    started.type("touch $HOME/the-file\r")
    os.kill(child, signal.SIGKILL)
    started.wait("nlsh crashed (Killed)")
    started.type("\recho $((40+2))\r")
    started.wait("42")
    assert not (Path(env["HOME"]) / "the-file").exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_an_ended_session_has_ended(launcher: Launcher, terminal, env, number: signal.Signals) -> None:  # type: ignore[no-untyped-def]
    """Who hangs up, or asks the shell to end, gets no plain shell."""
    started = _logged_in(launcher, terminal, env)
    os.kill(started.pid, number)
    assert started.wait_end() in (-number, 128 + number)


def test_ctrl_c_ends_a_start_that_hangs(launcher: Launcher, terminal, env) -> None:  # type: ignore[no-untyped-def]
    """A person who does not want to wait for nlsh gets the plain shell."""
    launcher.behind("echo > $HOME/started; sleep 1000")
    started = terminal(command=["/usr/bin/env", "-i", *_words(env), "PS1=plain$ ", str(launcher.program)])
    _until(lambda: (Path(env["HOME"]) / "started").exists())
    started.type("\x03")
    started.wait("nlsh cannot start (Interrupt)")
    started.type("echo $((40+2))\r")
    started.wait("42")


def _logged_in(launcher: Launcher, terminal, env):  # type: ignore[no-untyped-def]
    started = terminal("--login", command=["/usr/bin/env", "-i", *_words(env), str(launcher.program)])
    started.wait(at_prompt)
    return started


def _child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
