"""The measuring itself: its statistics, and that it cleans up behind itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from nlsh.executor.table import ProcTable
from tests.bench import listing, passed, plugins, prompt, reading, report, workers
from tests.bench.crowd import crowd
from tests.bench.samples import Samples, quantile
from tests.end_to_end.running import ended

VALUES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1)


@given(VALUES, st.floats(min_value=0, max_value=1))
def test_a_quantile_lies_among_the_values(values: list[float], share: float) -> None:
    """A quantile is never outside the values, and a larger share is never a smaller value."""
    ordered = sorted(values)
    found = quantile(ordered, share)
    assert ordered[0] <= found * (1 + 1e-9) and found <= ordered[-1] * (1 + 1e-9)
    assert quantile(ordered, share / 2) <= found * (1 + 1e-9)


def test_times_are_reported_in_milliseconds() -> None:
    """The report of samples has its values in milliseconds."""
    figures = Samples([0.001, 0.002, 0.003]).report()
    assert figures == {"runs": 3, "min": 1.0, "p50": 2.0, "p95": 2.9, "max": 3.0, "mean": 2.0}


def test_a_crowd_comes_and_goes() -> None:
    """A crowd is that many processes, and none of them is left afterwards."""
    before = _own()
    with crowd(20):
        assert len(_own()) - len(before) == 20
    assert _own() == before


def test_a_crowd_goes_when_its_owner_dies() -> None:
    """Whoever asked for a crowd may be killed: it ends all the same."""
    code = "from tests.bench.crowd import crowd\nwith crowd(10):\n  print('there', flush=True)\n  input()"
    before = _own()
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], cwd=root, text=True, **pipes) as owner:
        assert owner.stdout and owner.stdout.readline() == "there\n"
        left = _own() - before - {owner.pid}
        owner.kill()
    assert left and all(ended(pid, 10) for pid in left)


def test_a_list_is_measured() -> None:
    """Listing reports times of every part, and says why where it measures nothing."""
    figures = listing.measure((1, len(ProcTable().snapshot()) + 20), runs=1)
    skipped, measured = figures.values()
    assert "skipped" in skipped
    assert measured["executor"]["p50"] > 0 and measured["executor_to_ps"] > 0
    assert "executor" in report.table(figures) and json.dumps(figures)


def test_workers_are_measured() -> None:
    """The first, those after it, and messages."""
    figures = workers.measure(runs=2)
    assert figures["first"]["p50"] > figures["next"]["computes"]["p50"] > figures["message"]["p50"] > 0
    assert "next.reads_files" in report.table(figures)


def test_a_passed_command_is_measured() -> None:
    """Beside bare Python, which it cannot beat."""
    figures = passed.measure(runs=3)
    assert figures["nlsh_command"]["p50"] > figures["interpreter"]["min"] > figures["bash"]["min"] > 0
    assert "nlsh_name_over_interpreter_ms" in report.table(figures)


def test_a_prompt_is_measured(tmp_path: Path) -> None:
    """By the clock and in processor time, beside bare Python, which it cannot beat."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.toml").write_text('model = "own.gguf"\n')
    figures = prompt.measure(tmp_path, runs=2)
    assert figures["wall"]["nlsh"]["min"] > figures["wall"]["interpreter"]["min"] > 0
    assert figures["processor"]["nlsh"]["min"] > figures["processor"]["interpreter"]["min"] > 0
    assert "processor.bash" in report.table(figures)


def test_requests_to_plugins_are_measured() -> None:
    """The first, those after it, and a worker alone."""
    figures = plugins.measure(runs=2)
    assert figures["first"]["p50"] > figures["request"]["nothing"]["min"] > 0 and figures["worker"]["min"] > 0
    assert "request.routes" in report.table(figures) and json.dumps(figures)


def test_reading_is_measured() -> None:
    """Each reader here, in a worker of its own, and in one that waits."""
    figures = reading.measure(runs=1)
    assert set(figures) == {*reading.COUNTERS, "processes"}
    assert all(each["forked"]["p50"] > each["kept"]["p50"] > 0 and each["here"]["p50"] > 0 for each in figures.values())


def _own() -> set[int]:
    """The processes of the crowd's program."""
    return {p.pid for p in ProcTable().snapshot({"argv"}) if "crowd" in " ".join(p.argv) and p.pid != os.getpid()}
