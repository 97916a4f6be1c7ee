"""Downloads from a server that truncates, stalls, resets, redirects and lies."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from model_server import Answer, ModelServer, serving, sha256

from nlsh.errors import ModelError
from nlsh.models.download import Patience, Wanted, download, public
from nlsh.models.part import Part, sweep

BODY = bytes(range(256)) * 4096  # 1 MiB
WANTED = Wanted(size=len(BODY), sha256=sha256(BODY))
HALF = 600_000
GOOD = Answer(body=BODY)


def nothing_left(folder: Path) -> bool:
    """Whether the folder is as empty as before."""
    return not list(folder.iterdir())


def test_a_file_arrives_whole_with_its_progress(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """Progress counts up from 0 to the size, and only the file is there in the end."""
    heard: list[tuple[int, int]] = []
    url = server.plan("/m.gguf", GOOD)
    fetched = download(
        url, tmp_path / "m.gguf", wanted=WANTED, progress=lambda *state: heard.append(state), patience=hasty
    )
    assert fetched.path.read_bytes() == BODY
    assert (fetched.sha256, fetched.size) == (WANTED.sha256, len(BODY))
    assert heard[0] == (0, len(BODY)) and heard[-1] == (len(BODY), len(BODY)) and heard == sorted(heard)
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]


@pytest.mark.parametrize("fault", ["truncate", "stall", "reset"])
def test_a_broken_transfer_goes_on_where_it_stopped(
    fault: str, server: ModelServer, tmp_path: Path, hasty: Patience
) -> None:
    """Where the server honours ranges, the next try asks for the rest, and only for that."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault=fault, upto=HALF), GOOD)
    assert download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty).path.read_bytes() == BODY
    first, second = server.ranges()
    assert not first and second.startswith("bytes=") and 0 < int(second[6:-1]) <= HALF
    assert server.asked[1][1]["if-range"] == '"one"'


@pytest.mark.parametrize("fault", ["truncate", "stall", "reset"])
def test_without_ranges_a_broken_transfer_starts_again(
    fault: str, server: ModelServer, tmp_path: Path, hasty: Patience
) -> None:
    """Where the server has no ranges, the next try fetches all of it."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault=fault, upto=HALF, ranges=False), GOOD)
    assert download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty).path.read_bytes() == BODY
    assert server.ranges() == ["", ""]


def test_a_server_that_ignores_the_range_is_noticed(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """A 200 in answer to a range is the whole file, not the rest."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault="reset", upto=HALF), Answer(body=BODY, ranges=False, etag=""))
    assert download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty).path.read_bytes() == BODY


def test_a_file_that_changed_meanwhile_is_fetched_anew(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """With another entity tag the old part is not continued."""
    old = Answer(body=b"x" * len(BODY), fault="reset", upto=HALF)
    url = server.plan("/m.gguf", old, Answer(body=BODY, etag='"two"'))
    assert download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty).path.read_bytes() == BODY


@pytest.mark.parametrize("ranges", [True, False])
def test_a_file_that_always_ends_early_leaves_nothing(
    ranges: bool, server: ModelServer, tmp_path: Path, hasty: Patience
) -> None:
    """After the last try a truncated file is an error, and no part of it stays."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault="truncate", upto=HALF, ranges=ranges))
    with pytest.raises(ModelError, match="broke off"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)
    assert len(server.asked) <= hasty.tries + 1


def test_a_short_file_without_a_length_leaves_nothing(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """A server that does not state the length and closes early is found out by the size that is wanted."""
    url = server.plan("/m.gguf", Answer(body=BODY[:HALF], length=False, ranges=False))
    with pytest.raises(ModelError, match="ended after 600000 of 1048576 bytes"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)


@pytest.mark.parametrize("fault", ["stall", "reset"])
def test_a_lost_network_keeps_what_can_be_resumed(
    fault: str, server: ModelServer, tmp_path: Path, hasty: Patience
) -> None:
    """When the network stays away, the error says that the part is kept, and the next call goes on with it."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault=fault, upto=HALF), Answer(body=BODY, fault=fault, upto=0))
    with pytest.raises(ModelError, match="are kept, try again"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    kept = Part(target=tmp_path / "m.gguf").path.stat().st_size
    assert 0 < kept <= HALF
    server.plan("/m.gguf", GOOD)
    assert download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty).path.read_bytes() == BODY
    assert server.ranges()[-1] == f"bytes={kept}-"
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]


