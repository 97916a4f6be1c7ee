"""The manifest reader: strict, and every error says where and what."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlsh.effects import Effect
from nlsh.errors import PluginError
from nlsh.plugin.found import bundled
from nlsh.plugin.manifest import parse, read

FUZZ = int(os.environ.get("NLSH_FUZZ_EXAMPLES", "300"))
NOWHERE = Path("/nowhere")
WHOLE = """
name = "demo"
version = "1.0"
api = 1
namespace = "demo"
module = "verbs"
summary = "For a test."

[[capability]]
name = "exec:tool"
reason = "because"

[[capability]]
name = "fs.read:{path}"
reason = "because"

[[program]]
id = "look"
argv = ["tool", "--of={name:word}", "-n", "{limit:count=5}"]
effect = "read"
"""


def test_a_manifest_is_read() -> None:
    """All of it comes out."""
    made = parse(WHOLE, folder=NOWHERE)
    assert (made.name, made.version, made.namespace, made.module) == ("demo", "1.0", "demo", "verbs")
    assert [ask.capability for ask in made.asks] == ["exec:tool", "fs.read:{path}"]
    assert (made.programs[0].effect, made.programs[0].argv[0], made.timeout) == (Effect.READ, "tool", 30.0)


@pytest.mark.parametrize("found", bundled(), ids=lambda found: found.name)
def test_those_that_come_with_nlsh_are_read(found: object) -> None:
    """Without an error, and each is called like its folder."""
    assert read(found.folder).name == found.folder.name  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "demo"\nv', 'name = "Demo"\nv', ":2: name has to be small letters"),
        ('name = "demo"\nv', "v", "it needs name"),
        ("api = 1", "api = 2", ":4: it is written for the API 2"),
        ("api = 1", "api = true", "API True"),
        ("api = 1", "api = 1\ncolour = 3", ":5: there is no 'colour'"),
        ('"verbs"', '"../verbs"', "module has to be"),
        ('"verbs"', "verbs", ":6: "),
        ('summary = "For a test."', 'summary = "a\\nb"', "summary has to be one line"),
        ('summary = "For a test."', 'summary = "\\u001b[31m"', "summary has to be one line"),
        ("exec:tool", "exec", "not a capability"),
        ("exec:tool", "root", "not a capability"),
        ("exec:tool", "proc.signal", "a plugin cannot have proc.signal"),
        ("fs.read:{path}", "fs.write:/etc", "fs.write is only for what the person names"),
        ("fs.read:{path}", "fs.read:etc", "fs.read names an absolute path"),
        ("fs.read:{path}", "fs.read:/var/../etc", "fs.read names an absolute path"),
        ("fs.read:{path}", "fs.read:/home/*", "fs.read names an absolute path"),
        ("fs.read:{path}", "fs.read:~/../etc", "fs.read names an absolute path"),
        ("fs.read:{path}", "fs.read:~other/a", "fs.read names an absolute path"),
        ("fs.read:{path}", "net.connect:example.org", "net.connect names a host and a port"),
        ("fs.read:{path}", "secret", "not a capability"),
        ("fs.read:{path}", "secret:../token", "secret names one in small letters"),
        ("fs.read:{path}", "exec:tool", "stands there twice"),
        ("fs.read:{path}", "exec:other", "no program of the plugin runs other"),
        ('name = "exec:tool"', 'name = "net.connect:a:80"', "needs the capability exec:tool"),
        ('reason = "because"', 'reason = ""', "reason has to be one line"),
        ('"tool", "--of', '"sh", "-c", "--of', "sh can run any program"),
        ('"tool", "--of', '"python3.12", "--of', "can run any program"),
        ('"tool", "--of', '"/bin/tool", "--of', "not the plain name of a program"),
        ('"tool", "--of', '"{name:word}", "--of', "not the plain name of a program"),
        ("{name:word}", "{name}", "has a hole that is not"),
        ("{name:word}", "{name:anything}", "there is no kind of hole"),
        ('effect = "read"', 'effect = "nothing"', "needs an effect"),
        ('effect = "read"', 'effect = "read"\nshell = true', "a program has no 'shell'"),
        ('["tool", ', '["systemctl", "--force", ', "what systemctl is to do stands first"),
        ('"tool", "--of={name:word}"', '"systemctl", "{name:word}"', "what systemctl is to do stands first"),
        ('"tool", "--of={name:word}"', '"systemctl", "stop", "x"', "needs the capability exec:systemctl"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, said: str) -> None:
    """With the file, and the line where there is one."""
    assert old in WHOLE
    with pytest.raises(PluginError, match=re.escape(said)) as error:
        parse(WHOLE.replace(old, new, 1), folder=NOWHERE)
    assert error.value.message.startswith("/nowhere/plugin.toml")


def test_a_program_that_acts_needs_more_than_exec() -> None:
    """Stopping services and the machine are capabilities of their own."""
    text = WHOLE.replace('"tool", "--of={name:word}", "-n", "{limit:count=5}"', '"systemctl", "stop", "{name:unit}"')
    with pytest.raises(PluginError, match=r"needs the capability service\.control"):
        parse(text.replace("exec:tool", "exec:systemctl"), folder=NOWHERE)
    with pytest.raises(PluginError, match=r"needs the capability power\.control"):
        parse(text.replace("exec:tool", "exec:systemctl").replace('"stop"', '"poweroff"'), folder=NOWHERE)


def test_a_module_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """It is said before anything runs."""
    (tmp_path / "plugin.toml").write_text(WHOLE)
    with pytest.raises(PluginError, match=r"there is no verbs\.py"):
        read(tmp_path)


def whether(text: str) -> None:
    """Read, where PluginError is the only way to fail."""
    try:
        parse(text, folder=NOWHERE)
    except PluginError:
        return


@settings(max_examples=FUZZ, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    """Any text is a manifest or is refused."""
    whether(text)


VALUES = st.sampled_from(
    [
        '""',
        "1",
        "-1",
        "1.5",
        "true",
        "[]",
        "{}",
        '["a"]',
        '[["a"]]',
        "1979-05-27",
        '"a\\u0000b"',
        "nan",
        "[{a=1}]",
        '"{x}"',
    ]
)


@settings(max_examples=FUZZ, deadline=None)
@given(st.data())
def test_no_value_breaks_it(data: st.DataObject) -> None:
    """Any value anywhere is one that may stand there or is refused."""
    lines = WHOLE.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.sampled_from([n for n, line in enumerate(lines) if " = " in line]))
        lines[number] = f"{lines[number].partition(' = ')[0]} = {data.draw(VALUES)}"
    whether("\n".join(lines))


@settings(max_examples=FUZZ, deadline=None)
@given(st.data())
def test_no_change_breaks_it(data: st.DataObject) -> None:
    """A manifest with characters replaced is a manifest or is refused."""
    letters = list(WHOLE)
    for _ in range(data.draw(st.integers(1, 5))):
        letters[data.draw(st.integers(0, len(letters) - 1))] = data.draw(st.characters())
    whether("".join(letters))
