"""What a worker of the tests does in the place of one that reads."""

from __future__ import annotations

import json
import time
from pathlib import Path

from nlsh.sandbox.post import Post


def opened(post: Post) -> None:
    """Send which of the paths it was given it could open, as JSON."""
    post.connection.send(json.dumps([path for path in post.arguments["paths"] if _opens(path)]).encode())


def empty(post: Post) -> None:
    """Answer with rows and rows that are none."""
    post.connection.recv(1 << 12)
    while True:
        post.connection.send(b'{"op":"rows","rows":[]}')


def silent(post: Post) -> None:
    """Hear nothing and say nothing."""
    while True:
        time.sleep(60)


def early(post: Post) -> None:
    """Answer each request twice."""
    done = {"op": "done", "shape": "record", "columns": [], "message": "early", "notes": [], "failures": []}
    while post.connection.recv(1 << 12):
        for _ in range(2):
            post.connection.send(json.dumps(done).encode())


def tall(post: Post) -> None:
    """Answer with a tree."""
    done = {"op": "done", "shape": "tree", "columns": [], "message": "", "notes": [], "failures": []}
    while post.connection.recv(1 << 12):
        post.connection.send(json.dumps(done).encode())


def _opens(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            file.read(1)
    except OSError:
        return False
    return True
