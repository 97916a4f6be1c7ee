"""Which source a model comes from: the mirror first, then the catalogue's, in order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from model_server import Answer, ModelServer, sha256

from nlsh.errors import ModelError
from nlsh.models.catalogue import Model
from nlsh.models.download import Patience
from nlsh.models.fetch import fetch, mirror_of_user

BODY = bytes(range(256)) * 1024


def model(*sources: str) -> Model:
    """A model with these sources."""
    return Model(
        name="tiny",
        title="tiny",
        file="tiny.gguf",
        licence="Apache-2.0",
        sources=sources,
        sha256=sha256(BODY),
        sha256_from="file",
        style="general",
        context=1024,
        size=len(BODY),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where models go."""
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A folder with the right file."""
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "tiny.gguf").write_bytes(BODY)
    return tmp_path / "mirror"


def test_a_folder_as_mirror_comes_first(server: ModelServer, folder: Path, mirror: Path, hasty: Patience) -> None:
    """With a mirror that has the file nothing is asked of the network."""
    heard: list[tuple[int, int]] = []
    fetched = fetch(
        model(server.url("/tiny.gguf")),
        folder,
        mirror=str(mirror),
        progress=lambda *state: heard.append(state),
        patience=hasty,
    )
    assert fetched.path.read_bytes() == BODY and fetched.source == str(mirror / "tiny.gguf")
    assert heard[-1] == (len(BODY), len(BODY))
    assert server.asked == []


def test_an_http_mirror_comes_first(server: ModelServer, folder: Path, hasty: Patience) -> None:
    """A mirror can be an address: the file's name is added to it."""
    server.plan("/mirror/tiny.gguf", Answer(body=BODY))
    fetched = fetch(model(server.url("/tiny.gguf")), folder, mirror=server.url("/mirror/"), patience=hasty)
    assert fetched.path.read_bytes() == BODY
    assert [path for path, _ in server.asked] == ["/mirror/tiny.gguf"]


def test_a_mirror_without_the_file_is_passed_over(
    server: ModelServer, folder: Path, tmp_path: Path, hasty: Patience
) -> None:
    """What the mirror lacks comes from the sources."""
    url = server.plan("/tiny.gguf", Answer(body=BODY))
    assert fetch(model(url), folder, mirror=str(tmp_path / "none"), patience=hasty).source == url


def test_a_mirror_with_the_wrong_file_is_passed_over(
    server: ModelServer, folder: Path, mirror: Path, hasty: Patience
) -> None:
    """A mirror is not trusted: what it has must have the catalogue's hash."""
    (mirror / "tiny.gguf").write_bytes(b"?" * len(BODY))
    url = server.plan("/tiny.gguf", Answer(body=BODY))
    assert fetch(model(url), folder, mirror=str(mirror), patience=hasty).source == url
    assert [path.name for path in folder.iterdir()] == ["tiny.gguf"]


def test_the_next_source_is_tried_when_one_fails(server: ModelServer, folder: Path, hasty: Patience) -> None:
    """A source that is gone does not end the install."""
    url = server.plan("/second/tiny.gguf", Answer(body=BODY))
    assert fetch(model(server.url("/first/tiny.gguf"), url), folder, patience=hasty).source == url


def test_when_all_fail_each_reason_is_told(server: ModelServer, folder: Path, tmp_path: Path, hasty: Patience) -> None:
    """The error has every source's reason; its hint the address, the variable, and the room that is needed."""
    wrong = server.plan("/wrong/tiny.gguf", Answer(body=b"?" * len(BODY)))
    with pytest.raises(ModelError) as caught:
        fetch(model(server.url("/gone/tiny.gguf"), wrong), folder, mirror=str(tmp_path / "none"), patience=hasty)
    assert "HTTP 404" in caught.value.message and "it is not the file" in caught.value.message
    assert "No such file" in caught.value.message
    assert wrong in caught.value.hint and "NLSH_MODEL_MIRROR" in caught.value.hint and "262 kB" in caught.value.hint
    assert list(folder.iterdir()) == []


def test_a_folder_cannot_vouch_for_a_file_without_a_hash(folder: Path, mirror: Path, hasty: Patience) -> None:
    """Where only the server states the hash, a copy from elsewhere is not taken."""
    unknown = replace(model("https://127.0.0.1:9/tiny.gguf"), sha256="", sha256_from="server")
    with pytest.raises(ModelError, match="only its server can vouch for it"):
        fetch(unknown, folder, mirror=str(mirror), patience=hasty)


def test_the_environment_names_the_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    """NLSH_MODEL_MIRROR, none if it is not set."""
    monkeypatch.delenv("NLSH_MODEL_MIRROR", raising=False)
    assert mirror_of_user() == ""
    monkeypatch.setenv("NLSH_MODEL_MIRROR", "/srv/models")
    assert mirror_of_user() == "/srv/models"
