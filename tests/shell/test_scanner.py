"""Where a command may begin: by example, and by laws on scripts that are put together at random."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlsh.shell.scanner import Scanner
from nlsh.shell.script import lines


def after(text: str) -> bool:
    """Whether a command may begin after the text."""
    scanner = Scanner()
    for line in text.splitlines(keepends=True):
        scanner.feed(line)
    return scanner.at_command


OPEN = [
    "echo a\n",
    "",
    "# don't \"\n",
    "echo a # don't\n",
    "echo a#b'c'\n",
    "if true\n",
    "if true; then\n",
    "else\n",
    "for i in 1 2; do\n",
    "for i in 1 2\ndo\n",
    "for ((i=0; i<3; i++)); do\n",
    "for ((i=0; i<3; i++)) do\n",
    "while read x; do\n",
    "f() {\n",
    "f ()\n{\n",
    "function f {\n",
    "function f () {\n",
    "(\n",
    "{\n",
    "x=$(\n",
    'x="$(\n',
    "x=$(case a in a) echo;; esac\n",
    "cat <(\n",
    "cat <<EOF\nbody '\nEOF\n",
    "cat <<'E F'\n$(\nE F\n",
    "cat <<-EOF\n\tbody\n\tEOF\n",
    "cat <<A <<B\na\nA\nb\nB\n",
    "cat <<\\EOF\n`\nEOF\n",
    "cat <<EOF\na \\\\\nEOF\n",
    "cat <<'EOF'\na \\\nEOF\n",
    "cat <<< a\n",
    "echo $((1<<2))\n",
    "((x = 1 << 2))\n",
    "((echo a); echo b)\n",
    "echo 'a\nb'\n",
    'echo "a\nb"\n',
    'echo "$(echo "a")"\n',
    'echo "${x:-"a b"}"\n',
    'echo "it\'s"\n',
    'echo "${x:-it\'s}"\n',
    "echo ${x:-'a}'}\n",
    "echo ${#x} ${x#a} ${x##*/} $# $$\n",
    "echo $'it\\'s'\n",
    "echo \\' \\\" \\`\n",
    "echo `echo \\`echo a\\``\n",
    "a=(\n1 # don't\n)\n",
    "a+=(x)\n",
    "declare -a a=(1 2)\n",
    "[[ $x =~ ^(a|b)$ ]]\n",
    "[[ a == b && (c == d) ]]\n",
    "if [[ -n $x ]]; then\n",
    "case x in\na) echo\n",
    "case x in a)\n",
    "case x in\n(a|b)\n",
    "case x in @(a|b))\n",
    "case x in\na) echo;;\nesac\n",
    "case x in a) case y in b) echo;; esac;;\nc)\n",
    'case "$x" in "a)") echo;; esac\n',
    "case $(echo x) in x) echo;; esac\n",
    "echo case x in\n",
    "echo esac; esac=1\n",
    "ls 2>/dev/null\n",
    "ls &>f 2>&1 <&3 >|g\n",
    "ls |\n",
    "ls &&\n",
    "{ a; } 2>f\n",
    "if a; then b; fi\n",
    "echo a{b,c} }\n",
    "coproc cat\n",
    "time ls\n",
    "! ls\n",
    "x=1 y=2 ls\n",
    "shopt -s extglob; ls !(a|b) ?(c)\n",
    "cat < <(ls)\n",
    "done < <(\n",
]
CLOSED = [
    "echo 'a\n",
    'echo "a\n',
    "echo `\n",
    "echo $'a\n",
    "echo a \\\n",
    "cat <<EOF\n",
    "cat <<EOF\nbody\n",
    "cat <<EOF\na \\\nEOF\n",
    "cat <<A <<B\na\nA\n",
    "cat <<-EOF\n  EOF\n",
    "x=$(cat <<EOF\n",
    "echo ${x:-\n",
    'echo "${x:-\n',
    "((x = a\n",
    "echo $((1\n",
    "for ((i=0;\n",
    "a=(\n",
    "a+=(1\n",
    "[[ a ==\n",
    "[[ a &&\n",
    "case x\n",
    "case x in\n",
    "case x in a) echo;;\n",
    "case x in a) echo;&\n",
    "case x in a) echo ;;&\n",
    "case x in a|\n",
    "if case x in\n",
    "{ case x in\n",
    "function f { case x in\n",
    "f() { case x in\n",
    "x=1 case\n",
    "echo $(case x in a) b;;\n",
    "echo \"$(echo '\n",
    "! case x in\n",
    "ls | case x in\n",
]


@pytest.mark.parametrize("text", OPEN)
def test_a_command_may_begin(text: str) -> None:
    """At the beginning, after a command, in bodies and substitutions."""
    assert after(text)


@pytest.mark.parametrize("text", CLOSED)
def test_no_command_may_begin(text: str) -> None:
    """In quotes, heredocs, arithmetic, arrays, tests and patterns, and after a line that goes on."""
    assert not after(text)


BEGINNINGS = ("else", "done")
"""What only ends something that an example leaves out."""


@pytest.mark.parametrize("text", [text for text in OPEN if not text.startswith(BEGINNINGS)])
def test_bash_takes_a_loop_there(text: str) -> None:
    """A loop stands nowhere but at command position: bash has nothing against it but that the text is not finished."""
    command = ["bash", "-O", "extglob", "-nc", f"{text}while false; do :; done\n"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if "error" in line or "unexpected" in line]
    assert all("unexpected end of file" in line or "unexpected EOF" in line for line in errors)


def _scripts() -> list[Path]:
    """Up to 60 shell scripts of this machine that bash has nothing against."""
    found = []
    for path in sorted(each for folder in ("/usr/bin", "/usr/sbin", "/etc/init.d") for each in Path(folder).glob("*")):
        with suppress(OSError), path.open("rb") as file:
            if file.readline(40).endswith((b"/sh\n", b"/bash\n", b"/sh -e\n")) and path.stat().st_size < 100_000:
                found += [path] if _accepted(path.read_bytes()) else []
        if len(found) == 60:
            break
    return found


def _accepted(script: bytes) -> bool:
    done = subprocess.run(["bash", "-O", "extglob", "-n", "/dev/stdin"], input=script, capture_output=True, check=False)
    return not done.returncode and not done.stderr


def test_commands_can_be_put_into_real_scripts() -> None:
    """A command before every line that may begin one leaves each script of this machine a script."""
    scripts = _scripts()
    if not scripts:
        pytest.skip("this machine has no shell scripts")
    for path in scripts:
        scanner, out, before = Scanner(), [], ""
        for line in lines(path.read_bytes()):
            # Between `f()` and its body, and between `for x` and `do`, only line ends may stand.
            goes_on = before.endswith(")") or line.lstrip().startswith(("do", "in ", "{"))
            out += [":\n", line] if scanner.at_command and not goes_on else [line]
            scanner.feed(line)
            before = line.rstrip() if line.strip() and line.lstrip()[0] != "#" else before
        assert scanner.at_command or not line.endswith("\n"), path
        assert _accepted("".join(out).encode("latin-1")), path


WORDS = st.sampled_from(
    [
        "a",
        "'b c'",
        '"d $x"',
        "$(echo e)",
        "${x:-y}",
        "`echo f`",
        "\\'",
        "g#h",
        "$'i\\'j'",
        "$((1+2))",
        "'?k\nl'",
        '"?m\nn"',
    ]
)
SIMPLE = st.lists(WORDS, min_size=1, max_size=3).map(lambda words: "echo " + " ".join(words))
HEREDOC = st.sampled_from(["EOF", "'E O'", "\\X"]).map(
    lambda mark: f"cat <<{mark} >/dev/null\n?not this\n'\"`$(\n{mark.strip(chr(39)).lstrip(chr(92))}"
)
QUIET_HEREDOC = st.just("cat <<'Q' >/dev/null\n?nor this\n)\nQ")
ARRAY = st.just("arr=(\n?x\n'y z' # don't\n)")
MARK = "?sentence"


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map("\n".join)
    return st.one_of(
        body.map(lambda text: f"if true; then\n{text}\nelse\n:\nfi"),
        body.map(lambda text: f"for i in 1; do\n{text}\ndone"),
        body.map(lambda text: f"f() {{\n{text}\n}}\nf"),
        body.map(lambda text: f"(\n{text}\n)"),
        body.map(lambda text: f"case x in\n?y | z) :;;\n?)\n{text}\n;;\n*) ;;\nesac"),
        body.map(lambda text: f'v="$(\n{text}\n)"; echo "$v"'),
    )


SCRIPTS = st.lists(
    st.recursive(st.one_of(SIMPLE, QUIET_HEREDOC, ARRAY, st.just(MARK)), _compound, max_leaves=8),
    min_size=1,
    max_size=4,
).map(lambda parts: "\n".join(parts) + "\n")


def _rewritten(script: str) -> str:
    """The script with `echo SAID` for every line that is a sentence."""
    scanner, out = Scanner(), []
    for line in script.splitlines(keepends=True):
        said = line.strip() == MARK and scanner.at_command
        out.append("echo SAID\n" if said else line)
        scanner.feed(out[-1])
    return "".join(out)


@given(SCRIPTS)
@settings(max_examples=150, deadline=None)
def test_every_sentence_of_a_script_is_found_and_nothing_else(script: str) -> None:
    """However deep it stands; and `?` lines that are data are left alone."""
    lines = script.splitlines()
    assert _rewritten(script).splitlines() == ["echo SAID" if line == MARK else line for line in lines]


@given(SCRIPTS)
@settings(max_examples=25, deadline=None)
def test_a_script_stays_a_script(script: str) -> None:
    """bash takes what comes of it."""
    done = subprocess.run(["bash", "-n"], input=_rewritten(script), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@given(st.text(alphabet="ab?'\"`$(){}[]<>|&;#\\ \t\n=!", max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_text_can_be_scanned(text: str) -> None:
    """Broken scripts too: it comes to an end and has an answer."""
    assert after(text) in (True, False)


@given(HEREDOC, SIMPLE)
@settings(max_examples=50, deadline=None)
def test_a_heredoc_ends_where_it_says(heredoc: str, before: str) -> None:
    """Whatever stands in it."""
    assert after(f"{before}\n{heredoc}\n")
