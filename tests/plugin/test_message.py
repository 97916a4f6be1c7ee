"""The decoder of what plugin workers say: what is not exactly a message is refused, whatever it is."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlsh.result import Unit
from nlsh.sandbox import message
from nlsh.sandbox.message import Connect, Done, Failed, Log, MessageError, Rows, Run, Secret, Trash, decode

FUZZ = int(os.environ.get("NLSH_FUZZ_EXAMPLES", "300"))
DONE = {"op": "done", "shape": "message", "columns": [], "message": "", "notes": [], "failures": []}


def packed(**words: object) -> bytes:
    return json.dumps(words).encode()


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ({"op": "run", "program": "x", "values": {"n": 1}}, Run(program="x", values={"n": 1})),
        ({"op": "trash", "path": "/a b"}, Trash(path="/a b")),
        ({"op": "connect", "host": "example.org", "port": 443}, Connect(host="example.org", port=443)),
        ({"op": "secret", "name": "token"}, Secret(name="token")),
        ({"op": "log", "text": "x"}, Log(text="x")),
        ({"op": "rows", "rows": [{"a": None, "b": 1.5}]}, Rows(rows=({"a": None, "b": 1.5},))),
        (DONE, Done(shape="message", columns=(), message="", notes=(), failures=())),
        ({"op": "failed", "kind": "X", "message": "m", "hint": ""}, Failed(kind="X", message="m", hint="")),
    ],
)
def test_a_message_is_read(words: dict[str, object], meant: message.Message) -> None:
    """Each kind comes out as what it is."""
    assert decode(packed(**words)) == meant


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b'"run"',
        b"\xff",
        b"[" * 60000,
        b'{"op":"log","text":"a","text":"b"}',
        b'{"op":"log","text":"a","more":1}',
        b'{"op":"log"}',
        b'{"op":"eval","text":"x"}',
        b'{"op":["log"],"text":"x"}',
        b'{"op":"log","text":7}',
        b'{"op":"rows","rows":[{"a":NaN}]}',
        b'{"op":"rows","rows":[{"a":1e999}]}',
        b'{"op":"rows","rows":[{"a":99999999999999999999}]}',
        b'{"op":"rows","rows":[{"A b":1}]}',
        b'{"op":"rows","rows":[{"a":[]}]}',
        b'{"op":"trash","path":"relative"}',
        b'{"op":"trash","path":"/a\\u0000b"}',
        b'{"op":"trash","path":"/\\ud800"}',
        b'{"op":"connect","host":"-x","port":80}',
        b'{"op":"connect","host":"a","port":0}',
        b'{"op":"connect","host":"a","port":true}',
        b'{"op":"run","program":"../sh","values":{}}',
        b'{"op":"secret","name":"../other/token"}',
        b'{"op":"secret","name":"token","plugin":"other"}',
        packed(**DONE | {"shape": "html"}),
        packed(**DONE | {"columns": [["a", "A", "furlongs"]]}),
        packed(**DONE | {"columns": [["a", "A"]]}),
        packed(**DONE | {"notes": ["x"] * 100}),
        packed(op="log", text="x" * 5000),
        packed(op="log", text="x" * 70000),
    ],
    ids=lambda data: repr(data[:40]),
)
def test_anything_else_is_none(data: bytes) -> None:
    """Refused with a MessageError."""
    with pytest.raises(MessageError):
        decode(data)


def test_it_knows_the_units_of_results() -> None:
    """Those that a result may have, and no other."""
    assert set(message.UNITS) == {unit.value for unit in Unit}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    "op program values path host port name text rows shape columns message notes failures kind hint".split()
)
OPERATIONS = st.sampled_from(["run", "trash", "connect", "secret", "log", "rows", "done", "failed"])


def read(data: bytes) -> None:
    """Decode, where MessageError is the only way to fail."""
    try:
        decode(data)
    except MessageError:
        return


@settings(max_examples=FUZZ, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    """Any bytes are a message or are refused."""
    read(data)


@settings(max_examples=FUZZ, deadline=None)
@given(OPERATIONS, st.dictionaries(NAMES, JSON, max_size=7))
def test_no_object_breaks_it(operation: str, words: dict[str, object]) -> None:
    """Any object that looks like a message is one or is refused."""
    read(json.dumps({**words, "op": operation}).encode())


@settings(max_examples=FUZZ, deadline=None)
@given(st.data())
def test_no_change_to_a_message_breaks_it(data: st.DataObject) -> None:
    """A message with bytes replaced is a message or is refused."""
    whole = bytearray(packed(**DONE | {"columns": [["a", "A", "text"]], "notes": ["x"]}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(whole))
