"""Secrets leave no trace in what is written down; the rest stays readable."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlsh.sandbox.redact import HIDDEN, redact, redact_data, redact_environment

SECRET = "hunter2-Zq9"


@pytest.mark.parametrize(
    "text",
    [
        f"mysqldump --password={SECRET} shop",
        f"tool --password {SECRET} run",
        f"tool --password '{SECRET} with blanks' run",
        f'tool --db-password="{SECRET} with \\" blanks" run',
        f"tool -password {SECRET}",
        f"mysql -u root -p{SECRET} shop",
        f"sshpass -p{SECRET} ssh host",
        f"sshpass -p {SECRET} ssh host",
        f"env DB_PASSWORD={SECRET} server",
        f"PGPASSWORD={SECRET} psql",
        f"password={SECRET}&user=ann",
        f"password: {SECRET}",
        f"my passphrase = {SECRET}",
        f"https://ann:{SECRET}@example.org/path",
        f"postgres://ann:{SECRET}@db/shop",
        f"redis://:{SECRET}@db/0",
        f"curl -H 'Authorization: Bearer {SECRET}' x",
        f"curl -H 'Authorization: Basic {SECRET}' x",
        f'curl -H "X-Api-Key: {SECRET}" x',
        f"curl -H 'Cookie: session={SECRET}; other=1' x",
        f"curl -u ann:{SECRET} x",
        f"curl --user=ann:{SECRET} x",
        f"gh --token {SECRET}",
        f"GITHUB_TOKEN={SECRET} gh",
        f"tool --api-key {SECRET}",
        f"tool --apikey={SECRET}",
        f"AWS_SECRET_ACCESS_KEY={SECRET} aws",
        f"client_secret={SECRET}",
        f'tool \'{{"password": "{SECRET}", "user": "ann"}}\'',
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY----- after",
        f"-----BEGIN PRIVATE KEY----- {SECRET}",
        f"openssl rsa -passin pass:{SECRET}",
        f"x=token={SECRET}",
        f"Server=db;Uid=ann;Pwd={SECRET};",
    ],
)
def test_a_secret_is_hidden(text):
    """Whatever way it is handed to a program."""
    assert SECRET not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "secret",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "a" * 36,
        "github_pat_" + "b" * 30,
        "glpat-" + "c" * 20,
        "xoxb-1234567890-abc",
        "sk-" + "d" * 40,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    ],
)
def test_a_key_is_known_by_its_look(secret):
    """Even with no word before it."""
    assert secret not in redact(f"tool {secret} more")


@pytest.mark.parametrize(
    "text",
    [
        "kill chrome",
        "ps -p 1234 -o pid,comm",
        "ssh -p 2222 ann@example.org",
        "https://example.org:8080/path?q=1",
        "python train.py --lr 0.1 --tokens-per-batch",
        "chrome --type=renderer --user-data-dir=/home/ann/x",
        "show who is using the most memory",
        "find / -name passwd",
        "/usr/bin/gnome-keyring-daemon --components=secrets",
        "nginx: worker process",
        "env PWD=/home/ann OLDPWD=/tmp make compass=north",
    ],
)
def test_the_rest_stays_readable(text):
    """A log in which everything is hidden tells nothing."""
    assert redact(text) == text


def test_an_environment_is_hidden_by_its_names():
    """The whole value, whatever it looks like; other values are read for secrets."""
    assert redact_environment({"HOME": "/home/ann", "DB_PASSWORD": "a b c", "URL": f"http://u:{SECRET}@h"}) == {
        "HOME": "/home/ann",
        "DB_PASSWORD": HIDDEN,
        "URL": f"http://u:{HIDDEN}@h",
    }


def test_data_keeps_its_shape():
    """Numbers, lists and nested data stay what they are."""
    data = {
        "pid": 3,
        "ok": True,
        "none": None,
        "list": ["kill x", 2.5],
        "token": "abc",
        "deep": {"command": f"x --token {SECRET}"},
    }
    assert redact_data(data) == data | {"token": HIDDEN, "deep": {"command": f"x --token {HIDDEN}"}}


@given(st.text())
def test_twice_is_once(text):
    """What is hidden stays hidden as it is."""
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    ["a-", "token-", "mysql ", "password ", '"', "http://a:", "sk-", "=token", "eyJ.", "-----BEGIN PRIVATE KEY----"],
)
def test_no_text_takes_long(text):
    """A hostile command line does not hold anybody up: the time grows no faster than the text."""
    started = time.process_time()
    redact(text * (20_000 // len(text)))
    assert time.process_time() - started < 2
