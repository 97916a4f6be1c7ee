"""Secrets of plugins: set by the person, read by the plugin that asks for them, and in nobody else's way."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from nlsh.confirm import Answer
from nlsh.errors import Denied, NlshError, OperationFailed, PluginError, SandboxError, UsageError
from nlsh.plugin.consent import grant
from nlsh.plugin.found import Found
from nlsh.plugin.host import Host
from nlsh.plugin.manifest import read
from nlsh.plugin.secrets import MOST_BYTES
from nlsh.plugin.testing import bench
from nlsh.sandbox.audit import Audit, show
from nlsh.sandbox.gate import Gate
from nlsh.sandbox.policy import load
from nlsh.testing import FakeClock
from tests.plugin.making import FakeHouse, Perform, doing, performing, plugin

ROOT = Path(__file__).parents[2]
VALUE = "correct horse battery"
"""Of a look that no redaction would know."""
ASKS = '[[capability]]\nname = "secret:token"\nreason = "to log in"\n'
TELLS = doing('return Result(verb="demo.do", message=call.secret("token"))', needs="secret:token")
Ctl = Callable[..., subprocess.CompletedProcess[str]]


def granted(host: Host, found: Found) -> Perform:
    """What carries out the verbs of a plugin that was granted all it asks for."""
    manifest = read(found.folder)
    grant(host.records, found, manifest, [ask.capability for ask in manifest.asks])
    return performing(host, found)


@pytest.fixture
def demo(host: Host, tmp_path: Path) -> Found:
    """A plugin that tells its secret, which is set."""
    found = plugin(tmp_path / "plugins", TELLS, more=ASKS)
    host.secrets.set("demo", "token", VALUE)
    return found


def test_it_is_handed_over_on_request(host: Host, demo: Found) -> None:
    """To the plugin that asks for it and was granted that; the act that is judged names it and not its value."""
    house = FakeHouse()
    assert granted(host, demo)(house).message == VALUE
    assert house.acts[-1].noted and VALUE not in repr(house.acts)
    assert house.acts[-1].title == "the plugin demo reads its secret token"


def test_the_person_is_asked_first(host: Host, demo: Found) -> None:
    """By the word, with the reason; after a no nothing was handed over."""
    house = FakeHouse(Answer.NO)
    with pytest.raises(Denied):
        performing(host, demo)(house)
    assert house.acts[0].title == "the plugin demo wants to read the secret token that you set for it (to log in)"


@pytest.mark.parametrize("name", ["other", "password", "state"])
def test_no_other_secret(host: Host, tmp_path: Path, demo: Found, name: str) -> None:
    """One that the manifest does not ask for is refused, whether it is set or not."""
    host.secrets.set("demo", "password", "hers")
    body = doing(f'return Result(verb="demo.do", message=call.secret("{name}"))', needs="secret:token")
    (demo.folder / "verbs.py").write_text((demo.folder / "verbs.py").read_text().replace(TELLS, body))
    with pytest.raises(PluginError, match=f"may not use secret:{name}"):
        granted(host, demo)(FakeHouse())


def test_a_verb_without_the_need_gets_none(host: Host, demo: Found) -> None:
    """The manifest alone is not enough: the verb has to declare what it needs, and only then is it asked about."""
    text = (demo.folder / "verbs.py").read_text()
    (demo.folder / "verbs.py").write_text(text.replace('needs="secret:token"', 'needs=""'))
    with pytest.raises(PluginError, match="may not use secret:token"):
        granted(host, demo)(FakeHouse())


def test_none_of_another_plugin(host: Host, tmp_path: Path, demo: Found) -> None:
    """The same name is another secret; whose it is goes by the socket, and a message that says otherwise is none."""
    other = plugin(
        tmp_path / "plugins", TELLS.replace("demo.do", "other.do"), name="other", namespace="other", more=ASKS
    )
    with pytest.raises(OperationFailed, match="the secret token of other is not set"):
        granted(host, other)(FakeHouse(), "other.do")
    body = 'call._ask({"op": "secret", "name": "token", "plugin": "demo"})\nreturn Result(verb="other.do")'
    (other.folder / "verbs.py").write_text(
        (demo.folder / "verbs.py").read_text().replace(TELLS, doing(body, needs="secret:token", name="other.do"))
    )
    with pytest.raises(PluginError, match="no message"):
        granted(host, other)(FakeHouse(), "other.do")


@pytest.mark.parametrize("path", ["secrets/demo/token", "secrets", ".", "/"], ids=["file", "folder", "around", "root"])
def test_no_path_leads_to_it(host: Host, tmp_path: Path, demo: Found, path: str) -> None:
    """A plugin that may read what the person names finds no secret there, also where that is a folder around them."""
    body = f"""
import pathlib
found = []
for each in ({str(tmp_path / "secrets" / "demo" / "token")!r}, {str(tmp_path / "beside")!r}):
    try:
        found.append(pathlib.Path(each).read_text())
    except OSError as error:
        found.append(type(error).__name__)
