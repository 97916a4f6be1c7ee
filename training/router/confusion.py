"""Where the router sends commands and sentences: ``python -m training.router.confusion FILE...``."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from nlsh.parser.router import route

if TYPE_CHECKING:
    from nlsh.parser.router import Mode


def main() -> None:
    """Print a row a file: the share of each route, and the 99th of 100 lines by CPU time, in microseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="files of lines")
    parser.add_argument("--mode", choices=("c", "repl"), default="c")
    parser.add_argument("--show", metavar="ROUTE", help="print the lines that go there")
    arguments = parser.parse_args()
    for path in arguments.files:
        row(path, arguments.mode, arguments.show)


def row(path: Path, mode: Mode, show: str | None) -> None:
    """Print one row."""
    counts: Counter[str] = Counter()
    times = []
    texts = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for text in texts:
        began = time.thread_time()
        routed = route(text, mode=mode)
        times.append(time.thread_time() - began)
        counts[routed.route] += 1
        if routed.route == show:
            print(f"  {routed.reason}\t{text}")
    slowest = sorted(times)[int(len(times) * 0.99)] * 1e6
    shares = "  ".join(
        f"{name} {counts[name]:>5} ({counts[name] / len(texts):.2%})" for name in ("shell", "intent", "ask")
    )
    print(f"{path.name:<24} {len(texts):>5}  {shares}  p99 {slowest:.0f} us")


if __name__ == "__main__":
    main()
