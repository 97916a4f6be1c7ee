"""What a process is handed besides code: arguments, options, environment, descriptors, signals, limits."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from shells import NLSH, Env, both, through

BASE = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}


@pytest.mark.parametrize(
    "words",
    [
        ["-c", ""],
        ["-c", "   "],
        ["-c"],
        ["-c", "echo $0 $#"],
        ["-c", 'echo "$0|$1|$#"', "name", "a b"],
        ["-c", "list processes", "name"],
        ["-c", 'printf "%s|" "$@"', "_", "-c", "--json", "?x", "", "--", "-"],
        ["-c", 'printf "%s|" "$0" "$@"', "--", "--yes"],
        ["-c", b'printf "%s" "$0" | od -An -tx1', b"\xff\xfe"],
        ["-c", b"printf %s '\xff\x80' | od -An -tx1"],
        ["-c", "-x"],
        ["-c", "--", "-x"],
        ["-c", "-", "echo dash"],
        ["-c", "-e", "false; echo never"],
        ["-ec", "false; echo never"],
        ["-ce", "false; echo never"],
        ["-e", "-c", "false; echo never"],
        ["-xc", "echo traced"],
        ["-uc", "echo $nope"],
        ["-nc", "echo never"],
        ["-vc", "echo seen"],
        ["-fc", "echo *"],
        ["-ac", "x=1; env | grep ^x="],
        ["-kc", "sh -c 'echo [$v]' v=1"],
        ["-hc", "echo $-"],
        ["-mc", "echo $-"],
        ["-pc", "echo $-"],
        ["-Cc", "echo a > f; echo b > f"],
        ["-euo", "pipefail", "-c", "false | true; echo never"],
        ["-o", "errexit", "-c", "false; echo never"],
        ["-oc", "pipefail", "false | true"],
        ["+e", "-c", "false; echo on"],
        ["-e", "+e", "-c", "false; echo on"],
        ["+o", "posix", "-c", "echo $-"],
        ["-O", "extglob", "-c", "echo !(a)"],
        ["+O", "extglob", "-c", "shopt extglob"],
        ["-o", "no-such-option", "-c", "echo never"],
        ["-Z", "-c", "echo never"],
        ["-lc", "shopt login_shell; echo $0"],
        ["-l", "-c", "shopt login_shell"],
        ["--login", "-c", "shopt login_shell"],
        ["--noprofile", "-lc", "shopt login_shell"],
        ["--norc", "--noprofile", "-c", "echo a"],
        ["--rcfile", "/dev/null", "-ic", "echo $-"],
        ["-ic", "echo $-; echo ${PS1:+prompt}"],
        ["-rc", "cd /"],
        ["--verbose", "-c", "echo a"],
        ["/no/such/script"],
        ["no-such-script", "arg"],
        ["/"],
        ["/bin/true"],
        ["--", "/no/such"],
        ["-"],
        ["-e"],
        ["-s", "-e", "a", "-b"],
        ["-s", "--", "-a", "b"],
        ["-es", "a"],
    ],
    ids=str,
)
def test_options_and_arguments(words: list[str | bytes]) -> None:
    """Each command line does what it does with bash; what stands on standard input is a script for some."""
    bash, nlsh = both(words, stdin=b'echo "$0|$1|$#|$-"\nfalse\necho on\n')
    assert nlsh == bash


@pytest.mark.parametrize("words", [["{}", "a b", "-c"], ["-e", "{}"], ["-x", "{}", "a"], ["-s", "x", "<"], ["-u", "<"]])
def test_options_of_scripts(words: list[str]) -> None:
    """Options before the file are the shell's; those after it are arguments."""
    bash, nlsh = both(words, script='echo "${0##*/}|$1|$#|$-"\nfalse\necho "$LINENO $nope"\n')
    assert nlsh == bash


