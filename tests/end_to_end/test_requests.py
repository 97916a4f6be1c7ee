"""Requests for every verb that only looks, each by a sentence, as the lines of one script."""

from __future__ import annotations

import getpass
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import make_home
from tests.end_to_end.running import server

pytestmark = pytest.mark.model

REQUESTS = tomllib.loads(Path(__file__).with_name("requests.toml").read_text(encoding="utf-8"))["request"]
NAME = "quindle"


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """What the requests may speak of: a process that listens on a port and has a file open, and the user."""
    folder = tmp_path_factory.mktemp("requests")
    with server(folder, NAME) as (process, port):
        file = str(folder / f"{NAME}.log")
        yield {"name": NAME, "pid": str(process.pid), "port": str(port), "file": file, "me": getpass.getuser()}


@pytest.fixture(scope="module")
def answers(
    tmp_path_factory: pytest.TempPathFactory, model_file: Path, facts: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The envelopes of all requests, from one process."""
    nlsh = make_home(tmp_path_factory.mktemp("home"), model_file)
    return nlsh.ask_each([request["utterance"].format(**facts) for request in REQUESTS])


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=[request["utterance"] for request in REQUESTS])
def test_request(answers: list[dict[str, Any]], facts: Mapping[str, str], number: int) -> None:
    """The request is understood as it is meant, and its result has what was asked for."""
    wanted, envelope = _filled(REQUESTS[number], facts), answers[number]
    assert envelope["utterance"] == REQUESTS[number]["utterance"].format(**facts)
    assert envelope["plan"] == [{"verb": wanted["verb"], "args": wanted["args"]}], envelope["confidence"]
    assert (envelope["exit_code"], envelope["error"]) == (0, None)
    (result,) = envelope["results"]
    assert result["ok"] and result["verb"] == wanted["verb"]
    _check(result, wanted)


def test_every_verb_that_looks_is_asked_for() -> None:
    """No verb that only looks is left out."""
    from nlsh.effects import Effect
    from nlsh.executor.core import core_registry

    looking = {verb.name for verb in core_registry() if verb.effect is Effect.READ} - {"unknown", "notify"}
    assert looking - {request["verb"] for request in REQUESTS} == set()


def _check(result: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    rows = result["rows"]
    assert rows or result["message"] or result["notes"]
    assert len(rows) == wanted.get("rows", len(rows))
    assert len(rows) >= wanted.get("least", 0)
    for row in rows:
        assert set(wanted.get("columns", ())) <= set(row)
        assert _has(row, wanted.get("only", {})), row
    if {"columns", "has", "only"} & set(wanted):
        assert any(_has(row, wanted.get("has", {})) for row in rows), rows
    assert wanted.get("says", "") in result["message"]


def _has(row: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    return all(row.get(key) == value for key, value in values.items())


def _filled(value: Any, facts: Mapping[str, str]) -> Any:
    """The value with its {names} filled in; what is a pid or a port and nothing else becomes a number."""
    if isinstance(value, dict):
        return {key: _filled(each, facts) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    return int(facts[value[1:-1]]) if value in ("{pid}", "{port}") else value.format(**facts)
