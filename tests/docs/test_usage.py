"""The guides say what the programs do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from nlsh import errors
from nlsh.render import json_out
from nlsh.result import Result, Unit

DOCS = Path(__file__).parents[2] / "docs"


def keys(section: str) -> list[str]:
    """The keys in the table of a section of json.md."""
    text = (DOCS / "json.md").read_text().split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)`", text, flags=re.MULTILINE)


def test_every_option_of_nlsh_is_in_the_guide() -> None:
    """Each option of `nlsh --help` stands in usage.md, and no other."""
    shown = subprocess.run([sys.executable, "-m", "nlsh", "--help"], capture_output=True, text=True, check=True).stdout
    guide = (DOCS / "usage.md").read_text().split("## One request")[1].split("## Scripts")[0]
    rows = "\n".join(line for line in guide.splitlines() if line.startswith("| `-"))
    assert set(re.findall(r"--[a-z-]+", rows)) == set(re.findall(r"--[a-z-]+", shown))


def test_every_command_of_nlshctl_is_in_the_guide() -> None:
    """Each command of `nlshctl --help` stands in usage.md."""
    code = "from nlsh.ctl import main; main()"
    shown = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  (\w+) ", shown.split("Commands:")[1], flags=re.MULTILINE)
    guide = (DOCS / "usage.md").read_text()
    assert commands and all(f"`nlshctl {command}" in guide for command in commands)


def test_every_exit_code_is_in_the_guide() -> None:
    """Each exit code of the error tree stands in usage.md."""
    tree = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.NlshError)]
    guide = (DOCS / "usage.md").read_text()
    assert all(f"\n| {each.exit_code} |" in guide for each in tree)


def test_the_keys_of_json_are_in_the_guide() -> None:
    """The tables of json.md name exactly the keys that are printed."""
    result = Result(verb="x")
    assert keys("The envelope") == list(json_out.envelope({"utterance": ""}, [], error=None, exit_code=0))
    assert keys("A result") == list(json_out.of_result(result))
    assert keys("An error") == list(json_out.of_error(errors.UsageError("")))
    assert keys("Background jobs") == list(json_out.later(result))


def test_the_words_of_json_are_in_the_guide() -> None:
    """json.md names every unit and every error."""
    text = (DOCS / "json.md").read_text()
    assert all(f"`{unit.value}`" in text for unit in Unit)
    tree = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.NlshError)]
    assert all(f"`{each.__name__}`" in text for each in tree if each is not errors.NlshError)