def test_a_lost_network_without_ranges_leaves_nothing(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """What nobody could go on with does not stay."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault="reset", upto=HALF, ranges=False))
    with pytest.raises(ModelError, match="no connection"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)


def test_wrong_bytes_are_refused_and_removed(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """A file of the right size with another hash is an error that names both, after one try."""
    wrong = BODY[:-1] + b"?"
    url = server.plan("/m.gguf", Answer(body=wrong))
    with pytest.raises(ModelError, match=f"{sha256(wrong)}, and {WANTED.sha256} was expected"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)
    assert len(server.asked) == 1


def test_a_part_that_went_bad_is_thrown_away_once(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """When the sum of an old part and the rest is wrong, the file is fetched once more from its start."""
    url = server.plan("/m.gguf", GOOD)
    part = Part(target=tmp_path / "m.gguf")
    part.path.write_bytes(b"?" * HALF)
    part.resumable(url, '"one"')
    assert download(url, part.target, wanted=WANTED, patience=hasty).path.read_bytes() == BODY
    assert server.ranges() == [f"bytes={HALF}-", ""]


def test_a_part_that_was_complete_is_not_fetched_again(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """A run killed between the last byte and the new name costs one request, no byte."""
    url = server.plan("/m.gguf", GOOD)
    part = Part(target=tmp_path / "m.gguf")
    part.path.write_bytes(BODY)
    part.resumable(url, '"one"')
    assert download(url, part.target, wanted=WANTED, patience=hasty).path.read_bytes() == BODY
    assert server.ranges() == [f"bytes={len(BODY)}-"]


def test_another_size_than_wanted_is_refused_before_the_transfer(
    server: ModelServer, tmp_path: Path, hasty: Patience
) -> None:
    """The length that the server announces is compared first."""
    url = server.plan("/m.gguf", Answer(body=BODY + b"more"))
    with pytest.raises(ModelError, match="has 1048580 bytes, and 1048576 were expected"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)


def test_more_bytes_than_announced_are_refused(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """A body without a stated length cannot fill the disk: it is cut off at the size that is wanted."""
    url = server.plan("/m.gguf", Answer(body=BODY * 3, length=False, ranges=False))
    with pytest.raises(ModelError, match="longer than the 1048576 bytes"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)


@pytest.mark.parametrize(("status", "words"), [(404, "HTTP 404"), (403, "terms are accepted"), (410, "HTTP 410")])
def test_a_refusal_is_not_retried(
    status: int, words: str, server: ModelServer, tmp_path: Path, hasty: Patience
) -> None:
    """Client errors are final: one request, a clear reason, nothing left."""
    url = server.plan("/m.gguf", Answer(status=status))
    with pytest.raises(ModelError, match=words):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)
    assert len(server.asked) == 1


def test_a_busy_server_is_asked_again(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """503 and 429 are tried again, and Retry-After is honoured."""
    busy = Answer(status=503, headers={"Retry-After": "0"})
    url = server.plan("/m.gguf", busy, Answer(status=429), GOOD)
    assert download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty).path.read_bytes() == BODY


def test_nobody_there_is_an_error_in_the_end(tmp_path: Path, hasty: Patience) -> None:
    """A refused connection is retried, then told."""
    with serving() as gone:
        url = gone.url("/m.gguf")
    with pytest.raises(ModelError, match="no connection"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)


def linked(body: bytes = BODY, **more: str) -> dict[str, str]:
    """The headers in which a server states what stands behind a redirect."""
    return {"X-Linked-ETag": f'"{sha256(body)}"', "X-Linked-Size": str(len(body)), **more}


def test_what_the_redirecting_server_states_is_checked(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """Without a hash of one's own, the one sent with the redirect is what the file must have."""
    url = server.plan("/m.gguf", Answer(status=302, headers=linked(Location="/store/blob?key=1")))
    server.plan("/store/blob", GOOD)
    assert download(url, tmp_path / "m.gguf", wanted=Wanted(), patience=hasty).sha256 == WANTED.sha256
    server.plan("/store/blob", Answer(body=BODY[:-1] + b"?"))
    with pytest.raises(ModelError, match="it is not the file"):
        download(url, tmp_path / "other.gguf", wanted=Wanted(), patience=hasty)
    assert not (tmp_path / "other.gguf").exists()


def test_a_server_that_announces_another_file_is_refused(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """A hash of one's own stands above the server's: no byte is fetched where they differ."""
    headers = linked(b"another", Location="/blob")
    url = server.plan("/m.gguf", Answer(status=302, headers=headers))
    server.plan("/blob", Answer(body=BODY, headers=headers))
    with pytest.raises(ModelError, match="the server announces the sha256"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)


def test_no_hash_at_all_is_refused(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """A file that nothing vouches for is not fetched."""
    url = server.plan("/m.gguf", GOOD)
    with pytest.raises(ModelError, match="nothing could be checked"):
        download(url, tmp_path / "m.gguf", wanted=Wanted(), patience=hasty)
    assert nothing_left(tmp_path)


def test_a_resumed_transfer_behind_a_redirect_asks_the_last_server(
    server: ModelServer, tmp_path: Path, hasty: Patience
) -> None:
    """The range and the entity tag go to the server that has the bytes."""
    url = server.plan("/m.gguf", Answer(status=302, headers=linked(Location="/blob")))
    server.plan("/blob", Answer(body=BODY, fault="reset", upto=HALF), GOOD)
    assert download(url, tmp_path / "m.gguf", wanted=Wanted(), patience=hasty).path.read_bytes() == BODY
    assert server.asked[-1][0] == "/blob" and server.ranges()[-1]


def test_circles_of_redirects_end(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """A redirect to itself is an error after ten hops."""
    url = server.plan("/m.gguf", Answer(status=302, headers={"Location": "/m.gguf"}))
    with pytest.raises(ModelError, match="redirects more than"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)


def test_too_little_disk_is_said_before_the_transfer(
    server: ModelServer, tmp_path: Path, hasty: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk without room is an error that says how much is needed."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 1000, 1000))
    url = server.plan("/m.gguf", GOOD)
    with pytest.raises(ModelError, match=r"1\.0 kB free, and 18 MB of disk space are needed"):
        download(url, tmp_path / "m.gguf", wanted=WANTED, patience=hasty)
    assert nothing_left(tmp_path)


def test_a_folder_that_is_not_there_is_a_model_error(server: ModelServer, tmp_path: Path, hasty: Patience) -> None:
    """Errors of the file system come as ModelError."""
    url = server.plan("/m.gguf", GOOD)
    with pytest.raises(ModelError, match="cannot write"):
        download(url, tmp_path / "none" / "m.gguf", wanted=WANTED, patience=hasty)


CHILD = """
import sys
from pathlib import Path
from nlsh.models.download import Wanted, download
def say(done, total):
    print(done, flush=True)
download(sys.argv[1], Path(sys.argv[2]), wanted=Wanted(sha256=sys.argv[3]), progress=say)
"""


def interrupted(url: str, target: Path, number: int) -> subprocess.CompletedProcess[str]:
    """Start a download in a child, and send it a signal once it has written something."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(target), WANTED.sha256],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    for line in child.stdout:
        if int(line) > 0:
            break
    os.kill(child.pid, number)
    out, err = child.communicate(timeout=20)
    return subprocess.CompletedProcess(child.args, child.returncode, out, err)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_download_is_resumed(
    number: signal.Signals, server: ModelServer, tmp_path: Path, hasty: Patience
) -> None:
    """Whether interrupted or killed, the next run fetches the rest and the file is right."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault="stall", upto=HALF), GOOD)
    target = tmp_path / "m.gguf"
    assert interrupted(url, target, number).returncode in (-number, 1, 130)
    part = Part(target=target)
    assert not target.exists() and 0 < part.path.stat().st_size <= HALF
    sweep(tmp_path)
    kept = part.path.stat().st_size
    assert download(url, target, wanted=WANTED, patience=hasty).path.read_bytes() == BODY
    assert server.ranges() == ["", f"bytes={kept}-"]
    assert [path.name for path in tmp_path.iterdir()] == ["m.gguf"]


def test_an_interrupted_download_without_ranges_leaves_nothing(server: ModelServer, tmp_path: Path) -> None:
    """Ctrl-C in a download that cannot be resumed removes what had come."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault="stall", upto=HALF, ranges=False))
    interrupted(url, tmp_path / "m.gguf", signal.SIGINT)
    assert nothing_left(tmp_path)


def test_a_killed_download_without_ranges_is_swept_up(server: ModelServer, tmp_path: Path) -> None:
    """What a killed run left and nobody can go on with, the next one removes."""
    url = server.plan("/m.gguf", Answer(body=BODY, fault="stall", upto=HALF, ranges=False))
    interrupted(url, tmp_path / "m.gguf", signal.SIGKILL)
    assert not nothing_left(tmp_path)
    sweep(tmp_path)
    assert nothing_left(tmp_path)


def test_addresses_are_shown_without_secrets() -> None:
    """User, password and query never reach a message."""
    assert public("https://me:secret@example.org:8443/a/b.gguf?token=x") == "https://example.org:8443/a/b.gguf"
