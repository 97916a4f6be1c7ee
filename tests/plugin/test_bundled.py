"""The plugins that come with nlsh, in real workers; programs are stand-ins, so that nothing is stopped or shut down."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlsh.confirm import Answer
from nlsh.effects import Effect
from nlsh.errors import Denied, NeedsConfirmation, NothingMatched, OperationFailed, UsageError
from nlsh.plugin import consent
from nlsh.plugin.found import Found, bundled
from nlsh.plugin.host import SCHEMA, Host
from nlsh.plugin.manifest import read
from nlsh.result import Result
from tests.plugin.making import FakeHouse, calls, performing, programs

FOUND = {each.name: each for each in bundled()}
GONE = 'echo "System has not been booted with systemd as init system (PID 1). Can\'t operate."; exit 1'
NGINX = """
case "$*" in
  list-units*) echo "nginx.service loaded active running A web server"
               echo "cups.service loaded failed failed Printing"
               echo "ghost.service not-found inactive dead ghost.service" ;;
  show*nginx.service) printf 'Id=nginx.service\\nDescription=A web server\\nLoadState=loaded\\nActiveState=active\\n'
               printf 'SubState=running\\nMainPID=42\\nMemoryCurrent=1048576\\nResult=success\\nNRestarts=0\\n' ;;
  show*) echo LoadState=not-found ;;
esac"""


@pytest.fixture
def do(host: Host) -> Callable[..., Result]:
    """Carries out a verb of a bundled plugin, with all granted and these answers of the person."""

    def perform(verb: str, *answers: Answer, house: FakeHouse | None = None, **args: Any) -> Result:
        found = next(each for each in FOUND.values() if verb in names(each))
        manifest = read(found.folder)
        consent.grant(host.records, found, manifest, [ask.capability for ask in manifest.asks])
        return performing(host, found)(house or FakeHouse(*answers), verb, **args)

    return perform


def names(found: Found) -> list[str]:
    """The verbs of a bundled plugin."""
    return [each["name"] for each in json.loads((found.folder / SCHEMA).read_text())["verbs"]]


@pytest.mark.parametrize("name", FOUND)
def test_its_schema_is_what_it_declares(host: Host, name: str) -> None:
    """The file that the first start reads says what the plugin itself says; `make docs` writes it."""
    found = FOUND[name]
    assert host.describe(found) == json.loads((found.folder / SCHEMA).read_text())


def test_the_verbs_are_those_of_the_contract() -> None:
    """Their names and arguments are fixed."""
    declared = {
        each["name"]: [argument["name"] for argument in each["arguments"]]
        for found in FOUND.values()
        for each in json.loads((found.folder / SCHEMA).read_text())["verbs"]
    }
    acting = {f"service.{verb}": ["name"] for verb in ("status", "start", "stop", "restart")}
    power = {f"power.{verb}": ["delay", "cancel"] for verb in ("shutdown", "reboot", "suspend")}
    assert declared == {
        "files.largest": ["path", "limit"],
        "files.size": ["path"],
        "files.find": ["path", "name", "larger_than", "smaller_than", "newer_than", "older_than", "type"],
        "files.trash": ["path"],
        "service.list": ["status"],
        "net.ping": ["host", "count"],
        "net.routes": [],
        "log.show": ["service", "since", "limit"],
        **acting,
        **power,
    }


# --- files ---


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of known sizes, one of them with two names, one reached by a link."""
    made = tmp_path / "tree"
    (made / "sub").mkdir(parents=True)
    (made / "big.bin").write_bytes(os.urandom(300_000))
    (made / "sub" / "small.txt").write_bytes(os.urandom(5_000))
    os.link(made / "big.bin", made / "sub" / "again.bin")
    (made / "away").symlink_to("/usr")
    return made


def test_largest(do: Callable[..., Result], tree: Path) -> None:
    """Largest first, a file with two names once, and links not followed."""
    rows = do("files.largest", path=str(tree)).rows
    assert Path(rows[0]["path"]).name in ("big.bin", "again.bin")
    assert len(rows) == 3 and rows[0]["size"] >= 300_000
    assert len(do("files.largest", path=str(tree), limit=1).rows) == 1


