"""`nlshctl model`, run as a command."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from model_server import Answer, ModelServer

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "install_model.sh"
COMMAND = [sys.executable, "-c", "import typer\nfrom nlsh.ctl_model import app\napp(prog_name='nlshctl model')"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home for nlsh with no network to install from."""
    monkeypatch.setenv("NLSH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NLSH_MODEL_MIRROR", str(tmp_path / "none"))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:9")
    return tmp_path / "home"


def ctl(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, timeout=60, check=False)


def test_list_shows_every_model_with_licence_and_checksum(home: Path) -> None:
    """The table has each model of the catalogue; nothing is installed yet."""
    done = ctl("list")
    assert done.returncode == 0, done.stderr
    for word in ("nlsh-135m", "qwen3-0.6b", "Apache-2.0", "Gemma Terms of Use", "published", "hashed"):
        assert word in done.stdout
    assert "in use" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) < 80


def test_list_as_json_has_a_fixed_form(home: Path) -> None:
    """Programs read one object with a version, the folder, the default and the models."""
    envelope = json.loads(ctl("list", "--json").stdout)
    assert list(envelope) == ["version", "folder", "default", "models"]
    assert envelope["version"] == 1 and envelope["folder"] == str(home / "data" / "models")
    first = envelope["models"][0]
    assert list(first) == [
        "name",
        "title",
        "licence",
        "style",
        "context",
        "size",
        "download",
        "sources",
        "sha256",
        "sha256_from",
        "note",
        "installed",
        "in_use",
        "outdated",
        "path",
        "installed_sha256",
    ]
    assert first["name"] == envelope["default"] and not first["installed"]


def test_use_of_a_file_is_listed(home: Path, tmp_path: Path, make_gguf: Callable[..., Path]) -> None:
    """A file of one's own, once chosen, is in the list and in use."""
    own = make_gguf(tmp_path / "own.gguf")
    done = ctl("use", str(own))
    assert done.returncode == 0 and "nlsh uses own from its next start" in done.stdout
    assert (home / "config" / "config.toml").read_text() == f'model = "{own}"\n'
    (last,) = [row for row in json.loads(ctl("list", "--json").stdout)["models"] if row["in_use"]]
    assert last["name"] == str(own)
    assert "in use" in ctl("list").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["use", "qwen3-0.6b"], "the model qwen3-0.6b is not installed\n  nlshctl model install qwen3-0.6b"),
        (["use", "qwen"], "there is no model called 'qwen'"),
        (["install", "no-such-model"], "there is no model called 'no-such-model'"),
        (["remove", "qwen3-0.6b"], "qwen3-0.6b is not installed"),
        (["verify"], "no model is installed\n  nlshctl model install"),
    ],
)
def test_errors_are_two_lines_and_exit_7(home: Path, words: list[str], message: str) -> None:
    """What went wrong, and the next step; no traceback."""
    done = ctl(*words)
    assert done.returncode == 7
    assert message in done.stderr and "Traceback" not in done.stderr and not done.stdout


def test_an_install_without_any_source_tells_what_to_do(home: Path) -> None:
    """Offline and with an empty mirror, the error names the address and the variable, and nothing stays."""
    done = ctl("install", "lfm2-350m")
    assert done.returncode == 7
    assert "licence LFM Open License v1.0" in done.stderr
    assert "https://huggingface.co/LiquidAI/LFM2-350M-GGUF/resolve/" in done.stderr
    assert "NLSH_MODEL_MIRROR" in done.stderr and "229 MB" in done.stderr
    assert [path.name for path in (home / "data" / "models").iterdir()] == [".lock"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_install_that_is_stopped_tidies_up(
    home: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    """Ctrl-C, TERM and HUP end it with their exit codes, and what cannot be resumed is removed."""
    body = bytes(229_309_376 // 64)
    stalled = Answer(body=body, ranges=False, length=False, fault="stall", upto=1_000_000)
    server.plan("/LFM2-350M-Q4_K_M.gguf", stalled)
    monkeypatch.setenv("NLSH_MODEL_MIRROR", server.url(""))
    child = subprocess.Popen([*COMMAND, "install", "lfm2-350m"], stderr=subprocess.PIPE, text=True)
    assert child.stderr
    for line in child.stderr:
        if line.startswith("fetching"):
            break
    os.kill(child.pid, number)
    child.communicate(timeout=20)
    assert child.returncode == code
    assert [path.name for path in (home / "data" / "models").iterdir()] == [".lock"]


def run_script(*words: str, path: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of the install script with this PATH."""
    return subprocess.run(
        ["/bin/sh", *words], capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PATH": path}
    )


def test_the_script_hands_its_arguments_to_nlshctl(tmp_path: Path) -> None:
    """It takes the virtual environment beside it first, then nlshctl on PATH."""
    (tmp_path / "scripts").mkdir()
    script = Path(shutil.copy(SCRIPT, tmp_path / "scripts"))
    for folder in (tmp_path / "bin", tmp_path / ".venv" / "bin"):
        folder.mkdir(parents=True)
        (folder / "nlshctl").write_text(f'#!/bin/sh\necho "{folder.parent.name}: $@"\n')
        (folder / "nlshctl").chmod(0o755)
    path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    assert run_script(str(script), "qwen3-0.6b", path=path).stdout == ".venv: model install qwen3-0.6b\n"
    shutil.rmtree(tmp_path / ".venv")
    assert run_script(str(script), path=path).stdout == f"{tmp_path.name}: model install\n"


def test_the_script_says_what_is_missing(tmp_path: Path) -> None:
    """Without nlshctl, or with one that does not start, it says so and how to go on."""
    (tmp_path / "scripts").mkdir()
    script = Path(shutil.copy(SCRIPT, tmp_path / "scripts"))
    missing = run_script(str(script), path="/usr/bin:/bin")
    assert missing.returncode == 1 and "install nlsh first" in missing.stderr
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "nlshctl").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / ".venv" / "bin" / "nlshctl").chmod(0o755)
    broken = run_script(str(script), path="/usr/bin:/bin")
    assert broken.returncode == 1 and "does not start" in broken.stderr
