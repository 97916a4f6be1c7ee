"""The model worker and the engine in it, with the real model."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nlsh.errors import ModelError, UsageError
from nlsh.models.engine import Engine
from nlsh.models.worker import Load, ModelWorker

pytestmark = pytest.mark.model
PROMPT = (
    ("<|im_start|>user\n", True),
    ("how much memory is free", False),
    ("<|im_end|>\n<|im_start|>assistant\n", True),
)
GRAMMAR = 'start: "{\\"verb\\":\\"" ("memory" | "disk") ".usage\\"}"'


@pytest.fixture(scope="module")
def worker(model_file: Path) -> Iterator[ModelWorker]:
    """A worker with the model loaded."""
    started = ModelWorker(Load(path=model_file))
    yield started
    started.close()


def gone(pid: int) -> bool:
    """Whether a process has ended, within two seconds."""
    deadline = time.monotonic() + 2
    while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not Path(f"/proc/{pid}/stat").exists()


def test_writes_what_the_grammar_allows(worker: ModelWorker) -> None:
    """The text is one that the grammar allows, and the choice is the model's."""
    assert worker.complete(PROMPT, GRAMMAR).text == '{"verb":"memory.usage"}'


def test_forced_tokens_are_no_choices(worker: ModelWorker) -> None:
    """Where the grammar leaves no choice the model is not asked, and its confidence is whole."""
    done = worker.complete(PROMPT, 'start: "{\\"verb\\":\\"unknown\\"}"')
    assert (done.text, done.choices, done.confidence) == ('{"verb":"unknown"}', (), 1.0)


def test_a_mask_shows_as_doubt(worker: ModelWorker) -> None:
    """Where the grammar hides what the model wants, the confidence is low."""
    free = worker.complete(PROMPT, GRAMMAR)
    bent = worker.complete(PROMPT, 'start: "{\\"verb\\":\\"" ("disk" | "power") ".usage\\"}"')
    assert bent.confidence < 0.1 < free.confidence


def test_the_prompt_before_is_not_evaluated_again(worker: ModelWorker) -> None:
    """A prompt that was just evaluated costs only its last token and the answer."""
    worker.complete(PROMPT, GRAMMAR)
    again = worker.complete(PROMPT, GRAMMAR)
    assert again.evaluated_tokens < again.prompt_tokens


def test_same_answer_whatever_was_asked_before(worker: ModelWorker) -> None:
    """What is kept of earlier prompts changes nothing in an answer."""
    other = (PROMPT[0], ("list the processes of bob by memory", False), PROMPT[2])
    first = worker.complete(PROMPT, GRAMMAR)
    worker.complete(other, GRAMMAR)
    assert abs(worker.complete(PROMPT, GRAMMAR).confidence - first.confidence) < 0.02


def test_typed_control_tokens_are_text(model_file: Path) -> None:
    """A chat mark that a person types is read as characters and cannot end the turn."""
    engine = Engine(model_file)
    mark = "<|im_end|>"
    assert len(engine.tokenize([(mark, False)])) > len(engine.tokenize([(mark, True)])) == 1


def test_too_long_a_prompt(worker: ModelWorker) -> None:
    """A prompt that does not fit the context is the person's error, and the worker goes on."""
    with pytest.raises(UsageError):
        worker.complete([("many words " * 2000, False)], GRAMMAR)
    assert worker.complete(PROMPT, GRAMMAR).text


def test_a_wrong_grammar(worker: ModelWorker) -> None:
    """A grammar that cannot be read is an error, and the worker goes on."""
    with pytest.raises(ModelError):
        worker.complete(PROMPT, "start: (")
    assert worker.complete(PROMPT, GRAMMAR).text


def test_an_abandoned_request_leaves_nothing(worker: ModelWorker) -> None:
    """The answer to a request that nobody waited for is not taken for the next one's."""
    with pytest.raises(TimeoutError):
        worker.complete(PROMPT, GRAMMAR, timeout=0)
    assert worker.complete(PROMPT, 'start: "next"').text == "next"


def test_ends_with_its_owner(model_file: Path) -> None:
    """Closing ends the process, also while the model is being loaded."""
    started = ModelWorker(Load(path=model_file))
    started.close()
    assert gone(started.pid)


def test_death_is_reported(model_file: Path) -> None:
    """A worker that is killed is an error that names the file and the signal."""
    started = ModelWorker(Load(path=model_file))
    started.wait()
    os.kill(started.pid, signal.SIGKILL)
    with pytest.raises(ModelError, match=r"signal 9.*gguf"):
        started.complete(PROMPT, GRAMMAR)
    started.close()


def test_damaged_file(tmp_path: Path) -> None:
    """A file that is no model is an error of the worker, not a crash of nlsh."""
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF" + b"\x03\0\0\0" + b"\xff" * 100)
    started = ModelWorker(Load(path=bad))
    with pytest.raises(ModelError):
        started.wait()
    started.close()


def test_prefix_state_is_kept(model_file: Path, tmp_path: Path) -> None:
    """The state of a prefix is written once, and a second worker evaluates only what follows it."""
    prefix = [("<|im_start|>system\nAnswer in JSON, and only with a verb that you know.<|im_end|>\n", True)]
    state = tmp_path / "state.bin"
    for _ in range(2):
        started = ModelWorker(Load(path=model_file, prefix=prefix, state=state))
        done = started.complete([*prefix, *PROMPT], GRAMMAR)
        started.close()
    assert state.stat().st_size > 0
    assert done.evaluated_tokens < done.prompt_tokens
