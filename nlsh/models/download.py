"""Download one file over HTTP: it resumes, it retries, and it hands over the file that was asked for, or nothing."""

from __future__ import annotations

import errno
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from nlsh.errors import ModelError
from nlsh.models.part import Part, digest
from nlsh.models.sizes import shown

if TYPE_CHECKING:
    import httpx

Progress = Callable[[int, int], None]
"""Hears bytes done and bytes in all, the latter 0 while nobody knows."""

_HOPS: Final = 10
_BLOCK: Final = 1 << 18
_MARGIN: Final = 16 << 20
_RETRY_AFTER: Final = 60.0
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait, in seconds: for a connection, for the next byte, and before a retry (doubled each time).

    `tries` are those in a row that brought nothing new.
    """

    connect: float = 10.0
    stall: float = 30.0
    tries: int = 5
    backoff: float = 1.0


PATIENCE: Final = Patience()
"""That of everyday use."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the file must be: bytes (0 where unknown) and sha256 (empty: what the server states in X-Linked-ETag)."""

    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A file that is there and is what it should be. `source` is where it came from, without any password."""

    path: Path
    sha256: str
    size: int
    source: str


class _Again(Exception):
    """This try failed, another may not.

    `truncated`: the server ended early. `unreachable`: there is no way to it. `wait`: seconds of pause that it asked
    for.
    """

    def __init__(self, reason: str, *, truncated: bool = False, unreachable: bool = False, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.truncated = truncated
        self.unreachable = unreachable
        self.wait = wait


class _Refused(Exception):
    """No try can succeed."""


def download(
    url: str,
    target: Path,
    *,
    wanted: Wanted,
    progress: Progress | None = None,
    patience: Patience = PATIENCE,
) -> Fetched:
    """Fetch `url` into `target`, which appears whole and checked or not at all.

    Interrupted, or cut off from the network, it leaves a part only where the server lets a later call resume it; any
    other failure leaves nothing. ModelError says what went wrong.
    """
    part, job = Part(target=target), _Job(url=url, wanted=wanted, progress=progress or _unheard, patience=patience)
    try:
        with _client(patience) as client:
            sha256 = job.run(client, part)
    except _Refused as error:
        part.drop()
        raise ModelError(f"{public(url)}: {error}") from error
    except _Again as error:
        part.drop() if error.truncated else part.drop_unless_resumable()
        kept = f"; the {shown(part.path.stat().st_size)} that came are kept, try again" if part.path.exists() else ""
        raise ModelError(f"{public(url)}: {error}{kept}") from error
    except ModelError:
        part.drop()
        raise
    except OSError as error:
        part.drop()
        raise ModelError(f"cannot write {target}: {error.strerror or error}") from error
    except BaseException:
        part.drop_unless_resumable()
        raise
    size = part.path.stat().st_size
    part.finish()
    return Fetched(path=target, sha256=sha256, size=size, source=public(url))


def public(url: str) -> str:
    """The address without user name, password and query, which may hold secrets."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def require_space(folder: Path, need: int) -> None:
    """Raise ModelError where the disk of `folder` has not `need` bytes free, with a little to spare."""
    free = shutil.disk_usage(folder).free
    if need + _MARGIN > free:
        raise ModelError(
            f"{folder} has {shown(free)} free, and {shown(need + _MARGIN)} of disk space are needed",
            hint=f"free some space, or set NLSH_HOME to a folder with room for {shown(need + _MARGIN)}",
        )


@dataclass(frozen=True, kw_only=True)
class _Job:
    url: str
    wanted: Wanted
    progress: Progress
    patience: Patience

    def run(self, client: httpx.Client, part: Part) -> str:
        """Fetch all of it into the part, and check it; its sha256."""
        resumed = bool(part.tag(self.url))
        stated = self._all(client, part)
        try:
            return _check(part.path, stated)
        except _Refused:
            if not resumed:
                raise
        part.drop()  # what an earlier run left was wrong: once more, from the start
        return _check(part.path, self._all(client, part))

    def _all(self, client: httpx.Client, part: Part) -> Wanted:
        """Try until the last byte has come; what the file must be, with what the server states of it."""
        failures, furthest = 0, 0
        while True:
            try:
                return self._attempt(client, part)
            except _Again as error:
                reached = part.path.stat().st_size if part.path.exists() else 0
                failures, furthest = (1, reached) if reached > furthest else (failures + 1, furthest)
                # Who is offline should hear it soon; who has received something was only cut off.
                if failures >= (2 if error.unreachable and not furthest else self.patience.tries):
                    raise
                time.sleep(max(error.wait, self.patience.backoff * 2 ** (failures - 1)))

    def _attempt(self, client: httpx.Client, part: Part) -> Wanted:
        tag = part.tag(self.url)
        start = part.path.stat().st_size if tag else 0
        headers = {"Accept-Encoding": "identity"}
        if tag:
            headers |= {"Range": f"bytes={start}-", "If-Range": tag}
        with _translated(), _opened(client, self.url, headers) as (response, stated):
            if start and response.status_code == 416 and response.headers.get("content-range") == f"bytes */{start}":
                return _agreed(self.wanted, stated)  # all of it was there already
            _check_status(response, part, start)
            wanted = _agreed(self.wanted, stated)
            start = start if response.status_code == 206 else 0
            total = _total(response) or wanted.size
            if wanted.size and total != wanted.size:
                raise _Refused(f"the file there has {total} bytes, and {wanted.size} were expected")
            require_space(part.target.parent, max(0, total - start))
            self._note(response, part)
            self._receive(response, part, start, total)
        return wanted

    def _note(self, response: httpx.Response, part: Part) -> None:
        etag = response.headers.get("etag", "")
        ranges = response.status_code == 206 or response.headers.get("accept-ranges", "").lower() == "bytes"
        if ranges and etag.startswith('"'):
            part.resumable(self.url, etag)
        else:
            part.not_resumable()

    def _receive(self, response: httpx.Response, part: Part, start: int, total: int) -> None:
        done = start
        with part.path.open("ab" if start else "wb") as file:
            self.progress(done, total)
            for block in response.iter_raw(_BLOCK):
                file.write(block)
                done += len(block)
                if total and done > total:
                    raise _Refused(f"the file there is longer than the {total} bytes that were announced")
                self.progress(done, total)
        if total and done < total:
            raise _Again(f"it ended after {done} of {total} bytes", truncated=True)