return Result(verb="reader.do", message=" ".join(found))
"""
    (tmp_path / "beside").write_text("beside")
    path = path if path == "/" else str(tmp_path / path)
    code = doing(body, needs="fs.read:{path}", arguments="path: Text | None = None", name="reader.do")
    more = '[[capability]]\nname = "fs.read:{path}"\nreason = "to look"\n'
    reader = plugin(tmp_path / "plugins", code, name="reader", namespace="reader", more=more)
    perform = granted(host, reader)
    if "secrets" not in path:
        assert perform(FakeHouse(), "reader.do", path=path).message == "PermissionError beside"
    else:
        with pytest.raises(SandboxError, match="no plugin reads it"):
            perform(FakeHouse(), "reader.do", path=path)


def test_it_is_not_in_its_environment_nor_its_log(host: Host, demo: Found) -> None:
    """Nor in what the worker was started with, until it asks."""
    body = """
import os
return Result(verb="demo.do", message=str("horse" in repr(dict(os.environ)) + repr(vars(call))))
"""
    text = (demo.folder / "verbs.py").read_text().replace(TELLS, doing(body, needs="secret:token"))
    (demo.folder / "verbs.py").write_text(text)
    assert granted(host, demo)(FakeHouse()).message == "False"
    assert VALUE not in host.workshop.log_file("demo").read_text()


class StrictHouse(FakeHouse):
    """A house with an audit log in `log`, and a policy of its own in `policy`."""

    def __init__(self, *, log: Path | None = None, policy: Path | None = None) -> None:
        super().__init__()
        self._gate = Gate(load(user=policy), None, Audit(log, FakeClock()) if log else None, FakeClock())


def test_the_log_has_that_it_was_read(host: Host, demo: Found, tmp_path: Path) -> None:
    """Once for each reading, with its name and without its value."""
    log = tmp_path / "audit.jsonl"
    granted(host, demo)(StrictHouse(log=log))
    records = show(log)
    assert [record["step"]["args"]["do"] for record in records] == [{"verb": "secret.read", "args": {"name": "token"}}]
    assert records[0]["permitted"] and VALUE not in log.read_text()


def test_without_a_record_it_is_not_read(host: Host, demo: Found, tmp_path: Path) -> None:
    """Where the log cannot be written the secret stays where it is."""
    (tmp_path / "audit.jsonl").mkdir()
    with pytest.raises(NlshError, match="cannot write the audit log"):
        granted(host, demo)(StrictHouse(log=tmp_path / "audit.jsonl"))


DENY = """
[[rule]]
id = "mine"
decision = "deny"
reason = "Not today."
[rule.when]
verb = ["secret.read"]
effect = ["read"]
"""


def test_the_policy_may_deny_it(host: Host, demo: Found, tmp_path: Path) -> None:
    """A rule about secret.read is one like any other."""
    (tmp_path / "policy.toml").write_text(DENY)
    with pytest.raises(Denied, match="Not today"):
        granted(host, demo)(StrictHouse(policy=tmp_path / "policy.toml"))


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_one_that_others_can_read_is_refused(host: Host, demo: Found, mode: int) -> None:
    """Its file has the mode 0600, in folders of mode 0700; where that was changed it is not handed over."""
    path = host.places.secrets / "demo" / "token"
    modes = [each.stat().st_mode & 0o777 for each in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]
    path.chmod(mode)
    with pytest.raises(OperationFailed, match="open to others"):
        granted(host, demo)(FakeHouse())


def test_a_link_is_no_secret(host: Host, demo: Found, tmp_path: Path) -> None:
    """Nothing is read through one."""
    path = host.places.secrets / "demo" / "token"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OperationFailed, match="cannot read the secret token"):
        granted(host, demo)(FakeHouse())


@pytest.mark.parametrize("value", ["", "x" * (MOST_BYTES + 1)])
def test_what_is_no_value(host: Host, value: str) -> None:
    """Nothing, and what is too long, are not kept, and the error does not repeat it."""
    with pytest.raises(UsageError) as error:
        host.secrets.set("demo", "token", value)
    assert "xx" not in error.value.message and host.secrets.names("demo") == frozenset()


@pytest.mark.parametrize("value", ["ü🔑" * 300, "-----BEGIN KEY-----\nabc\n-----END KEY-----\n", "\x01" * MOST_BYTES])
def test_any_text_comes_as_it_is(host: Host, demo: Found, value: str) -> None:
    """Also what grows on the way to the worker."""
    host.secrets.set("demo", "token", value)
    body = 'import hashlib\nvalue = call.secret("token")\n'
    body += 'return Result(verb="demo.do", message=hashlib.sha256(value.encode()).hexdigest())'
    text = (demo.folder / "verbs.py").read_text().replace(TELLS, doing(body, needs="secret:token"))
    (demo.folder / "verbs.py").write_text(text)
    import hashlib

    assert granted(host, demo)(FakeHouse()).message == hashlib.sha256(value.encode()).hexdigest()


def test_a_bench_has_some(tmp_path: Path) -> None:
    """For the tests of authors."""
    found = plugin(tmp_path, TELLS, more=ASKS)
    with bench(found.folder, secrets={"token": "for a test"}) as made:
        assert made.perform("demo.do").message == "for a test"


# --- nlshctl plugin secret ---


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home of its own, in which a plugin is used that asks for a secret."""
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    plugin(tmp_path, TELLS, more=ASKS)
    return {**os.environ, "NLSH_HOME": str(tmp_path / "home"), "PYTHONPATH": path}


