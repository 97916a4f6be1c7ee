"""One request in a fresh process, with the time of each stage. Run as `python -m tests.bench.stages BEGAN REQUEST`.

BEGAN is the monotonic clock when this process was started. It prints one JSON object: seconds of each stage, and the
memory of this process and of the model worker.
"""

import time

STARTED = time.monotonic()

import io  # noqa: E402 (the clock is read before anything else)
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from contextlib import redirect_stdout  # noqa: E402
from pathlib import Path  # noqa: E402


def main() -> None:
    """Do what `nlsh -c REQUEST` does, stage by stage."""
    began, request = float(sys.argv[1]), sys.argv[2]
    marks = [("python", STARTED - began)]

    def done(name: str, since: float) -> float:
        now = time.monotonic()
        marks.append((name, now - since))
        return now

    at = time.monotonic()
    import nlsh.cli  # noqa: F401

    at = done("import_cli", at)
    from nlsh.config import Folders, load
    from nlsh.render.view import PlainView
    from nlsh.session import Nobody, open_session

    at = done("import_session", at)
    folders = Folders.of_user()
    session = open_session(folders, load(folders.settings))
    at = done("open_session", at)
    reading = session.understand(request)
    at = done("understand", at)
    results = list(session.carry_out(reading, prompter=Nobody()))
    at = done("execute", at)
    with redirect_stdout(io.StringIO()) as shown:
        for result in results:
            PlainView(shown, sys.stderr).result(result)
    at = done("render", at)
    memory = _memory()
    at = time.monotonic()
    session.close()
    done("close", at)
    print(json.dumps({"stages": dict(marks), "memory": memory, "lines": shown.getvalue().count("\n")}))


def _memory() -> dict[str, dict[str, int]]:
    from tests.bench.machine import peak_memory

    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return {"main": peak_memory(), "worker": peak_memory(int(children[0]))}


if __name__ == "__main__":
    main()