def _unheard(done: int, total: int) -> None:
    """Tell nobody."""


def _client(patience: Patience) -> httpx.Client:
    import httpx

    timeout = httpx.Timeout(patience.stall, connect=patience.connect)
    return httpx.Client(timeout=timeout, follow_redirects=False, headers={"User-Agent": "nlsh"})


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what httpx and the disk raise into whether another try makes sense."""
    import httpx

    try:
        yield
    except httpx.TimeoutException as error:
        raise _Again(f"no answer ({type(error).__name__})") from error
    except httpx.RemoteProtocolError as error:
        raise _Again(f"the server broke off: {error}", truncated=True) from error
    except (httpx.ConnectError, httpx.ProxyError) as error:
        raise _Again(f"no connection: {error or type(error).__name__}", unreachable=True) from error
    except httpx.TransportError as error:
        raise _Again(f"no connection: {error or type(error).__name__}") from error
    except (httpx.InvalidURL, httpx.CookieConflict) as error:
        raise _Refused(str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ModelError("the disk is full", hint="free some space and try again") from error
        raise


@contextmanager
def _opened(client: httpx.Client, url: str, headers: Mapping[str, str]) -> Iterator[tuple[httpx.Response, Wanted]]:
    """The answer at the end of the redirects, its body unread, and what any answer on the way stated of the file."""
    stated = Wanted()
    for _ in range(_HOPS):
        response = client.send(client.build_request("GET", url, headers=dict(headers)), stream=True)
        try:
            stated = _stated(response.headers, stated)
            if not response.has_redirect_location:
                yield response, stated
                return
            target = str(response.next_request.url) if response.next_request else ""
            if not target or (url.startswith("https:") and not target.startswith("https:")):
                raise _Refused("it redirects from https to an address that is not")
            url = target
        finally:
            response.close()
    raise _Refused(f"it redirects more than {_HOPS} times")


def _stated(headers: Mapping[str, str], before: Wanted) -> Wanted:
    """What X-Linked-ETag and X-Linked-Size say; the first server that says something is believed."""
    sha256 = headers.get("x-linked-etag", "").removeprefix("W/").strip('"').lower()
    size = headers.get("x-linked-size", "")
    return Wanted(
        sha256=before.sha256 or (sha256 if _HASH.fullmatch(sha256) else ""),
        size=before.size or (int(size) if size.isdecimal() else 0),
    )


def _agreed(wanted: Wanted, stated: Wanted) -> Wanted:
    """What is wanted, filled up from what is stated. A contradiction, or no checksum at all, is refused."""
    if wanted.sha256 and stated.sha256 and wanted.sha256 != stated.sha256:
        raise _Refused(f"the server announces the sha256 {stated.sha256}, and {wanted.sha256} was expected")
    if not wanted.sha256 and not stated.sha256:
        raise _Refused("neither the catalogue nor the server states a sha256, so nothing could be checked")
    return replace(wanted, sha256=wanted.sha256 or stated.sha256, size=wanted.size or stated.size)


def _check_status(response: httpx.Response, part: Part, start: int) -> None:
    status = response.status_code
    if status == 206:
        found = _RANGE.fullmatch(response.headers.get("content-range", ""))
        if start and found and int(found[1]) == start:
            return
        part.drop()
        raise _Again("the server sent another range than the one asked for")
    if status == 416:
        part.drop()
        raise _Again("the server has no more than was there already")
    if status in (408, 425, 429) or status >= 500:
        after = response.headers.get("retry-after", "")
        raise _Again(f"HTTP {status}", wait=min(float(after), _RETRY_AFTER) if after.isdecimal() else 0.0)
    if status in (401, 403):
        raise _Refused(f"HTTP {status}: the server wants a login, or that its terms are accepted there first")
    if status != 200:
        raise _Refused(f"HTTP {status}")


def _total(response: httpx.Response) -> int:
    """Bytes of the whole file, 0 where the server does not say."""
    if response.status_code == 206:
        found = _RANGE.fullmatch(response.headers.get("content-range", ""))
        return int(found[2]) if found and found[2] != "*" else 0
    length = response.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _check(path: Path, wanted: Wanted) -> str:
    """The file's sha256; refused where it is another than wanted."""
    found, size = digest(path), path.stat().st_size
    if wanted.size and size != wanted.size:
        raise _Refused(f"what came has {size} bytes, and {wanted.size} were expected")
    if found != wanted.sha256:
        raise _Refused(f"what came has the sha256 {found}, and {wanted.sha256} was expected: it is not the file")
    return found
