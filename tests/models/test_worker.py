"""The model worker and the engine in it, with the real model."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import nlsh
from nlsh.errors import ModelError, UsageError
from nlsh.executor.core import core_registry
from nlsh.models.engine import Engine
from nlsh.models.worker import Load, ModelWorker
from nlsh.parser.parse import Parser
from nlsh.sandbox.layers import probe

pytestmark = pytest.mark.model
PROMPT = (
    ("<|im_start|>user\n", True),
    ("how much memory is free", False),
    ("<|im_end|>\n<|im_start|>assistant\n", True),
)
Saying = Callable[[bytes], ModelWorker]
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


READY = b'{"ready":true,"state":false,"sandbox":{"in_force":[],"missing":[]}}\n'


@pytest.mark.parametrize(
    "said",
    [
        b"no JSON\n",
        b"x" * (3 << 20),
        b"[" * 100_000 + b"\n",
        READY + b'{"id":1}\n',
        READY + b'{"id":1,"text":"a","choices":5,"prompt_tokens":1,"evaluated_tokens":1}\n',
        READY + b'{"id":1,"text":"a","choices":[["a","b"]],"prompt_tokens":1,"evaluated_tokens":1}\n',
        b'{"error":"print","message":"told to call something"}\n',
    ],
    ids=["no-json", "endless", "deep", "empty", "no-list", "no-number", "error"],
)
def test_a_worker_that_was_taken_over_is_not_believed(model_file: Path, saying: Saying, said: bytes) -> None:
    """Whatever a hostile file has its process say, here it is an error of the model."""
    with pytest.raises(ModelError):
        saying(said).complete(PROMPT, GRAMMAR)


@pytest.fixture
def saying(model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Saying]:
    """Starts a worker whose process says these bytes, whatever it is asked."""
    started: list[ModelWorker] = []

    def start(said: bytes) -> ModelWorker:
        (tmp_path / "said").write_bytes(said)
        fake = tmp_path / "python"
        (tmp_path / "fake.py").write_text(
            "import socket, sys\n"
            "here = socket.socket(fileno=int(sys.argv[-1]))\n"
            f"here.sendall(open({str(tmp_path / 'said')!r}, 'rb').read())\n"
            "while here.recv(65536): pass\n"
        )
        fake.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path / "fake.py"} "$@"\n')
        fake.chmod(0o755)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "executable", str(fake))
            started.append(ModelWorker(Load(path=model_file)))
        return started[-1]

    yield start
    for each in started:
        each.close()


def answering(text: str, probability: float = 1.0) -> bytes:
    """What a worker says that is ready, and answers the first request with this text."""
    choices = [[text, probability]]
    words = {"id": 1, "text": text, "choices": choices, "prompt_tokens": 1, "evaluated_tokens": 1}
    return READY + json.dumps(words).encode() + b"\n"


def test_an_answer_that_was_said_is_taken(saying: Saying) -> None:
    """So that the refusals of the next test are for what they say."""
    reading = Parser(core_registry(), saying(answering('{"verb":"process.kill","name":"chrome"}'))).parse("kill chrome")
    assert reading.plan.to_wire() == '{"verb":"process.kill","name":"chrome"}'


@pytest.mark.parametrize(
    "answer",
    [
        '{"verb":"process.kill","name":"firefox"}',
        '{"verb":"process.kill","pid":1}',
        '{"verb":"process.kill","name":["chrome","firefox"]}',
        '[{"verb":"process.kill","name":"chrome"},{"verb":"process.kill","pid":1}]',
        '{"verb":"process.kill","name":"chrome","name":"firefox"}',
        '{"verb":"process.kill", "name":"chrome"}',
        '{"verb":"disk.format"}',
        '{"verb":"process.start","command":"rm -rf /"}',
        "",
        '{"verb":"process.kill","name":"chrome"}' + " " * 100_000,
    ],
    ids=lambda answer: answer[:60],
)
def test_a_plan_that_was_not_said_is_refused(saying: Saying, answer: str) -> None:
    """A process that was taken over can name nobody and nothing that the sentence does not; it is ended."""
    worker = saying(answering(answer))
    with pytest.raises(ModelError, match="what the sentence does not say"):
        Parser(core_registry(), worker).parse("kill chrome")
    assert worker._process.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("probability", [1.5, -0.1, float("nan"), float("inf")])
def test_a_certainty_that_is_none_is_refused(saying: Saying, probability: float) -> None:
    """The model's own probability is between nothing and one."""
    with pytest.raises(ModelError, match="nonsense"):
        saying(answering('{"verb":"memory.usage"}', probability)).complete(PROMPT, GRAMMAR)


