"""Trains the adapter of the default model: `python -m training.train --corpus FILE --base FILE --out FILE`."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import llama_cpp
import torch
from torch import Tensor

from nlsh.config import Folders
from nlsh.models.catalogue import Catalogue
from training import adapter, examples, memory
from training.network import Adapter, Batch, Network
from training.rounding import Rounding

#: Share of the training in which the learning rate rises.
WARM_UP = 0.02
#: The checkpoint's name in its folder.
CHECKPOINT = "checkpoint.pt"
#: Seconds between two checkpoints.
CHECKPOINT_EVERY = 120.0
#: Steps between two progress lines.
REPORT_EVERY = 20
#: Steps for which the weights stay as rounding left them.
ROUND_EVERY = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how to train. Training ends at `seconds` or at `examples`, whichever comes first."""

    seconds: float
    examples: float
    rate: float
    rows: int
    seed: int


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far training has come, over all its runs; `seconds` is time spent training."""

    steps: int = 0
    examples: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def share(self, plan: Plan) -> float:
        """The part of `plan` that is done, 0 to 1."""
        return min(1.0, max(self.seconds / plan.seconds, self.examples / plan.examples))


def rate(share: float, highest: float) -> float:
    """The learning rate when `share` of the training is done: a short rise, then half a cosine down to 0."""
    if share < WARM_UP:
        return highest * max(share / WARM_UP, 0.02)
    return highest * 0.5 * (1 + math.cos(math.pi * (share - WARM_UP) / (1 - WARM_UP)))


class Trainer:
    """An adapter in training, with all that a checkpoint must hold."""

    def __init__(self, rounding: Rounding, adapter: Adapter, plan: Plan) -> None:
        self.network, self.rounding = Network(rounding.working, adapter), rounding
        self.plan, self.progress = plan, Progress()
        self.optimiser = torch.optim.AdamW(adapter.parameters(), lr=plan.rate, weight_decay=0.01, fused=True)

    def step(self, batch: Batch) -> float:
        """Learns from `batch`; returns its mean loss, in nats a token, before that."""
        if self.progress.steps % ROUND_EVERY == 0:
            self.rounding.refresh(self.network.adapter)
        for group in self.optimiser.param_groups:
            group["lr"] = rate(self.progress.share(self.plan), self.plan.rate)
        loss: Tensor = self.network.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.adapter.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return loss.item()

    def save(self, path: Path) -> None:
        """Writes a checkpoint; a reader of `path` sees the old one or the new one, whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        state = {"adapter": self.network.adapter.state_dict(), "optimiser": self.optimiser.state_dict()}
        torch.save({**state, "progress": asdict(self.progress)}, unfinished)
        unfinished.replace(path)

    def restore(self, path: Path) -> None:
        """Goes back to the checkpoint at `path`, if there is one."""
        if path.exists():
            state = torch.load(path)
            self.network.adapter.load_state_dict(state["adapter"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.progress = Progress(**state["progress"])
            self.rounding.refresh(self.network.adapter)


def train(trainer: Trainer, corpus: Sequence[examples.Example], checkpoint: Path | None) -> None:
    """Trains to the end of the plan.

    The batches follow from the plan's seed, so that a resumed run goes on with the next one.
    """
    progress, plan = trainer.progress, trainer.plan
    saved = time.monotonic()
    started = saved - progress.seconds
    for rows in islice(examples.batches(corpus, plan.rows, plan.seed), progress.steps, None):
        if progress.share(plan) >= 1:
            return
        loss = trainer.step(examples.batch(rows))
        progress.steps += 1
        progress.examples += len(rows)
        progress.tokens += sum(len(each.tokens) for each in rows)
        progress.seconds = time.monotonic() - started
        if progress.steps % REPORT_EVERY == 0:
            print(report(progress, plan, loss), flush=True)
        # Where the weights are rounded anyway, so that a resumed run finds them as they were.
        due = progress.steps % ROUND_EVERY == 0 and time.monotonic() - saved > CHECKPOINT_EVERY
        if checkpoint and due:
            trainer.save(checkpoint)
            memory.trim()
            saved = time.monotonic()


def report(progress: Progress, plan: Plan, loss: float) -> str:
    """One line on how training goes."""
    share = progress.share(plan)
    left = progress.seconds / share * (1 - share)
    return (
        f"step {progress.steps}  loss {loss:.4f}  examples {progress.examples}  "
        f"{progress.tokens / progress.seconds:.0f} tokens/s  "
        f"{progress.examples / progress.seconds * 60:.0f} examples/min  "
        f"{share:.1%} done  {left / 60:.1f} min left"
    )


def installed_base() -> Path:
    """The base of the default model where `nlshctl model install` keeps it."""
    catalogue = Catalogue.load()
    return Folders.of_user().models / catalogue[catalogue.default].file


def fastest(threads: int) -> torch.dtype:
    """Of bfloat16 and float32, the one that this machine multiplies faster."""
    torch.set_num_threads(threads)
    return min((torch.bfloat16, torch.float32), key=_seconds)


def _seconds(dtype: torch.dtype) -> float:
    matrix = torch.randn(1024, 1024, dtype=dtype)
    for _ in range(3):
        started = time.perf_counter()
        matrix @ matrix
    return time.perf_counter() - started


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    options = _parser().parse_args(arguments)
    base = options.base or installed_base()
    memory.keep()
    dtype = fastest(options.threads)
    torch.manual_seed(options.seed)
    tokeniser = llama_cpp.Llama(str(base), vocab_only=True, verbose=False)
    corpus = examples.load(options.corpus, tokeniser)
    rounding = Rounding(base, dtype)
    print(f"{len(corpus)} examples, {dtype}", flush=True)
    plan = Plan(
        seconds=60 * options.minutes if options.minutes else math.inf,
        examples=options.examples or (math.inf if options.minutes else 3 * len(corpus)),
        rate=options.rate,
        rows=options.batch,
        seed=options.seed,
    )
    empty = Adapter(rounding.working.shape, rank=options.rank, alpha=2.0 * options.rank)
    trainer = Trainer(rounding, empty, plan)
    if options.start:
        adapter.read_into(trainer.network.adapter, options.start)
    checkpoint = options.resume / CHECKPOINT if options.resume else None
    if checkpoint:
        trainer.restore(checkpoint)
    train(trainer, corpus, checkpoint)
    if checkpoint:
        trainer.save(checkpoint)
    adapter.write(trainer.network.adapter, base, options.out)
    print(f"wrote {options.out.name}: {report(trainer.progress, plan, math.nan)}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True, help="JSONL with utterance, answer, context, system")
    parser.add_argument("--base", type=Path, help="base model, GGUF; the installed one unless given")
    parser.add_argument("--out", type=Path, required=True, help="adapter to write, GGUF")
    parser.add_argument("--minutes", type=float, help="train this long")
    parser.add_argument("--examples", type=int, help="train on this many examples (default: three passes)")
    parser.add_argument("--resume", type=Path, help="folder of the checkpoint; training goes on from it if it is there")
    parser.add_argument("--start", type=Path, help="adapter that the training begins with, GGUF")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--batch", type=int, default=48, help="examples in a batch")
    parser.add_argument("--threads", type=int, default=2)
    return parser


if __name__ == "__main__":
    main()
