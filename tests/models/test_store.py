"""Installing, checking, removing and choosing models, with small files and a builder that only copies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from model_server import Answer, ModelServer
from tiny_gguf import write_gguf

from nlsh.config import Settings
from nlsh.errors import ModelError
from nlsh.models import memory
from nlsh.models.catalogue import Catalogue, Model
from nlsh.models.download import Patience
from nlsh.models.part import digest
from nlsh.models.store import Store

SCRATCH = ("*.part", "*.part.json", ".fetch-*")


class Place:
    """A store with its sources: a general model `tiny`, and a default `trained` that is built from the same file."""

    def __init__(self, folder: Path, patience: Patience) -> None:
        for name in ("mirror", "adapters"):
            (folder / name).mkdir()
        self.root, self.folder, self.mirror = folder, folder / "models", folder / "mirror"
        self.base = write_gguf(self.mirror / "tiny.gguf")
        self.adapter = folder / "adapters" / "trained.gguf"
        self.adapter.write_bytes(b"adapter one")
        self.settings = folder / "config" / "config.toml"
        self.built: list[bytes] = []
        self.patience = patience
        self.catalogue = Catalogue(
            [self.model("trained", adapter="trained.gguf"), self.model("tiny")], default="trained"
        )
        self.store = self.another()

    def model(self, name: str, *, adapter: str = "", source: str = "https://127.0.0.1:9/tiny.gguf") -> Model:
        """A catalogue entry of the tiny file."""
        return Model(
            name=name,
            title=name,
            file="tiny.gguf",
            licence="Apache-2.0",
            sources=(source,),
            sha256=digest(self.base),
            sha256_from="file",
            style="trained" if adapter else "general",
            context=512,
            size=self.base.stat().st_size,
            adapter=adapter,
        )

    def another(self, **changes: object) -> Store:
        """A store of the same folder."""
        given = {
            "mirror": str(self.mirror),
            "adapters": self.adapter.parent,
            "builder": self.build,
            "patience": self.patience,
        }
        return Store(self.folder, self.catalogue, **{**given, **changes})  # type: ignore[arg-type]

    def build(
        self, base: Path, adapter: Path, out: Path, *, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Build by writing a model that is called after its adapter."""
        assert digest(base) == self.catalogue["trained"].sha256
        self.built.append(adapter.read_bytes())
        write_gguf(out, name=f"nlsh {adapter.read_text()}")
        if progress:
            progress(1, 1)

    def files(self) -> list[str]:
        """The models folder, without its records."""
        names = sorted(path.name for path in self.folder.iterdir())
        return [name for name in names if name not in (".lock", "installed.json")]


@pytest.fixture
def place(tmp_path: Path, hasty: Patience) -> Place:
    """A store and its sources."""
    return Place(tmp_path, hasty)


def test_the_default_is_fetched_built_tested_and_recorded(place: Place) -> None:
    """An install without a name goes through every step, and the result is what resolve gives."""
    steps: list[str] = []
    tested: list[bytes] = []
    path = place.store.install(
        progress=lambda what, done, total: steps.append(what), self_test=lambda file: tested.append(file.read_bytes())
    )
    assert path == place.folder / "trained.gguf"
    assert list(dict.fromkeys(steps)) == ["fetch", "build"]
    assert tested == [path.read_bytes()]
    assert place.files() == ["tiny.gguf", "trained.gguf"]
    found = place.store.resolve(Settings())
    assert (found.path, found.style, found.name, found.adapter, found.outdated) == (
        path,
        "trained",
        "trained",
        True,
        False,
    )
    (record,) = place.store.installed()
    assert found.sha256 == record.sha256 == digest(path)
    assert (record.base_sha256, record.adapter_sha256) == (digest(place.base), digest(place.adapter))
    assert record.when > 0 and record.memory > 0 and record.source == str(place.base)


def test_what_is_sound_is_not_installed_again(place: Place) -> None:
    """A second install checks the file and does nothing else, even without the network."""
    place.store.install()
    shutil.rmtree(place.mirror)
    steps: set[str] = set()
    place.store.install(progress=lambda what, done, total: steps.add(what))
    assert steps == {"check"} and len(place.built) == 1


def test_a_damaged_result_is_built_again_from_the_kept_base(place: Place) -> None:
    """Neither a changed byte nor a missing file needs a new download."""
    path = place.store.install()
    sound = path.read_bytes()
    shutil.rmtree(place.mirror)
    path.write_bytes(sound[:-4] + b"????")
    assert place.store.install().read_bytes() == sound
    path.unlink()
    assert place.store.install().read_bytes() == sound


def test_a_damaged_base_is_fetched_again(place: Place) -> None:
    """The kept base is used only if it still has the catalogue's hash."""
    place.store.install()
    (place.folder / "trained.gguf").unlink()
    (place.folder / "tiny.gguf").write_bytes(b"?")
    place.base = write_gguf(place.mirror / "tiny.gguf")
    place.store.install()
    assert digest(place.folder / "tiny.gguf") == digest(place.base)