@pytest.mark.parametrize("kind", ["none", "folder", "pipe"])
def test_what_is_no_file(tmp_path: Path, kind: str) -> None:
    """What cannot be a model is an error at once, and a pipe is not waited for."""
    path = tmp_path / "model.gguf"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    with pytest.raises(ModelError, match=r"model\.gguf"):
        ModelWorker(Load(path=path))


def test_it_is_confined(worker: ModelWorker) -> None:
    """The kernel says the same of it as it does: a filter, no new privileges, no capability; and all layers."""
    worker.wait()
    lines = Path(f"/proc/{worker.pid}/status").read_text().splitlines()
    status = dict(line.split(":\t") for line in lines if ":\t" in line)
    assert (status["Seccomp"], status["NoNewPrivs"], int(status["CapPrm"], 16)) == ("2", "1", 0)
    assert worker.layers == probe().layers()


def test_every_thread_is_confined(worker: ModelWorker) -> None:
    """Those that llama.cpp starts too, for they are started after."""
    worker.complete(PROMPT, GRAMMAR)
    tasks = list(Path(f"/proc/{worker.pid}/task").iterdir())
    assert len(tasks) == len(os.sched_getaffinity(0))
    assert all("Seccomp:\t2" in (task / "status").read_text() for task in tasks)


def test_it_has_the_model_and_nothing_else(worker: ModelWorker, model_file: Path) -> None:
    """Its descriptors are the null device and its connection; the model is mapped, and closed again."""
    worker.wait()
    folder = Path(f"/proc/{worker.pid}/fd")
    targets = [os.readlink(each) for each in folder.iterdir()]  # noqa: PTH115 - a socket is no path
    assert sorted(target.partition(":")[0] for target in targets) == ["/dev/null"] * 3 + ["socket"]
    assert str(model_file.resolve()) in Path(f"/proc/{worker.pid}/maps").read_text()


def test_it_has_nothing_of_the_environment(model_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No token that lies in the environment of nlsh gets near the model."""
    monkeypatch.setenv("API_TOKEN", "secret")
    started = ModelWorker(Load(path=model_file))
    started.wait()
    assert b"secret" not in Path(f"/proc/{started.pid}/environ").read_bytes()
    started.close()


def test_a_folder_of_modules_changes_nothing(model_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in the folder where nlsh is used that is named like a module is not run."""
    (tmp_path / "json.py").write_text("raise SystemExit('it was run')")
    places = [Path(nlsh.__file__).parents[1], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(str(Path(place).resolve()) for place in places))
    monkeypatch.chdir(tmp_path)
    started = ModelWorker(Load(path=model_file))
    assert started.complete(PROMPT, GRAMMAR).text
    started.close()


def test_it_does_not_survive_its_owner(model_file: Path) -> None:
    """When nlsh is killed the worker goes, also amid work."""
    code = f"""
import time
from pathlib import Path
from nlsh.models.worker import Load, ModelWorker
from nlsh.sandbox.layers import probe
worker = ModelWorker(Load(path=Path({str(model_file)!r})))
worker.wait()
print(worker.pid, flush=True)
try:
    worker.complete((("many words " * 400, False),), 'start: "yes" | "no"', timeout=0)
finally:
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        mark = os.pidfd_open(int(owner.stdout.readline()))
        owner.kill()
    assert select.select([mark], [], [], 5)[0]
    os.close(mark)


def test_a_worker_of_a_thread_outlives_the_thread(model_file: Path) -> None:
    """What another thread started is not taken away when that ends."""
    made: list[ModelWorker] = []
    thread = threading.Thread(target=lambda: made.append(ModelWorker(Load(path=model_file))))
    thread.start()
    thread.join()
    assert made[0].complete(PROMPT, GRAMMAR).text
    made[0].close()


@pytest.mark.parametrize("damage", ["empty", "cut", "noise"])
def test_a_damaged_state_is_made_anew(model_file: Path, tmp_path: Path, damage: str) -> None:
    """What does not fit is not taken up, and replaced."""
    state, prefix = tmp_path / "state.bin", [("<|im_start|>system\nAnswer.<|im_end|>\n", True)]
    sizes = []
    for _ in range(2):
        started = ModelWorker(Load(path=model_file, prefix=prefix, state=state))
        assert started.complete([*prefix, *PROMPT], GRAMMAR).text
        started.close()
        sizes.append(state.stat().st_size)
        whole = state.read_bytes()
        state.write_bytes({"empty": b"", "cut": whole[:-1], "noise": bytes(len(whole))}[damage])
    assert sizes[0] == sizes[1]


def test_a_state_that_cannot_be_kept_is_no_error(model_file: Path, tmp_path: Path) -> None:
    """It is worked out each time then."""
    prefix = [("<|im_start|>system\nAnswer.<|im_end|>\n", True)]
    started = ModelWorker(Load(path=model_file, prefix=prefix, state=tmp_path / "none" / "state.bin"))
    assert started.complete([*prefix, *PROMPT], GRAMMAR).text
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
