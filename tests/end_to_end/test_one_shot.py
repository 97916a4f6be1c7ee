"""`nlsh -c` from a sentence to the machine's real processes."""

from __future__ import annotations

import psutil
import pytest

from tests.end_to_end.running import Nlsh

pytestmark = pytest.mark.model

BIGGEST = "show the 5 processes using the most memory"


def test_the_five_biggest_processes(nlsh: Nlsh) -> None:
    """The five processes with the most memory come back, the biggest first, as psutil sees them."""
    before = _sizes()
    envelope = nlsh.ask(BIGGEST)
    after = _sizes()
    assert envelope["plan"] == [{"verb": "process.list", "args": {"sort": "memory", "limit": 5}}]
    rows = envelope["results"][0]["rows"]
    shown = [row["rss"] for row in rows]
    assert len(rows) == 5 and shown == sorted(shown, reverse=True)
    fifth = min(sorted(sizes.values(), reverse=True)[4] for sizes in (before, after))
    for row in rows:  # nlsh and its worker are among them perhaps, and others grow and shrink meanwhile
        assert row["rss"] >= 0.8 * fifth
        seen = [sizes[row["pid"]] for sizes in (before, after) if row["pid"] in sizes]
        assert not seen or 0.7 * min(seen) <= row["rss"] <= 1.3 * max(seen)


def test_plain_text(nlsh: Nlsh) -> None:
    """Without a terminal the result is a heading and a line for each process, and nothing else is said."""
    done = nlsh.run("-c", BIGGEST)
    assert (done.returncode, done.stderr) == (0, "")
    heading, *lines = done.stdout.splitlines()
    assert heading.split()[:4] == ["PID", "User", "Name", "CPU"]
    assert len(lines) == 5 and all(line.split()[0].isdigit() for line in lines)
    assert "\x1b" not in done.stdout


def test_json_envelope(nlsh: Nlsh) -> None:
    """--json prints one object on one line, with the reading, the results and the exit code."""
    done = nlsh.run("--json", "-c", BIGGEST)
    assert done.returncode == 0 and done.stderr == "" and done.stdout.count("\n") == 1
    envelope = nlsh.ask(BIGGEST)
    assert envelope["version"] == 1 and envelope["route"] == "intent" and not envelope["asks"]
    assert 0.35 <= envelope["confidence"] <= 1.0
    assert len(envelope["results"]) == 1 and envelope["error"] is None


def _sizes() -> dict[int, int]:
    """The resident memory of every process there is."""
    found = {process.pid: process.info["memory_info"] for process in psutil.process_iter(["memory_info"])}
    return {pid: memory.rss for pid, memory in found.items() if memory}