def test_a_new_adapter_is_told_and_built_without_a_download(place: Place) -> None:
    """After an upgrade the old model still runs, is said to be outdated, and install builds the new one."""
    place.store.install()
    assert not place.store.needs_rebuild()
    place.adapter.write_bytes(b"adapter two")
    shutil.rmtree(place.mirror)
    assert place.store.needs_rebuild() and place.store.resolve(Settings()).outdated
    place.store.install()
    assert place.built == [b"adapter one", b"adapter two"]
    assert not place.store.needs_rebuild() and not place.store.resolve(Settings()).outdated


def test_the_same_adapter_with_another_date_needs_no_build(place: Place) -> None:
    """Installing nlsh again gives its files new dates, and that alone is no reason to build."""
    place.store.install()
    os.utime(place.adapter, (1, 1))
    assert not place.store.needs_rebuild()
    place.store.install()
    assert len(place.built) == 1
    assert place.store.installed()[0].adapter_stamp.changed == 10**9


def test_a_missing_adapter_is_told_before_the_download(place: Place) -> None:
    """An incomplete nlsh fetches nothing."""
    place.adapter.unlink()
    with pytest.raises(ModelError, match="lacks its adapter"):
        place.store.install()
    assert not place.folder.exists()


@pytest.mark.parametrize("failure", [ModelError("it does not run"), KeyboardInterrupt(), RuntimeError("broken")])
def test_what_does_not_pass_its_test_is_not_installed(place: Place, failure: BaseException) -> None:
    """A build that fails its self-test leaves only the base, for the next try."""

    def fail(path: Path) -> None:
        raise failure

    with pytest.raises(type(failure)):
        place.store.install(self_test=fail)
    assert place.files() == ["tiny.gguf"] and place.store.installed() == ()
    with pytest.raises(ModelError, match="no model is installed"):
        place.store.resolve(Settings())


def test_a_build_that_is_no_model_is_not_installed(place: Place) -> None:
    """What the builder wrote is checked like anything else."""

    def careless(base: Path, adapter: Path, out: Path, **rest: object) -> None:
        out.write_bytes(base.read_bytes()[:-100])

    with pytest.raises(ModelError, match="it ends after"):
        place.another(builder=careless).install()
    assert place.files() == ["tiny.gguf"]


def test_a_general_model_that_does_not_run_is_removed(place: Place) -> None:
    """Nobody else needs the file, so it goes."""

    def fail(path: Path) -> None:
        raise ModelError("it does not run")

    with pytest.raises(ModelError, match="does not run"):
        place.store.install("tiny", self_test=fail)
    assert place.files() == []


def test_the_base_serves_two_models_and_goes_with_the_last(place: Place) -> None:
    """The plain base and the default share a file; removing one keeps what the other needs."""
    place.store.install("tiny")
    place.store.install("trained")
    assert place.files() == ["tiny.gguf", "trained.gguf"]
    assert place.store.remove("tiny") == ()
    assert place.store.resolve(Settings()).name == "trained"
    assert sorted(path.name for path in place.store.remove("trained")) == ["tiny.gguf", "trained.gguf"]
    assert place.files() == [] and place.store.installed() == ()
    with pytest.raises(ModelError, match="tiny is not installed"):
        place.store.remove("tiny")


def test_verify_reads_all_of_it(place: Place) -> None:
    """One changed byte in the weights is found, in the result and in the base, and the hint mends it."""
    path = place.store.install()
    assert place.store.verify("trained").name == "trained"
    for file in (path, place.folder / "tiny.gguf"):
        sound = file.read_bytes()
        file.write_bytes(sound[:-1] + b"?")
        with pytest.raises(ModelError, match="has changed since it was installed") as caught:
            place.store.verify("trained")
        assert caught.value.hint == "nlshctl model install trained"
        file.write_bytes(sound)


def test_resolve_refuses_what_is_not_as_it_was(place: Place) -> None:
    """A truncated file is refused at the start, without reading all of it."""
    path = place.store.install()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelError, match="it ends after"):
        place.store.resolve(Settings())
    path.unlink()
    with pytest.raises(ModelError) as caught:
        place.store.resolve(Settings(model="trained"))
    assert caught.value.hint == "nlshctl model install trained"
    with pytest.raises(ModelError) as caught:
        place.store.resolve(Settings())
    assert caught.value.hint == "nlshctl model install"