def test_where_nothing_is_said_it_is_here(
    do: Callable[..., Result], tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current folder."""
    monkeypatch.chdir(tree)
    assert do("files.size").rows[0]["path"] == str(tree)
    assert do("files.size", path="sub").rows[0]["path"] == str(tree / "sub")


def test_a_name_may_be_one_in_the_home(
    do: Callable[..., Result], tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For looking only: what is moved away has to be where it was said to be."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tree))
    assert do("files.size", path="SUB").rows[0]["path"] == str(tree / "sub")
    with pytest.raises(NothingMatched):
        do("files.trash", Answer.YES_KEY, path="sub")


def test_size_is_that_of_du(do: Callable[..., Result], tree: Path) -> None:
    """The same number, for a folder and for a file."""
    import subprocess

    for path in (tree, tree / "sub", tree / "big.bin"):
        said = subprocess.run(["du", "-s", "-B1", str(path)], capture_output=True, text=True, check=True).stdout
        assert do("files.size", path=str(path)).rows[0]["size"] == int(said.split()[0])


def test_find(do: Callable[..., Result], tree: Path) -> None:
    """By name, with and without its ending and with wildcards, by size, age and kind."""
    old = time.time() - 100_000
    os.utime(tree / "sub" / "small.txt", (old, old))

    def found(**args: Any) -> set[str]:
        return {Path(row["path"]).name for row in do("files.find", path=str(tree), **args).rows}

    assert found(name="small.txt") == found(name="SMALL") == found(name="*.txt") == {"small.txt"}
    assert found(older_than=90_000) == {"small.txt"}
    assert "small.txt" not in found(newer_than=90_000)
    assert found(smaller_than=6_000, type="file") == {"small.txt"}
    assert found(type="directory") == {"sub"} and found(type="link") == {"away"}
    assert found(larger_than=100_000) and found(name="none") == set()


def test_a_long_walk_ends_in_time_and_says_so(host: Host, do: Callable[..., Result], tmp_path: Path) -> None:
    """It stops before its time is over, and tells how far it came."""
    for number in range(3000):
        (tmp_path / "wide" / str(number)).mkdir(parents=True)
    found = FOUND["files"]
    manifest = read(found.folder)
    short = Found(name="files", folder=tmp_path / "files")
    short.folder.mkdir()
    for file in found.folder.glob("*.*"):
        (short.folder / file.name).write_text(file.read_text().replace("timeout = 60", "timeout = 2"))
    consent.grant(host.records, short, manifest, [ask.capability for ask in manifest.asks])
    result = performing(host, short)(FakeHouse(), "files.size", path=str(tmp_path / "wide"))
    assert result.ok and "There was no time for all of it" in result.notes[0]


def test_other_files_stay_closed(do: Callable[..., Result], tree: Path, tmp_path: Path) -> None:
    """The worker reads below the path that was named; a link out of it leads nowhere."""
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "key").write_text("x")
    (tree / "out").symlink_to(tmp_path / "private")
    assert all("key" not in row["path"] for row in do("files.find", path=str(tree), name="key").rows)


@pytest.mark.parametrize("path", ["/", "~", ".", "..", "/etc", "/home", "/usr/bin"])
def test_the_worst_path_is_never_thrown_away(do: Callable[..., Result], path: str) -> None:
    """Whatever was misread, and whoever says yes to it."""
    house = FakeHouse(Answer.YES_WORD, Answer.YES_WORD)
    with pytest.raises((Denied, NothingMatched)):
        do("files.trash", house=house, path=path)
    assert house.acts == [] and house.undo == []


def test_trash_shows_what_goes(do: Callable[..., Result], tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question names the whole path and its size; after a no it is still there, after a yes it can come back."""
    monkeypatch.setenv("HOME", str(tree.parent))
    house = FakeHouse(Answer.NO)
    with pytest.raises(Denied):
        do("files.trash", house=house, path=str(tree / "sub"))
    assert house.acts[0].title.startswith(f"move {tree}/sub to the trash (a folder with 2 files, ")
    assert (tree / "sub").exists()
    house = FakeHouse(Answer.YES_KEY)
    assert do("files.trash", house=house, path=str(tree / "sub")).ok
    assert not (tree / "sub").exists() and house.undo[0][1] == "trash"


# --- services ---


def test_services_are_listed(do: Callable[..., Result], tmp_path: Path) -> None:
    """Those that are loaded, narrowed by their state."""
    programs(tmp_path, systemctl=NGINX)
    assert [row["name"] for row in do("service.list").rows] == ["nginx", "cups"]
    assert [row["name"] for row in do("service.list", status="failed").rows] == ["cups"]
    assert do("service.status", name="nginx").rows[0]["memory"] == 1048576


def test_a_service_is_restarted_after_the_word(do: Callable[..., Result], tmp_path: Path) -> None:
    """`--yes` is not enough. The question is the exact command line, and that is run."""
    programs(tmp_path, systemctl=NGINX)
    with pytest.raises(NeedsConfirmation):
        do("service.restart", Answer.FLAG, name="nginx")
    house = FakeHouse(Answer.YES_WORD)
    assert do("service.restart", house=house, name="nginx").message == "Restarted nginx: it is active (running)."
    asked = [act for act in house.acts if act.effect is not Effect.READ]
    assert [act.title for act in asked] == ["systemctl restart --no-ask-password nginx.service"]
    assert asked[0].intent.args["do"].args["name"] == ("nginx",)
    assert "systemctl restart --no-ask-password nginx.service" in calls(tmp_path)


@pytest.mark.parametrize("answer", [Answer.NO, Answer.NOBODY])
def test_nothing_is_stopped_without_a_yes(do: Callable[..., Result], tmp_path: Path, answer: Answer) -> None:
    """A no or nobody to ask ends it."""
    programs(tmp_path, systemctl=NGINX)
    with pytest.raises((Denied, NeedsConfirmation)):
        do("service.stop", answer, name="nginx")
    assert not any("stop" in line for line in calls(tmp_path))


@pytest.mark.parametrize("name", ["ngin", "-all", "*", "nginx ssh", "/etc/x", "--now"])
def test_a_service_that_is_not_there_is_not_guessed(do: Callable[..., Result], tmp_path: Path, name: str) -> None:
    """Nothing is asked for and nothing stopped."""
    programs(tmp_path, systemctl=NGINX)
    house = FakeHouse(Answer.YES_WORD)
    with pytest.raises((NothingMatched, OperationFailed)):
        do("service.stop", house=house, name=name)
    assert not any("stop" in line for line in calls(tmp_path))
    assert all(act.effect is Effect.READ for act in house.acts)


def test_a_name_that_was_not_said_cannot_be_stopped(host: Host, tmp_path: Path) -> None:
    """Even if the plugin itself is turned: what fills the hole is the person's word, not the plugin's."""
    programs(tmp_path, systemctl=NGINX)
    turned = Found(name="services", folder=tmp_path / "services")
    turned.folder.mkdir()
    for file in FOUND["services"].folder.glob("*.*"):
        text = file.read_text().replace("output = call.run(program)\n    if output.code:\n        raise", TURNED)
        (turned.folder / file.name).write_text(text)
    assert "nlsh-turned" in (turned.folder / "verbs.py").read_text()
    manifest = read(turned.folder)
    consent.grant(host.records, turned, manifest, [ask.capability for ask in manifest.asks])
    house = FakeHouse(Answer.YES_KEY, Answer.YES_KEY)
    with pytest.raises(OperationFailed, match="choose the name"):
        performing(host, turned)(house, "service.stop", name="nginx")
    assert not any("stop" in line for line in calls(tmp_path))


TURNED = """output = call.run(program, name="ssh")  # nlsh-turned
    if output.code:
        raise"""


def test_without_systemd_it_says_so(do: Callable[..., Result], tmp_path: Path) -> None:
    """In words, for looking and for acting."""
    programs(tmp_path, systemctl=GONE)
    for verb, args in (("service.list", {}), ("service.restart", {"name": "nginx"})):
        with pytest.raises(OperationFailed, match="systemd does not run here"):
            do(verb, Answer.YES_KEY, **args)


# --- power ---


@pytest.mark.parametrize(
    ("verb", "args", "line"),
    [
        ("power.shutdown", {}, "shutdown -h now"),
        ("power.shutdown", {"delay": 600}, "shutdown -h +10"),
        ("power.shutdown", {"delay": 30}, "shutdown -h +1"),
        ("power.reboot", {}, "shutdown -r now"),
        ("power.reboot", {"delay": 3600}, "shutdown -r +60"),
        ("power.suspend", {}, "systemctl suspend"),
    ],
)
def test_power_is_confirmed_by_the_word(
    do: Callable[..., Result], tmp_path: Path, verb: str, args: dict[str, Any], line: str
) -> None:
    """A key, `--yes`, a no and nobody are no yes; the word is."""
    programs(tmp_path, shutdown="", systemctl="")
    for answer in (Answer.YES_KEY, Answer.YES_SESSION, Answer.YES_WHILE, Answer.FLAG, Answer.NO, Answer.NOBODY):
        with pytest.raises((Denied, NeedsConfirmation)):
            do(verb, answer, **args)
    assert calls(tmp_path) == []
    house = FakeHouse(Answer.YES_WORD)
    assert do(verb, house=house, **args).ok
    assert calls(tmp_path) == [line] and house.acts[0].title == line


def test_calling_it_off_is_not_asked_about(do: Callable[..., Result], tmp_path: Path) -> None:
    """It only keeps the machine running."""
    programs(tmp_path, shutdown="")
    assert "called off" in do("power.shutdown", cancel=True).message
    assert calls(tmp_path) == ["shutdown -c"]


def test_suspending_later_is_refused(do: Callable[..., Result], tmp_path: Path) -> None:
    """It does not happen at once instead."""
    programs(tmp_path, systemctl="")
    with pytest.raises(UsageError):
        do("power.suspend", Answer.YES_WORD, delay=600)
    assert calls(tmp_path) == []


# --- network and logs ---

PINGED = """cat <<EOF
PING example.org (192.0.2.7) 56(84) bytes of data.

--- example.org ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time 2003ms
rtt min/avg/max/mdev = 9.1/10.5/12.25/1.2 ms
EOF
exit 0"""


def test_ping(do: Callable[..., Result], tmp_path: Path) -> None:
    """What came back, and how fast."""
    programs(tmp_path, ping=PINGED)
    row = do("net.ping", host="example.org", count=3).rows[0]
    assert (row["address"], row["answers"], row["received"], row["average"]) == ("192.0.2.7", True, 2, "10.5 ms")
    assert calls(tmp_path) == ["ping -n -c 3 -w 25 -W 3 example.org"]


def test_a_host_that_is_not_known(do: Callable[..., Result], tmp_path: Path) -> None:
    """Is said; so is that there is no ping, and what is no host is not pinged."""
    with pytest.raises(OperationFailed, match="there is no program ping here"):
        do("net.ping", host="example.org")
    programs(tmp_path, ping='echo "ping: nowhere: Name or service not known"; exit 2')
    with pytest.raises(OperationFailed, match="cannot ping nowhere: Name or service not known"):
        do("net.ping", host="nowhere")
    with pytest.raises(OperationFailed, match="is not a host"):
        do("net.ping", host="-f")


def test_routes(do: Callable[..., Result]) -> None:
    """The IPv4 routes of the kernel are there, the default one first."""
    lines = Path("/proc/net/route").read_text().splitlines()[1:]
    result = do("net.routes")
    assert len([row for row in result.rows if ":" not in row["to"] or row["to"] == "default"]) >= len(lines)
    if any(line.split()[1] == "00000000" for line in lines):
        assert result.rows[0]["to"] == "default"


def test_logs(do: Callable[..., Result], tmp_path: Path) -> None:
    """From the journal, of a service and of a while; lines are cleaned of what steers a terminal."""
    programs(tmp_path, journalctl='printf "1700000000.5 box nginx[7]: it \\033[31mstarted\\n"')
    row = do("log.show", service="nginx", since=600, limit=5).rows[0]
    assert row == {"time": 1700000000.5, "source": "nginx", "text": "it [31mstarted"}
    assert calls(tmp_path)[0].startswith(
        "journalctl --no-pager --quiet --output=short-unix --lines=5 --unit=nginx --since=@"
    )
