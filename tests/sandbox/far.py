"""What the workers of the tests do. It is imported in their zygote."""

from __future__ import annotations

import os
import sys
import time

from nlsh.sandbox.post import Post


def echo(post: Post) -> None:
    """Send back every message."""
    while message := post.connection.recv(1 << 16):
        post.connection.send(message)


def tell(post: Post) -> None:
    """Send what it was given."""
    contents = [os.pread(descriptor, 100, 0).decode() for descriptor in post.files]
    post.connection.send(repr((dict(post.arguments), contents, dict(os.environ))).encode())


def fail(post: Post) -> None:
    """Raise something."""
    raise ValueError("as it should")


def leave(post: Post) -> None:
    """End with the exit code that was asked for."""
    sys.exit(post.arguments["code"])


def abort(post: Post) -> None:
    """Crash."""
    os.abort()


def hang(post: Post) -> None:
    """Never end by itself."""
    while True:
        time.sleep(60)


def flood(post: Post) -> None:
    """Send and send, whoever listens."""
    while True:
        post.connection.send(bytes(1 << 15))


def descriptors(post: Post) -> None:
    """Send the kinds of the files that are open."""
    kinds = {}
    for number in range(256):
        try:
            kinds[number] = os.fstat(number).st_mode & 0o170000
        except OSError:
            continue
    standard = {kinds.pop(number) for number in (0, 1, 2)}
    post.connection.send(repr((len(standard), sorted(kinds.values()))).encode())
