"""The router: who gets a line, decided from the line and from what resolves."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlsh.parser import scorer
from nlsh.parser.router import Nothing, route

OWN = Path(__file__).parent / "router"
DANGEROUS = ("kill", "pkill", "killall", "reboot", "shutdown", "halt", "rm", "dd", "mkfs", "mount", "service")


class Here(Nothing):
    """A machine with one program and one file."""

    def program(self, name: str) -> bool:
        """Whether it is that program."""
        return name == "frobnicate"

    def path(self, word: str) -> bool:
        """Whether it is that file, or a glob for it."""
        return word == "?x"


def own(name: str) -> list[str]:
    """The lines of a file of the test set."""
    return (OWN / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("mode", ["c", "repl"])
@pytest.mark.parametrize("word", DANGEROUS)
def test_no_sentence_reaches_a_dangerous_program(word: str, mode: str) -> None:
    """Fifty sentences for each dangerous word, and none is a command."""
    lines = [line for line in own("sentences.txt") if line.split()[0] == word]
    assert len(lines) == 50
    assert [line for line in lines if route(line, mode=mode).route == "shell"] == []


def test_sentences_that_begin_with_programs_are_sentences() -> None:
    """At least 97 of 100."""
    lines = own("sentences.txt")
    assert sum(route(line).route == "intent" for line in lines) >= 0.97 * len(lines)


def test_commands_are_commands() -> None:
    """At least 99 of 100, although nothing of them resolves."""
    lines = own("commands.txt")
    assert sum(route(line).route == "shell" for line in lines) >= 0.99 * len(lines)


@pytest.mark.parametrize(
    "line",
    [
        "uptime",
        "free",
        "who",
        "date",
        "top",
        "FOO=1",
        "FOO=1 make",
        "for f in *.c; do wc $f; done",
        "if [ -e x ]; then echo; fi",
        "[ -e x ] && echo yes",
        "(cd /tmp; ls)",
        "f() { ls; }",
        "./run.sh now",
        "ls | wc -l",
        "frob --all | sort",
        "# a comment",
        "echo the quick brown fox",
        "> f echo a b; cat < f -",
        "</dev/null cat",
        "2>&1 ls",
        "ls|wc -l",
        "'echo' hi",
        '"ls" -l',
        "l\\s",
        "ec''ho hi",
        "true and some words",
        "set show me the processes; echo $#",
        "command echo show me the processes",
        "eval echo hi",
        "test show = show",
        "rm a",
        "touch a b; rm a; rm -f b c; ls",
        "cd a; rm -rf b",
        "comm a b",
        "nosuch; echo $?",
        "nosuch me 2>/dev/null",
        "nosuch || echo no",
        "no-such-program",
    ],
)
def test_shell_grammar_goes_to_the_shell(line: str) -> None:
    """Names of programs alone, assignments, loops, tests, paths, pipes."""
    assert route(line).route == "shell"


@pytest.mark.parametrize(
    "line",
    [
        "kill the process on port 8080",
        "kill firefox",
        "kill 3 chrome processes",
        "top 5 processes by memory",
        "free up some memory",
        "find the process using port 80",
        "who is logged in",
        "watch chrome memory",
        "watch it",
        "list processes",
        "show the 5 processes using the most memory",
        "Find all files.",
        "was braucht am meisten Speicher?",
        "sing",
        "rm the old logs",
        "shutdown the computer in 5 minutes",
        "time's up",
        "what's using my memory; tell me",
        "list processes && kill chrome",
        "pause chrome; resume firefox",
        "close chrome; kill it",
        "> close firefox",
        "open settings >> network",
        "find big files in $HOME",
    ],
)
def test_sentences_go_to_the_model(line: str) -> None:
    """Also those that begin with the name of a program."""
    assert route(line).route == "intent"


@pytest.mark.parametrize(
    ("line", "to", "rest"),
    [
        ("!kill the lot", "shell", "kill the lot"),
        ("! grep -q x y", "shell", "! grep -q x y"),
        ("?ls", "intent", "ls"),
        ("? kill 5", "intent", "kill 5"),
    ],
)
def test_a_mark_decides(line: str, to: str, rest: str) -> None:
    """`!` is the shell, but with a blank it is negation; `?` is the model."""
    routed = route(line)
    assert (routed.route, routed.line, routed.forced) == (to, rest, True)


def test_a_glob_that_matches_is_no_mark() -> None:
    """`?x` is a file name where there is such a file."""
    assert not route("?x", lookup=Here()).forced


def test_what_resolves_is_a_program() -> None:
    """A program that only this machine has is run; elsewhere its name is a word."""
    assert route("frobnicate", lookup=Here()).route == "shell"
    assert route("frobnicate").route == "intent"


class Files(Nothing):
    """A folder with two files."""

    def path(self, word: str) -> bool:
        """Whether it is one of them."""
        return word in ("draft", "notes", "old")


def test_names_of_files_are_arguments() -> None:
    """Words that would read like a sentence are none where all of them are files; articles are no files."""
    assert [route(line, lookup=Files()).route for line in ("rm draft notes", "cat draft notes", "mv draft notes")] == [
        "shell"
    ] * 3
    assert "shell" not in {
        route(line, lookup=Files()).route
        for line in ("rm the draft notes", "rm draft stuff", "rm old notes", "kill draft notes")
    }


def test_a_dangerous_program_is_not_reached_by_its_punctuation() -> None:
    """A sentence with a semicolon or quotes after the name, or before it."""
    lines = ("reboot; please", "reboot;please wait", "'reboot' now please", "halt! now", "ki''ll the browser")
    after = (
        "stop it; reboot",
        "close chrome; reboot now",
        "pause it && kill 5",
        "make it stop; rm old",
        "wait; kill it",
    )
    for line in (*lines, *after):
        assert route(line).route != "shell"


def test_a_command_that_does_not_resolve_says_so() -> None:
    """A strange program with options is a command that was not found; a strange word is a sentence."""
    lost = route("fooo --bar", lookup=Here())
    assert (lost.route, lost.unresolved) == ("shell", True)
    assert not route("frobnicate --bar", lookup=Here()).unresolved
    assert route("fooo bar", lookup=Here()).route == "intent"


def test_doubt_about_a_dangerous_program_asks() -> None:
    """Never run, never guessed."""
    assert route("mount --bind one two three please").route != "shell"
    assert route("sudo reboot whenever").route == "ask"


@pytest.mark.parametrize(
    "line", ["", " ", "?", "!", "'", '"', "((", "\\", "-", "\udcff kill", "a" * 100_000, "( " * 5000]
)
def test_any_line_gets_an_answer(line: str) -> None:
    """Broken, empty and endless lines too."""
    assert route(line, mode="repl").route in ("shell", "intent", "ask")


def test_the_weights_are_small() -> None:
    """The data file is under 300 kB and as long as its table."""
    assert Path(scorer.DATA).stat().st_size == 2 * scorer.SIZE < 300_000


def test_help_at_the_prompt_is_nlshs() -> None:
    """Elsewhere it is the builtin, as in any shell."""
    assert route("help", mode="repl").route == "intent"
    assert route("help").route == "shell"


@pytest.mark.parametrize("line", ["help me", "help with processes", "help I deleted everything"])
def test_help_takes_names_of_builtins(line: str) -> None:
    """Anything else is said to nlsh."""
    assert route(line).route == "intent"
    assert route("help cd").route == "shell"
    assert route("help -s 'read*'").route == "shell"