def test_resolve_says_when_memory_is_short(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The need is compared with what the kernel says is available."""
    place.store.install()
    monkeypatch.setattr(memory, "available", lambda: 1000)
    with pytest.raises(ModelError, match="of memory, 1.0 kB is free"):  # noqa: RUF043
        place.store.resolve(Settings())


def test_the_only_model_there_is_needs_no_choice(place: Place) -> None:
    """With nothing set, the default comes first, then the only other one."""
    place.store.install("tiny")
    assert place.store.resolve(Settings()).name == "tiny"
    place.store.install("trained")
    assert place.store.resolve(Settings()).name == "trained"
    assert place.store.resolve(Settings(model="TINY")).name == "tiny"


def test_use_writes_the_choice(place: Place) -> None:
    """An installed name or a file of one's own goes into the settings; anything else changes nothing."""
    place.store.install("tiny")
    assert place.store.use("tiny", place.settings).style == "general"
    assert place.settings.read_text() == 'model = "tiny"\n'
    own = write_gguf(place.root / "own.gguf")
    chosen = place.store.use(str(own), place.settings)
    assert (chosen.path, chosen.style, chosen.name, chosen.sha256) == (own, "general", "own", "")
    assert place.settings.read_text() == f'model = "{own}"\n'
    assert place.store.resolve(Settings(model=str(own))).path == own
    for wrong, words in (("trained", "not installed"), ("nothing", "no model called"), ("./none.gguf", "no file")):
        with pytest.raises(ModelError, match=words):
            place.store.use(wrong, place.settings)
    own.write_bytes(b"GGUF?")
    with pytest.raises(ModelError, match="damaged or no model"):
        place.store.use(str(own), place.settings)
    assert str(own) in place.settings.read_text()


def test_a_relative_file_is_kept_by_its_whole_path(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice holds in whatever folder nlsh starts."""
    own = write_gguf(place.root / "own.gguf")
    monkeypatch.chdir(place.root)
    place.store.use("own.gguf", place.settings)
    assert str(own) in place.settings.read_text()


def test_a_file_that_calls_itself_ours_is_trained(place: Place) -> None:
    """A model of nlsh's own making is known by its name in the metadata."""
    own = write_gguf(place.root / "own.gguf", name="nlsh-135m")
    chosen = place.store.use(str(own), place.settings)
    assert (chosen.style, chosen.adapter) == ("trained", True)


def test_broken_records_mean_nothing_is_installed(place: Place) -> None:
    """Records that cannot be read are no error; an install makes new ones without a download."""
    place.store.install()
    for text in ("", "[]", '{"version": 9}', '{"version": 1, "models": {"trained": {}}}', "\x00"):
        (place.folder / "installed.json").write_text(text)
        assert place.store.installed() == ()
    shutil.rmtree(place.mirror)
    place.store.install()
    assert place.store.resolve(Settings()).name == "trained"
    assert json.loads((place.folder / "installed.json").read_text())["version"] == 1


def test_a_folder_that_cannot_be_written_is_told(place: Place) -> None:
    """Where the models folder cannot be, the error names it and what to set."""
    place.folder.write_text("a file in the way")
    with pytest.raises(ModelError, match="cannot write to") as caught:
        place.store.install()
    assert "NLSH_HOME" in caught.value.hint


def test_two_installs_do_the_work_once(place: Place) -> None:
    """The second waits for the first, says so, and finds everything done."""
    started, go_on = threading.Event(), threading.Event()
    waited = threading.Event()

    def slow(base: Path, adapter: Path, out: Path, **rest: object) -> None:
        started.set()
        go_on.wait(10)
        place.build(base, adapter, out)

    def hear(what: str, done: int, total: int) -> None:
        if what == "wait":
            waited.set()

    first = threading.Thread(target=place.another(builder=slow).install)
    first.start()
    assert started.wait(10)
    second = threading.Thread(target=place.another().install, kwargs={"progress": hear})
    second.start()
    assert waited.wait(10)
    go_on.set()
    first.join()
    second.join()
    assert len(place.built) == 1 and place.files() == ["tiny.gguf", "trained.gguf"]


CHILD = """
import sys
from pathlib import Path
from nlsh.models.catalogue import Catalogue, Model
from nlsh.models.store import Store
url, folder, sha256 = sys.argv[1:]
model = Model(name="tiny", title="tiny", file="tiny.gguf", licence="x", sources=(url,), sha256=sha256,
              sha256_from="file", style="general", context=512)
def say(what, done, total):
    print(done, flush=True)
Store(Path(folder), Catalogue([model], default="tiny")).install(progress=say)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("ranges", [True, False])
def test_an_interrupted_install_can_be_repeated(
    number: signal.Signals, ranges: bool, place: Place, server: ModelServer
) -> None:
    """Whether interrupted or killed in the middle: nothing counts as installed, and the next run succeeds."""
    write_gguf(place.base, tensors=2000)
    body = place.base.read_bytes()
    good = Answer(body=body, ranges=ranges)
    url = server.plan("/tiny.gguf", Answer(body=body, ranges=ranges, fault="stall", upto=len(body) * 2 // 3), good)
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(place.folder), digest(place.base)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    for line in child.stdout:
        if int(line) > 0:
            break
    os.kill(child.pid, number)
    child.communicate(timeout=20)
    assert place.store.installed() == () and "tiny.gguf" not in place.files()
    if number == signal.SIGINT:
        assert bool(place.files()) is ranges
    catalogue = Catalogue([place.model("tiny", source=url)], default="tiny")
    store = Store(place.folder, catalogue, patience=place.patience)
    assert store.install().read_bytes() == body
    assert place.files() == ["tiny.gguf"]
    assert bool(server.ranges()[-1]) is ranges
