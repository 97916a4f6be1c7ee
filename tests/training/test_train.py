"""The training loop: it learns, keeps to its plan, and goes on after a stop as if there had been none."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("llama_cpp")

from training import train  # noqa: E402
from training.examples import Example  # noqa: E402
from training.network import Adapter  # noqa: E402
from training.rounding import Rounding  # noqa: E402
from training.train import Plan, Progress, Trainer, rate  # noqa: E402

CORPUS = [Example(tokens=(1, 10 + each, 2, 30 + each % 4, 40 + each % 3, 3), start=3) for each in range(12)]


def plan(examples: float = 160, seconds: float = math.inf) -> Plan:
    """A short plan."""
    return Plan(seconds=seconds, examples=examples, rate=1e-2, rows=4, seed=0)


@pytest.fixture
def trainer(base_file: Path) -> Trainer:
    """A trainer of the small model."""
    return made(base_file)


def made(base_file: Path) -> Trainer:
    torch.manual_seed(0)
    rounding = Rounding(base_file, torch.float32)
    return Trainer(rounding, Adapter(rounding.working.shape, rank=4, alpha=8.0), plan())


def test_it_learns(trainer: Trainer, capsys: pytest.CaptureFixture[str]) -> None:
    """The loss falls to a small part, and the progress lines tell."""
    train.train(trainer, CORPUS, None)
    losses = [float(line.split("loss ")[1].split()[0]) for line in capsys.readouterr().out.splitlines()]
    assert losses[-1] < 1.0 < math.log(128)
    assert trainer.progress.examples == 160


def test_a_resumed_run_ends_like_an_unbroken_one(
    base_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after some checkpoint and started anew, training gives the same adapter."""
    monkeypatch.setattr(train, "CHECKPOINT_EVERY", 0.0)
    monkeypatch.setattr(train, "ROUND_EVERY", 3)
    unbroken, stopped, resumed = made(base_file), made(base_file), made(base_file)
    train.train(unbroken, CORPUS, None)
    checkpoint = tmp_path / "checkpoints" / "checkpoint.pt"
    with monkeypatch.context() as patch:
        patch.setattr(train, "report", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train.train(stopped, CORPUS, checkpoint)
    resumed.restore(checkpoint)
    assert 0 < resumed.progress.steps < unbroken.progress.steps
    train.train(resumed, CORPUS, None)
    for one, other in zip(unbroken.network.adapter.parameters(), resumed.network.adapter.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


def interrupted(*_: object) -> str:
    """Somebody presses Ctrl-C."""
    raise KeyboardInterrupt


def test_rate() -> None:
    """The rate rises, then falls to nothing at the end of the plan."""
    rates = [rate(share / 100, 1e-3) for share in range(101)]
    assert rates[0] < rates[2] == max(rates) == 1e-3
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(0, abs=1e-9)


def test_share() -> None:
    """What ends first, time or examples, is what counts."""
    assert Progress(examples=40, seconds=1).share(plan()) == 0.25
    assert Progress(examples=40, seconds=9).share(plan(seconds=10)) == 0.9
    assert Progress(seconds=11).share(plan(seconds=10)) == 1.0


def test_fastest_is_one_of_two() -> None:
    """The machine chooses between bfloat16 and float32."""
    assert train.fastest(1) in (torch.bfloat16, torch.float32)