LINE = [sys.executable, "-c", "from nlsh.ctl import main; main()", "plugin"]


@pytest.fixture
def ctl(tmp_path: Path, environment: dict[str, str]) -> Ctl:
    """Runs `nlshctl plugin` with a standard input."""

    def run(*words: str, code: int = 0, given: str | bytes = "") -> subprocess.CompletedProcess[str]:
        data = given if isinstance(given, bytes) else given.encode()
        done = subprocess.run(
            [*LINE, *words], capture_output=True, input=data, env=environment, cwd=tmp_path, check=False
        )
        text = subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())
        assert done.returncode == code, text.stdout + text.stderr
        return text

    run("install", "demo")
    return run


def test_setting_one(ctl: Ctl, tmp_path: Path) -> None:
    """From standard input; the plugin may read it from then on, and no output, list or log has its value."""
    told = ctl("secret", "set", "demo", "token", given=f"{VALUE}\n")
    assert "demo may read token (to log in)" in told.stdout
    assert (tmp_path / "home" / "data" / "secrets" / "demo" / "token").read_text() == VALUE
    assert json.loads(ctl("grants", "demo", "--json").stdout)["grants"][0]["granted"] is True
    listed = ctl("secret", "list", "--json")
    assert json.loads(listed.stdout) == {
        "secrets": [{"plugin": "demo", "name": "token", "set": True, "reason": "to log in"}]
    }
    outputs = [told, listed, ctl("list"), ctl("grants"), ctl("doc", "demo"), ctl("logs", "demo")]
    assert not any(VALUE in each.stdout + each.stderr for each in outputs)
    log = tmp_path / "home" / "state" / "audit.jsonl"
    assert show(log, event="plugin")[-1]["action"] == "secret set" and VALUE not in log.read_text()


def test_typing_one(environment: dict[str, str], ctl: Ctl, tmp_path: Path) -> None:
    """At a terminal it is asked for with its reason, and not shown."""
    pid, terminal = pty.fork()
    if not pid:
        os.chdir(tmp_path)
        os.execve(LINE[0], [*LINE, "secret", "set", "demo", "token"], environment)
    shown = bytearray()
    with suppress(OSError):  # EIO is the end of a terminal
        typed = False
        while block := os.read(terminal, 4096):
            shown += block
            if not typed and b"token for demo (to log in): " in shown:
                assert not termios.tcgetattr(terminal)[3] & termios.ECHO
                os.write(terminal, VALUE.encode() + b"\n")
                typed = True
    os.close(terminal)
    assert os.waitpid(pid, 0)[1] == 0 and VALUE.encode() not in shown
    assert (tmp_path / "home" / "data" / "secrets" / "demo" / "token").read_text() == VALUE


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (("demo", "token", VALUE), "x"),
        (("demo", "token", f"--value={VALUE}"), "x"),
        (("demo", VALUE), "x"),
        (("demo", "token"), ""),
        (("demo", "token"), VALUE * 1000),
        (("demo", "token"), b"\xff" + VALUE.encode()),
    ],
    ids=["an argument", "an option", "a name", "nothing", "too long", "no text"],
)
def test_what_is_refused_is_not_repeated(ctl: Ctl, tmp_path: Path, words: tuple[str, ...], given: str | bytes) -> None:
    """A value on the command line, and one that is none: a usage error without it, and nothing is kept."""
    failed = ctl("secret", "set", *words, given=given, code=2)
    assert VALUE not in failed.stdout + failed.stderr
    assert not (tmp_path / "home" / "data" / "secrets" / "demo").exists()


def test_removing(ctl: Ctl, tmp_path: Path) -> None:
    """One goes by its name, and is not granted any more; all go with the plugin."""
    place = tmp_path / "home" / "data" / "secrets" / "demo"
    ctl("secret", "set", "demo", "token", given=VALUE)
    ctl("secret", "remove", "demo", "token")
    assert not (place / "token").exists()
    assert json.loads(ctl("grants", "demo", "--json").stdout)["grants"][0]["granted"] is False
    ctl("secret", "remove", "demo", "token", code=2)
    ctl("secret", "set", "demo", "token", given=VALUE)
    ctl("remove", "demo")
    assert not place.exists()