@pytest.mark.parametrize("code", ["#!/bin/sh\necho $0", "\0\0binary", "\x7fELF\0", "echo a\0b", "\n\0", "exit 4\n\0\1"])
def test_odd_files(code: str) -> None:
    """Programs and files with NUL bytes are refused, or taken, as bash does it."""
    bash, nlsh = both(["{}"], script=code)
    assert nlsh == bash


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"LANG": "C"},
        {"LC_CTYPE": "C"},
        {"LC_CTYPE": "POSIX"},
        {"LC_CTYPE": ""},
        {"LC_CTYPE": "C.UTF-8"},
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "LC_CTYPE": "C"},
        {"LANG": "xx_YY.UTF-8"},
        {"LANG": "C.UTF-8", "LC_ALL": ""},
        {"SHLVL": "7", "_": "/x", "OLDPWD": "/", "PWD": "/wrong"},
        {"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "7"},
        {"BASH_FUNC_f%%": "() { echo f; }"},
        {"a-b": "odd name", "x": "a\nb"},
    ],
    ids=str,
)
def test_the_environment_is_passed_on_as_it_is(env: dict[str, str]) -> None:
    """To the byte, whatever Python does to it at its start."""
    bash, nlsh = both(
        ["-c", "cat /proc/$$/environ | tr '\\0' '\\n'; echo $SHLVL; LC_ALL=; echo ${#x}"], env={**BASE, **env}
    )
    assert nlsh == bash and nlsh.out.startswith(b"PATH=")


def test_an_environment_of_bytes() -> None:
    """Values that are no text in any encoding."""
    env: Env = {
        **{os.fsencode(name): os.fsencode(value) for name, value in BASE.items()},
        b"x": b"\xff\xfe",
        b"\xff": b"y",
    }
    bash, nlsh = both(["-c", "cat /proc/$$/environ | od -An -c"], env=env)
    assert nlsh == bash


LOOK = """
for n in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$n ] && echo "$n $(test -p /proc/$$/fd/$n; echo $?)"; done
grep SigIgn /proc/$$/status; grep Sig[IB] /proc/self/status
umask; ulimit -a; pwd; echo "$PWD $SHLVL $-"; type f; cd lib 2>/dev/null; pwd
"""


@pytest.mark.parametrize(
    "wrapper",
    [
        "",
        "exec 5</dev/null",
        "exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null 9</dev/null",
        "exec 9>&1",
        "exec 0<&-",
        "exec 2>&-",
        "exec 0<&- 2>&-",
        "trap '' TERM INT HUP QUIT USR1 CHLD TSTP TTOU",
        "umask 077",
        "ulimit -n 40; ulimit -c 0",
        "mkdir d; cd d; rmdir ../d",
        "cd /usr",
        "mkdir d; ln -s d l; cd l",
        "export SHLVL=3",
        "export PATH=/nowhere:/bin:/usr/bin",
        "unset HOME",
        "export CDPATH=/usr",
        "export BASH_ENV=/dev/null",
        "export IFS=x",
        "export POSIXLY_CORRECT=1",
        "printf 'echo from env; f() { echo f; }\\n' > e; export BASH_ENV=$PWD/e",
        "f() { echo exported; }; export -f f",
        "set -m",
        "set -u; export SHELLOPTS",
    ],
)
def test_what_a_process_inherits(wrapper: str) -> None:
    """Descriptors, open and closed, ignored signals, limits, masks, folders."""
    bash, nlsh = through(f'{wrapper}; exec "$@"', ["-c", LOOK])
    assert nlsh == bash


def test_a_closed_output() -> None:
    """What cannot be written is said."""
    bash, nlsh = through('exec "$@" >&-', ["-c", "echo a"])
    assert nlsh == bash and nlsh.status == 1


def test_blocked_signals_stay_blocked() -> None:
    """As whoever starts it has set them."""

    def block() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])

    command = [NLSH, "-c", "grep SigBlk /proc/self/status"]
    done = subprocess.run(command, preexec_fn=block, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[1], 16) == 1 << (signal.SIGUSR2 - 1)


def test_it_becomes_the_shell() -> None:
    """Nobody stays behind: the process is the same, and the last command's too."""
    with subprocess.Popen([NLSH, "-c", "echo $$; exec sh -c 'echo $$'"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.read() == f"{process.pid}\n" * 2


def test_without_sentences_it_is_the_shell(tmp_path: object) -> None:
    """With --posix not even a mark means anything."""
    bash, _ = both(["-c", "?list processes"])
    for words, stdin in ((["--posix", "-c", "?list processes"], b""), (["--posix"], b"?list processes\n")):
        done = subprocess.run([NLSH, *words], input=stdin, capture_output=True, check=False)
        assert (done.returncode, done.stdout) == (127, b"") == (bash.status, bash.out)
        assert done.stderr == b"bash: line 1: ?list: command not found\n"
