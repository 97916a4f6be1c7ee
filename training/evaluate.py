"""Judges a model: `python -m training.evaluate [--model FILE] [--errors FILE] [SET ...]` prints tables in Markdown."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from nlsh.completion import Completion, Model
from nlsh.config import Folders, Settings
from nlsh.effects import Effect
from nlsh.errors import NlshError
from nlsh.intent import Plan
from nlsh.models.catalogue import Catalogue
from nlsh.models.store import CONTEXT, ModelFile, Store
from nlsh.models.worker import Load, ModelWorker
from nlsh.parser.parse import Parser, Style
from nlsh.parser.reading import THRESHOLDS, Reading
from nlsh.verb import Registry
from training import cases, scoring
from training.cases import Case
from training.registry import registry
from training.scoring import Outcome, Score

SETS = Path(__file__).parent / "eval"
ANYTHING = r"start: /(.|\n)*/"
"""The grammar that allows every text."""
CANDIDATES = tuple(step / 100 for step in range(30, 100))


class Unbound:
    """A model that may write what it likes: no grammar holds it."""

    def __init__(self, worker: ModelWorker) -> None:
        self._worker = worker

    def complete(self, prompt: Sequence[tuple[str, bool]], grammar: str) -> Completion:
        """The text that the model likes best."""
        return self._worker.complete(prompt, ANYTHING)


def outcomes(model: Model, style: Style, found: Iterable[Case]) -> Iterator[Outcome]:
    """Read every case, each with the verbs that it declares."""
    parser_for = cache(lambda declarations: Parser(registry(declarations), model, style=style))
    for case in found:
        parser = parser_for(case.declarations)
        started = time.perf_counter()
        reading = _read(parser, case)
        yield Outcome(case=case, reading=reading, seconds=time.perf_counter() - started)


def _read(parser: Parser, case: Case) -> Reading:
    """The reading; one that asks where the model wrote nothing that is a plan."""
    try:
        return parser.parse(case.utterance, case.context)
    except NlshError as error:
        return Reading(
            utterance=case.utterance, route="unknown", plan=Plan(), confidence=0.0, asks=True, doubt=error.message
        )


def thresholds(chosen_on: Sequence[Outcome], verbs: Registry) -> dict[Effect, float]:
    """The lowest confidence of each effect above which no reading is dangerous; that of what destroys is no lower."""
    found = dict(THRESHOLDS)
    for effect in (Effect.CHANGE, Effect.DESTROY):
        mine = [one for one in chosen_on if scoring.dangerous(one, verbs) and _reach(one, verbs) is effect]
        worst = max((one.reading.confidence for one in mine if not _lacks(one, verbs)), default=0.0)
        found[effect] = next((each for each in CANDIDATES if each > worst), 1.0)
    found[Effect.DESTROY] = max(found[Effect.DESTROY], found[Effect.CHANGE])
    return found


def _reach(outcome: Outcome, verbs: Registry) -> Effect:
    return max((verbs.mistaken(step) for step in outcome.reading.plan), key=lambda effect: effect.rank)


def _lacks(outcome: Outcome, verbs: Registry) -> bool:
    return any(verbs.lacks_target(step) for step in outcome.reading.plan)


def halves(found: Sequence[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """Every other case of each verb, so that both halves hold the same things."""
    first: list[Outcome] = []
    second: list[Outcome] = []
    for group in scoring.grouped(found, lambda case: case.verb).values():
        first += group[::2]
        second += group[1::2]
    return first, second


# --- what is printed ---


def report(name: str, found: Sequence[Outcome], verbs: Registry) -> str:
    """All tables of one set."""
    parts = [f"## {name}\n", _table({"all": scoring.score(found, verbs)})]
    keys: dict[str, Callable[[Case], str]] = {
        "language": lambda case: case.language,
        "register": lambda case: case.register,
        "verb": lambda case: case.verb,
    }
    for title, key in keys.items():
        groups = scoring.grouped(found, key)
        if len(groups) > 1:
            rows = {name: scoring.score(group, verbs) for name, group in groups.items()}
            parts.append(f"\nBy {title}:\n\n{_table(rows)}")
    return "\n".join([*parts, _calibration(found), _acting(found, verbs), _latency(found)])


def _table(rows: Mapping[str, Score]) -> str:
    head = (
        "| | cases | exact | verb | arguments F1 | right and acted on | dangerous | acted on |\n" + "|---" * 8 + "|\n"
    )
    return head + "\n".join(
        f"| {name} | {row.cases} | {row.exact:.1%} | {row.verb:.1%} | {row.f1:.3f} "
        f"| {row.surely:.1%} | {row.dangerous} | {row.acted} |"
        for name, row in rows.items()
    )


def _calibration(found: Sequence[Outcome]) -> str:
    error = scoring.calibration_error(found)
    head = f"\nCalibration error {error:.3f}:\n\n| confidence | cases | mean | right |\n|---|---|---|---|\n"
    return head + "\n".join(
        f"| {each.low:.2f} to {min(each.high, 1):.2f} | {each.cases} | {each.confidence:.2f} | {each.right:.1%} |"
        for each in scoring.reliability(found)
    )


def _acting(found: Sequence[Outcome], verbs: Registry) -> str:
    """Thresholds chosen on one half, and what they do to the other."""
    first, second = halves(found)
    chosen = thresholds(first, verbs)
    sure = [one for one in second if scoring.above(one, verbs, chosen)]
    right = [one for one in second if one.exact]
    kept = [one for one in right if scoring.above(one, verbs, chosen)]
    bad = [one for one in sure if scoring.dangerous(one, verbs)]
    said = ", ".join(f"{effect.value} {value:.2f}" for effect, value in chosen.items())
    return (
        f"\nThresholds chosen on one half ({len(first)} cases): {said}. On the other half ({len(second)}): "
        f"{len(bad)} dangerous readings above them, {len(kept)} of {len(right)} right ones "
        f"({len(kept) / max(len(right), 1):.1%}) above them; acted on {len(sure)}."
    )


def _latency(found: Sequence[Outcome]) -> str:
    times = sorted(one.seconds * 1000 for one in found)
    worst = times[min(len(times) - 1, int(len(times) * 0.95))]
    middle = statistics.median(times)
    return f"\nA reading, with the other one beside a doubtful one: p50 {middle:.0f} ms, p95 {worst:.0f}.\n"


def _mistakes(found: Iterable[Outcome], verbs: Registry) -> Iterator[str]:
    for one in found:
        if not one.exact:
            said = {
                "utterance": one.case.utterance,
                "context": one.case.context.exchange() if one.case.context else None,
                "right": one.case.plan.to_wire(),
                "read": one.reading.plan.to_wire(),
                "confidence": round(one.reading.confidence, 3),
                "asks": one.reading.asks,
                "dangerous": scoring.dangerous(one, verbs),
            }
            yield json.dumps(said, ensure_ascii=False)


# --- the command ---


def main() -> None:
    """Judge the model on the sets and print the report."""
    options = _parser().parse_args()
    model = _model(options.model)
    worker = ModelWorker(Load(path=model.path, context_length=CONTEXT[model.style]))
    errors = options.errors.open("w", encoding="utf-8") if options.errors else None
    try:
        for path in options.sets or sorted(SETS.glob("*.jsonl")):
            found = [case.alone() if options.alone else case for case in cases.load(path)]
            judged = _judged(Unbound(worker) if options.free else worker, model.style, found)
            verbs = registry({line for one in judged for line in one.case.declarations})
            print(report(path.stem + (" without the grammar" if options.free else ""), judged, verbs))
            for line in _mistakes(judged, verbs) if errors else ():
                print(line, file=errors)
    finally:
        worker.close()


def _judged(model: Model, style: Style, found: Sequence[Case]) -> list[Outcome]:
    judged = []
    for number, outcome in enumerate(outcomes(model, style, found), 1):
        judged.append(outcome)
        if number % 20 == 0 or number == len(found):
            print(f"\r{number} of {len(found)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return judged


def _model(given: str) -> ModelFile:
    folders = Folders.of_user()
    settings = replace(Settings(), model=given) if given else Settings()
    model = Store(folders.models, Catalogue.load()).resolve(settings)
    return replace(model, style="trained") if given.endswith(".gguf") else model


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("sets", nargs="*", type=Path, help="files of cases; all of training/eval unless given")
    parser.add_argument("--model", default="", metavar="FILE", help="a trained GGUF file in place of the model in use")
    parser.add_argument("--errors", type=Path, metavar="FILE", help="write what was read wrong, a JSON object a line")
    parser.add_argument("--alone", action="store_true", help="declare only the verb that is meant, none beside it")
    parser.add_argument("--free", action="store_true", help="without the grammar")
    return parser


if __name__ == "__main__":
    main()
