"""The file that a login carries out before the first prompt: commands, and sentences after a `?`, as in a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nlsh.errors import UsageError
from nlsh.render.view import View
from nlsh.shell.script import quoted


def parts(path: Path, view: View) -> Iterator[str]:
    """What the file says, in order: each sentence, and the commands between two as one text, since they may span lines.

    A sentence begins with `?`, and commands with `!`. A file that cannot be read is said in the view; having none is
    fine.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return
    except OSError as error:
        view.error(UsageError(f"cannot read {path}: {error.strerror}"))
        return
    commands: list[str] = []
    for line in [*text.splitlines(), "?"]:
        if not line.lstrip().startswith("?"):
            commands.append(line)
            continue
        if any(command.strip() and not command.lstrip().startswith("#") for command in commands):
            yield "!eval " + quoted("\n".join(commands))  # so that the shell never waits for the end of a command
        commands = []
        if line.strip() != "?":
            yield line.strip()
