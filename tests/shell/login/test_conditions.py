"""Whatever the machine lacks or the user has broken, a login gives a shell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shell.login.conftest import Account, at_prompt, needs_namespaces

READ_ONLY = "mount --bind {0} {0}; mount -o remount,bind,ro {0}; "
SETTINGS = "mkdir -p .config/nlsh; echo 'model = \"own.gguf\"' > .config/nlsh/config.toml; "
CONDITIONS = {
    "a read-only home": (READ_ONLY.format("{home}"), ""),
    "a read-only system": ("".join(map(READ_ONLY.format, ("/tmp", "/var", "/home"))), ""),
    "a full disk": (
        "mount -t tmpfs -o size=8k,mode=777 none {home}; cd {home}; "
        + SETTINGS + "chmod -R 777 .config; cat /dev/zero > full 2>/dev/null; cd /; ",
        "",
    ),
    "no home": ("mount -t tmpfs -o mode=755 none {home}/..; ", "so only commands are understood"),
    "a closed home": ("mount -t tmpfs -o mode=700 none {home}; ", "cannot read"),
    "no /tmp": ("mount -t tmpfs -o mode=000 none /dev/shm; mount -t tmpfs -o mode=000 none /var/tmp; ", ""),
    "no /proc": ("mount -t tmpfs -o mode=555 none /proc; ", ""),
    "no /sys": ("mount -t tmpfs -o mode=555 none /sys; ", ""),
}  # fmt: skip
"""What is missing: how to make it so, and what nlsh says at once."""


@pytest.mark.parametrize("condition", CONDITIONS)
def test_nlsh_starts_with(condition: str, account: Account, terminal) -> None:  # type: ignore[no-untyped-def]
    """The prompt comes, with no more than a line about it, and commands run."""
    setup, said = CONDITIONS[condition]
    started = terminal(f"{setup.format(home=account.home)} cd /; exec su - {account.name}", command=needs_namespaces())
    started.wait(at_prompt)
    assert said in started.text and "failed" not in started.text and "y/N" not in started.text
    started.type("!echo is-$((40+2))\r")
    started.wait("\nis-42")


@pytest.mark.parametrize("megabytes", [40, 100, 200, 300, 400, 600])
def test_little_memory_leaves_a_shell(account: Account, terminal, megabytes: int) -> None:  # type: ignore[no-untyped-def]
    """Where there is too little memory for nlsh there is the plain shell, in the same login."""
    script = f"ulimit -v {megabytes << 10}; exec su - {account.name}"
    started = terminal(script, command=("/bin/sh", "-c"))
    plain = "this is the plain shell"
    started.wait(lambda it: at_prompt(it) or plain in it.text)
    started.type("\recho is-$((40+2))\r")
    started.wait(lambda it: "is-42" in it.text or plain in it.text)
    if "is-42" not in started.text:  # what was typed went to the prompt that died of it
        started.type("\recho is-$((40+2))\r")
    started.wait("is-42")


def _logged_in(account: Account, terminal):  # type: ignore[no-untyped-def]
    started = terminal(command=["/bin/su", "-", account.name])
    started.wait(at_prompt)
    return started


@pytest.fixture
def config(account: Account):  # type: ignore[no-untyped-def]
    """The configuration folder of the account; what a test writes there is gone afterwards."""
    folder = account.home / ".config" / "nlsh"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    yield folder
    for path in folder.iterdir():
        if path not in before:
            path.unlink()
    for path, data in before.items():
        path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("config.toml", "model = 3\n", "model cannot be 3"),
        ("config.toml", "\xff = [\n", "cannot read"),
        ("config.toml", 'model = "gone.gguf"\n', ""),
        ("policy.toml", "[[[\n", "until it is mended, every change is asked about"),
    ],
)
def test_broken_configuration(account: Account, config: Path, terminal, name: str, text: str, said: str) -> None:  # type: ignore[no-untyped-def]
    """What is wrong is said, and the shell is there."""
    (config / name).write_bytes(text.encode("latin-1"))
    started = _logged_in(account, terminal)
    started.wait(lambda it: said in it.text.replace("\n", ""))
    started.type("!echo is-$((40+2))\r")
    started.wait("\nis-42")


def test_the_rc_file_runs_before_the_first_prompt(account: Account, config: Path, terminal) -> None:  # type: ignore[no-untyped-def]
    """Its commands may span lines and fail, and a sentence that cannot be carried out is said."""
    loop = "# a comment\nfor x in 1 2; do\n    echo loop-$x-$FROM_PROFILE\ndone\n"
    (config / "rc.nlsh").write_text(loop + "? list processes\nfalse\nfrobnicate\necho last\n")
    started = _logged_in(account, terminal)
    text = started.text
    assert "loop-1-yes\nloop-2-yes\n" in text and "frobnicate: command not found\nlast" in text
    assert text.index("loop-2") < text.index("own.gguf") < text.index("frobnicate")


@pytest.mark.parametrize("text", ["exit 3\n", "if (\n", "kill -9 $$\n", "exec false\n"])
def test_no_rc_file_ends_the_login(account: Account, config: Path, terminal, text: str) -> None:  # type: ignore[no-untyped-def]
    """A file that would end a shell leaves one all the same."""
    (config / "rc.nlsh").write_text(text)
    started = _logged_in(account, terminal)
    started.type("!echo is-$((40+2))\r")
    started.wait("\nis-42")


def test_an_rc_file_that_cannot_be_read(account: Account, config: Path, terminal) -> None:  # type: ignore[no-untyped-def]
    """A folder in its place is said in a line."""
    (config / "rc.nlsh").mkdir()
    try:
        assert "rc.nlsh: Is a directory" in _logged_in(account, terminal).text.replace("\n", "")
    finally:
        (config / "rc.nlsh").rmdir()


def test_only_a_login_reads_the_rc_file(account: Account, config: Path, terminal) -> None:  # type: ignore[no-untyped-def]
    """nlsh inside of a login does not run it again."""
    (config / "rc.nlsh").write_text("echo from-rc\n")
    started = _logged_in(account, terminal)
    started.type("!$SHELL\r")
    started.wait(lambda it: at_prompt(it) and it.text.count("nlsh>") == 2)
    assert started.text.count("from-rc") == 1
