"""`python -m tests.bench` measures all there is; `--quick` a part of it, in about half a minute."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nlsh.errors import ModelError
from tests.bench import (
    cold,
    contention,
    listing,
    machine,
    passed,
    plugins,
    prompt,
    reading,
    report,
    routing,
    warm,
    workers,
)
from tests.bench.home import Home, home

SEED = 20


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How much is measured: utterances and their rounds, cold starts, numbers of processes, runs of other things."""

    utterances: int = 60
    rounds: int = 3
    cold: int = 20
    processes: tuple[int, ...] = (100, 1000, 5000)
    lists: int = 9
    loads: int = 20
    workers: int = 100
    passed: int = 60
    prompts: int = 20


FULL = Amount()
QUICK = Amount(
    utterances=15, rounds=1, cold=3, processes=(100, 1000), lists=3, loads=0, workers=20, passed=10, prompts=5
)


def main() -> int:
    """Measure, print JSON on standard output and the table on standard error; 7 where there is no model."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure less")
    parser.add_argument("--model", default="", metavar="FILE", help="a GGUF file in place of the model in use")
    parser.add_argument("--only", choices=[*_PARTS], action="append", help="measure this part alone; may be repeated")
    arguments = parser.parse_args()
    amount = QUICK if arguments.quick else FULL
    try:
        with home(arguments.model) as made:
            figures = _figures(made, amount, arguments.only or [*_PARTS])
    except ModelError as error:
        print(f"{error.message}\n  {error.hint}", file=sys.stderr)
        return error.exit_code
    print(report.table(figures), file=sys.stderr)
    print(json.dumps(figures, indent=1))
    return 0


def _figures(made: Home, amount: Amount, parts: list[str]) -> dict[str, Any]:
    began = time.monotonic()
    figures: dict[str, Any] = {"machine": machine.facts(), "model": made.facts(), "seed": SEED}
    for name in parts:
        print(f"measuring: {name}", file=sys.stderr)
        figures[name] = _PARTS[name](made, amount)
    return {**figures, "load_at_the_end": machine.load(), "seconds": round(time.monotonic() - began, 1)}


def _warm(made: Home, amount: Amount) -> dict[str, Any]:
    return warm.measure(made.model, count=amount.utterances, rounds=amount.rounds, seed=SEED)


def _cold(made: Home, amount: Amount) -> dict[str, Any]:
    return cold.measure(made, runs=amount.cold)


def _listing(made: Home, amount: Amount) -> dict[str, Any]:
    return listing.measure(amount.processes, runs=amount.lists)


def _contention(made: Home, amount: Amount) -> dict[str, Any]:
    return contention.measure(made.model, runs=amount.loads) if amount.loads else {}


def _workers(made: Home, amount: Amount) -> dict[str, Any]:
    return workers.measure(runs=amount.workers)


def _passed(made: Home, amount: Amount) -> dict[str, Any]:
    return passed.measure(runs=amount.passed)


def _prompt(made: Home, amount: Amount) -> dict[str, Any]:
    return prompt.measure(made.path, runs=amount.prompts)


def _plugins(made: Home, amount: Amount) -> dict[str, Any]:
    return plugins.measure(runs=amount.workers)


def _reading(made: Home, amount: Amount) -> dict[str, Any]:
    return reading.measure(runs=amount.workers)


def _route(made: Home, amount: Amount) -> dict[str, Any]:
    return routing.measure()


_PARTS: dict[str, Callable[[Home, Amount], dict[str, Any]]] = {
    "warm": _warm,
    "cold": _cold,
    "listing": _listing,
    "contention": _contention,
    "workers": _workers,
    "passed": _passed,
    "prompt": _prompt,
    "plugins": _plugins,
    "reading": _reading,
    "route": _route,
}

if __name__ == "__main__":
    sys.exit(main())
