"""What the files of a login shell set is there afterwards, whatever they do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_ENTER = """
import json, os, resource, sys
from nlsh.shell import login
login.enter(limit=float(sys.argv[1]))
sys.stdout.flush()
print(json.dumps({
    "env": {name.decode("latin-1"): value.decode("latin-1") for name, value in os.environb.items()},
    "umask": os.umask(0), "folder": os.getcwd(), "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
    "descriptors": sorted(map(int, os.listdir("/proc/self/fd")))[:-1],
}))
"""


def entered(env: dict[str, str], *, limit: float = 20, stdin: bytes = b"") -> tuple[dict[str, Any], str, str]:
    """The state of a process that has read the profile, what was printed before, and what was said."""
    done = subprocess.run(
        [sys.executable, "-c", _ENTER, str(limit)],
        env={"PYTHONPATH": str(Path(__file__).parents[3]), **env},
        cwd=env["HOME"],
        input=stdin,
        capture_output=True,
        check=True,
        timeout=60,
    )
    *printed, state = done.stdout.decode().splitlines()
    return json.loads(state), "\n".join(printed), done.stderr.decode()


@pytest.fixture
def profile(home: Path) -> Path:
    """The profile of the user."""
    return home / ".profile"


@pytest.fixture(params=["", "/bin/sh"])
def shell(request: pytest.FixtureRequest, env: dict[str, str]) -> None:
    """The shell of nlsh's choice, and the plainest one."""
    if request.param:
        env["NLSH_SH"] = request.param


def test_variables_are_kept_to_the_byte(shell: None, profile: Path, env: dict[str, str]) -> None:
    """Newlines, bytes that are no UTF-8, equals signs and empty values arrive; what is unset is gone."""
    profile.write_bytes(b"export A='one\ntwo=\xff\xfe' EMPTY=\nunset DROPPED\nSILENT=not-exported\n")
    state, printed, said = entered({**env, "DROPPED": "x", "KEPT": "y"})
    assert state["env"]["A"] == "one\ntwo=\xff\xfe" and state["env"]["EMPTY"] == "" and state["env"]["KEPT"] == "y"
    assert not {"DROPPED", "SILENT", "_", "SHLVL"} & set(state["env"])
    assert (printed, said) == ("", "")


def test_the_system_profile_comes_first(profile: Path, env: dict[str, str]) -> None:
    """/etc/profile sets a PATH on its own, and the user's profile goes on from there."""
    profile.write_text('export PATH="$HOME/bin:$PATH"\n')
    found = entered({**env, "PATH": "/nowhere:/usr/bin:/bin"})[0]["env"]["PATH"]
    system = subprocess.run(["sh", "-c", ". /etc/profile; echo $PATH"], capture_output=True, text=True, check=True)
    assert found == f"{env['HOME']}/bin:{system.stdout.strip()}"


def test_more_than_variables_is_kept(shell: None, profile: Path, env: dict[str, str]) -> None:
    """The umask, the limits and the folder are those that the profile leaves, and no descriptor is left open."""
    profile.write_text("umask 027\nulimit -n 77\ncd /usr\n")
    state, _, _ = entered(env)
    assert (state["umask"], state["files"], state["folder"]) == (0o027, 77, "/usr")
    assert state["descriptors"] == [0, 1, 2]


def test_its_output_and_input_are_those_of_the_login(shell: None, profile: Path, env: dict[str, str]) -> None:
    """What the profile prints is seen, and it can ask."""
    profile.write_text("read x; echo read $x; echo error >&2\n")
    _, printed, said = entered(env, stdin=b"word\n")
    assert (printed, said) == ("read word", "error\n")


def test_what_it_leaves_running_is_not_waited_for(shell: None, profile: Path, env: dict[str, str]) -> None:
    """An agent that the profile starts goes on, and holds up nobody."""
    profile.write_text("sleep 15 >/dev/null 2>&1 </dev/null & export AGENT=$!\n")
    state, _, said = entered(env, limit=10)
    os.kill(int(state["env"]["AGENT"]), 9)
    assert said == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("exit 3", "it ended early, with 3"),
        ("kill -KILL $$", "signal 9 ended it"),
        ("exec true", "it ended early, with 0"),
        ("read x < $HOME/pipe", "it is not done after 1 s"),
        ("exec 9>&-", "it ended early"),
    ],
)
def test_a_profile_that_does_not_end_well(profile: Path, env: dict[str, str], text: str, reason: str) -> None:
    """One line says what happened, and everything is as it was."""
    os.mkfifo(profile.parent / "pipe")
    profile.write_text(f"export HALF=done; cd /; {text}\n")
    state, _, said = entered(env, limit=1 if "pipe" in text else 20)
    assert "HALF" not in state["env"] and state["folder"] == env["HOME"]
    own = [line for line in said.splitlines() if line.startswith("nlsh: ")]
    assert len(own) == 1 and own[0].startswith(f"nlsh: the profile is not in force: {reason}")


def test_an_error_in_it_is_the_shells(profile: Path, env: dict[str, str]) -> None:
    """A syntax error is said by the shell, and what stands before it holds."""
    profile.write_text("export BEFORE=yes\nif (\n")
    state, _, said = entered(env)
    assert state["env"]["BEFORE"] == "yes" and "syntax error" in said and "nlsh:" not in said


def test_without_a_home(env: dict[str, str], tmp_path: Path) -> None:
    """A home that is not there, or not even named, is no obstacle."""
    state, _, said = entered({**env, "HOME": "/"})
    assert state["umask"] and not said


def test_without_the_shell(env: dict[str, str]) -> None:
    """A shell that is not there is said in one line."""
    _, _, said = entered({**env, "NLSH_SH": "/nonexistent/sh"})
    assert said.startswith("nlsh: the profile is not in force: ") and said.count("\n") == 1


def test_ctrl_c_skips_it(terminal, env: dict[str, str], profile: Path) -> None:  # type: ignore[no-untyped-def]
    """A person can interrupt a profile that hangs, and nlsh goes on."""
    profile.write_text("echo hangs; sleep 1000\n")
    words = [f"{name}={value}" for name, value in {**env, "PYTHONPATH": str(Path(__file__).parents[3])}.items()]
    started = terminal("100", command=["/usr/bin/env", "-i", *words, sys.executable, "-c", _ENTER])
    started.wait("hangs")
    started.type("\x03")
    started.wait("the profile is not in force: signal 2 ended it")
    assert started.wait_end() == 0


def test_a_program_with_the_terminal_to_itself_may_stay(terminal, env: dict[str, str], profile: Path) -> None:  # type: ignore[no-untyped-def]
    """The time limit is not for an editor or a multiplexer that the profile starts."""
    profile.write_text("stty raw; read x; sleep 1.5; stty sane; export STAYED=yes\n")
    words = [f"{name}={value}" for name, value in {**env, "PYTHONPATH": str(Path(__file__).parents[3])}.items()]
    script = "import os\nfrom nlsh.shell import login\nlogin.enter(limit=0.3)\nprint(os.environ.get('STAYED'))"
    started = terminal("-c", script, command=["/usr/bin/env", "-i", *words, sys.executable])
    started.type("x\n")
    started.wait("yes")
    assert started.wait_end() == 0
