"""The broker: the side of a plugin's socket on which there are rights.

A plugin worker can do next to nothing by itself. What it wants beyond that it asks for here, one operation a message;
each is held against what the plugin was granted, judged by the policy, confirmed by the person where that says so, and
written down, before it is done. Who asks is known by the socket; what a plugin says about itself counts for nothing.

Reading is not among the operations: the worker opens by itself, under Landlock, the files and folders that this request
was granted, which needs no privileged code that walks paths chosen by somebody else.
"""

from __future__ import annotations

import ipaddress
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from nlsh import errors
from nlsh.act import Act
from nlsh.effects import Effect
from nlsh.errors import Denied, NlshError, OperationFailed, PluginError, SandboxError
from nlsh.intent import Intent
from nlsh.result import Failure, Result
from nlsh.sandbox import clean, message, program, reply, trash
from nlsh.sandbox.message import Connect, Done, Failed, Log, Message, Rows, Run, Secret, Trash
from nlsh.sandbox.permit import Permit
from nlsh.sandbox.program import Program

_MOST_OPERATIONS: Final = 40
_MOST_MESSAGES: Final = 2000
_MOST_ROWS: Final = 5000
_MOST_LOG: Final = 1 << 16
_MOST_OUTPUT: Final = 1 << 20
"""Of one request: operations, messages, rows of its result, bytes of its log; and bytes of a program's output."""
_PATIENCE: Final = 30.0
"""Seconds for one program, and for one connection a third of it."""
_ENVIRONMENT: Final = {"PATH": ":".join(program.SEARCH_PATH), "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0"}


class House(Protocol):
    """What of the house stands behind the broker: the gate with the person to ask, the audit log, undo."""

    def allow(self, act: Act) -> Permit:
        """The permit for an act; an error where the policy or the person says no."""
        ...

    def outcome(self, permit: Permit, result: Result) -> None:
        """Write down what came of it."""
        ...

    def remember(self, description: str, what: str, value: Any) -> None:
        """Keep what takes a change back."""
        ...


@dataclass(frozen=True, kw_only=True)
class Request:
    """One step that a plugin carries out, and what it may do for it.

    `arguments` are the step's with paths made absolute; `capabilities` are granted ones, `{argument}` in them filled
    in; `programs` those that may be run; `seconds` how long it may take, `home` and `folder` where the person is, and
    `kept` what belongs to nlsh.
    """

    plugin: str
    intent: Intent
    utterance: str
    arguments: Mapping[str, Any]
    capabilities: frozenset[str] = frozenset()
    programs: Mapping[str, Program] = field(default_factory=dict)
    seconds: float = 30.0
    home: str = "/"
    folder: str = "/"
    kept: tuple[str, ...] = ()
    search: tuple[str, ...] = program.SEARCH_PATH


class Broker:
    """Serves one request of one plugin over the broker's end of its socket.

    `log` takes lines for its log; `secret` gives the value of a secret of this plugin by its name.
    """

    def __init__(
        self,
        request: Request,
        connection: socket.socket,
        house: House,
        *,
        log: Callable[[str], None] = lambda text: None,
        secret: Callable[[str], str],
    ) -> None:
        self._request = request
        self._connection = connection
        self._house = house
        self._log = log
        self._read_secret = secret
        self._rows: list[message.Row] = []
        self._messages = 0
        self._operations = 0
        self._logged = 0
        self._deadline = time.monotonic() + request.seconds
        self._waited = 0.0

    def serve(self) -> Result | None:
        """The plugin's result; None where its worker ended without one.

        PluginError where it breaks the rules or takes too long, and the error that it names itself.
        """
        while True:
            data = self._next()
            if not data:
                return None
            self._messages += 1
            if self._messages > _MOST_MESSAGES:
                raise self._fault("says too much")
            said = self._decoded(data)
            if isinstance(said, Done):
                return reply.heard(self._request.intent.verb, self._rows, said)
            if isinstance(said, Failed):
                raise self._named(said)
            self._take(said)

    def _next(self) -> bytes:
        """The next message; empty where the worker is gone."""
        left = self._deadline - time.monotonic()
        if left <= 0 or not select.select([self._connection], [], [], left)[0]:
            raise self._fault(f"took longer than {self._request.seconds:g} seconds")
        try:
            data, _, flags, _ = self._connection.recvmsg(message.MOST_BYTES)
        except ConnectionError:
            return b""
        if flags & socket.MSG_TRUNC:
            raise self._fault("sent a message that is too long")
        return data

    def _decoded(self, data: bytes) -> Message:
        try:
            return message.decode(data)
        except message.MessageError as error:
            raise self._fault(f"broke the rules: {error.message}") from None

    def _take(self, said: Message) -> None:
        if isinstance(said, Rows):
            self._rows += reply.cleaned(said)
            if len(self._rows) > _MOST_ROWS:
                raise self._fault(f"gave more than {_MOST_ROWS} rows")
        elif isinstance(said, Log):
            self._note(said.text)
        else:
            self._operations += 1
            if self._operations > _MOST_OPERATIONS:
                raise self._fault(f"asked for more than {_MOST_OPERATIONS} things")
            self._answer(said)

    def _note(self, text: str) -> None:
        text = clean.text(text)
        self._logged += len(text)
        if self._logged <= _MOST_LOG:
            self._log(text)

    def _answer(self, said: Message) -> None:
        """Carry out one operation, and tell the plugin how it went and how long the person thought about it."""
        self._waited = 0.0
        try:
            answer, files = self._done(said)
        except NlshError as error:
            told = {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
            self._reply({"ok": False, **told, "waited": self._waited}, [])
            if isinstance(error, Denied | errors.NeedsConfirmation | errors.AuditError):
                raise  # a plugin goes no further against a no
            return
        try:
            self._reply({"ok": True, **answer, "waited": self._waited}, files)
        finally:
            for descriptor in files:
                os.close(descriptor)

    def _reply(self, answer: Mapping[str, Any], files: list[int]) -> None:
        import json

        data = json.dumps(answer).encode()
        self._connection.settimeout(1.0)
        try:
            socket.send_fds(self._connection, [data], files)
        except OSError as error:
            raise self._fault("does not listen") from error
        finally:
            self._connection.settimeout(None)

    def _done(self, said: Message) -> tuple[dict[str, Any], list[int]]:
        if isinstance(said, Run):
            return self._run(said)
        if isinstance(said, Trash):
            return self._trash(said)
        if isinstance(said, Secret):
            return self._secret(said)
        assert isinstance(said, Connect)
        return {}, [self._connect(said)]

    # --- operations ---

    def _run(self, said: Run) -> tuple[dict[str, Any], list[int]]:
        template = self._request.programs.get(said.program)
        if template is None:
            raise self._not_granted(f"run {said.program}")
        reach = program.reach(template)
        self._need(f"exec:{template.argv[0]}")
        if reach.needs:
            self._need(reach.needs)
        if said.values and reach.effect is not Effect.READ:
            raise self._not_granted(f"choose the {', '.join(said.values)} of {said.program}")
        arguments = {**self._request.arguments, **said.values}
        try:
            command = program.filled(template, arguments, now=time.time())
        except ValueError as error:
            raise OperationFailed(f"{template.argv[0]} cannot be run: {error}") from error
        for place in command.paths:
            self._need(f"fs.read:{place}")
            if trash.overlaps(os.path.realpath(place), self._request.kept):
                raise SandboxError(
                    f"the plugin {self._request.plugin} may not run {said.program} on {clean.text(place)}: "
                    "nlsh keeps its own things there"
                )
        path = program.found(template.argv[0], self._request.search)
        if not path:
            raise OperationFailed(f"there is no program {template.argv[0]} here", hint="install it")
        line = " ".join(command.argv)
        permit = self._permit(reach.verb, reach.effect, line, command=line, name=command.names)
        code, output = _output((path, *command.argv[1:]))
        failures = () if code == 0 else (Failure(subject=line, reason=f"it ended with {code}"),)
        self._house.outcome(permit, Result(verb=reach.verb, message=line, failures=failures))
        return {"code": code}, [_sealed(output)]

    def _trash(self, said: Trash) -> tuple[dict[str, Any], list[int]]:
        request = self._request
        reach = [each.partition(":")[2] for each in request.capabilities if each.startswith("fs.write:")]
        parent, name = os.path.split(said.path)
        real = f"{os.path.realpath(parent).rstrip('/')}/{name}"
        if not any(real == place or real.startswith(place.rstrip("/") + "/") for place in reach):
            raise self._not_granted(f"move {said.path} to the trash")
        item = trash.look(said.path, home=request.home, folder=request.folder, kept=request.kept)
        with trash.held(item):
            permit = self._permit("file.trash", Effect.CHANGE, _described(item), path=item.path)
            thrown = trash.throw(item, home=request.home)
        words = f"{item.path} went to the trash"
        self._house.remember(words, "trash", thrown)
        self._house.outcome(permit, Result(verb="file.trash", message=words))
        return {"path": item.path, "size": item.size, "files": item.files, "kind": item.kind}, []

    def _connect(self, said: Connect) -> int:
        self._need(f"net.connect:{said.host}:{said.port}")
        self._permit("net.connect", Effect.READ, f"connect to {said.host}:{said.port}", host=said.host)
        try:
            found = socket.getaddrinfo(said.host, said.port, type=socket.SOCK_STREAM)
            for family, kind, protocol, _, address in found:
                if not _literal(said.host) and not ipaddress.ip_address(address[0]).is_global:
                    raise OperationFailed(f"{said.host} leads to {address[0]}, which is no public address")
                with socket.socket(family, kind, protocol) as made:
                    made.settimeout(_PATIENCE / 3)
                    made.connect(address)
                    made.settimeout(None)
                    return made.detach()
        except OSError as error:
            raise OperationFailed(f"cannot connect to {said.host}:{said.port}: {error}") from error
        raise OperationFailed(f"{said.host} has no address")

    def _secret(self, said: Secret) -> tuple[dict[str, Any], list[int]]:
        self._need(f"secret:{said.name}")
        words = f"the plugin {self._request.plugin} reads its secret {said.name}"
        self._permit("secret.read", Effect.READ, words, noted=True, name=said.name)
        return {"value": self._read_secret(said.name)}, []

    def _permit(self, operation: str, effect: Effect, words: str, *, noted: bool = False, **details: Any) -> Permit:
        """Leave for one operation: the step that the person asked for, and within it what it comes to."""
        inner = Intent(verb=operation, args={key: value for key, value in details.items() if value})
        intent = Intent(verb=self._request.intent.verb, args={**self._request.intent.args, "do": inner})
        said = self._request.utterance
        act = Act(intent=intent, effect=effect, utterance=said, origin="plugin", title=words, noted=noted)
        began = time.monotonic()
        try:
            return self._house.allow(act)
        finally:  # the time of the person is not the plugin's
            self._waited += time.monotonic() - began
            self._deadline += time.monotonic() - began

    def _need(self, capability: str) -> None:
        if capability not in self._request.capabilities:
            raise self._not_granted(f"use {capability}")

    # --- what comes out ---

    def _named(self, failed: Failed) -> NlshError:
        """The error that the plugin names: one of a few kinds, so that it cannot pretend that the policy spoke."""
        kinds: dict[str, type[NlshError]] = {
            "UsageError": errors.UsageError,
            "NothingMatched": errors.NothingMatched,
            "OperationFailed": OperationFailed,
        }
        kind = kinds.get(failed.kind, PluginError)
        words = clean.text(failed.message) or "it failed"
        message = f"the plugin {self._request.plugin} failed: {words}" if kind is PluginError else words
        return kind(message, hint=clean.text(failed.hint))

    def _not_granted(self, what: str) -> SandboxError:
        verb = self._request.intent.verb
        return SandboxError(
            f"the plugin {self._request.plugin} may not {clean.text(what)}: it was not granted that",
            hint=f"{verb} is granted what its needs name: they are declared with the verb",
        )

    def _fault(self, what: str) -> PluginError:
        name = self._request.plugin
        return PluginError(f"the plugin {name} {what}", hint=f"nlshctl plugin logs {name}")


def _described(item: trash.Item) -> str:
    from nlsh.sandbox.sizes import size

    if item.kind != "a folder":
        return f"move {item.path} to the trash ({item.kind}, {size(item.size)})"
    more = "more than " if item.more else ""
    files = "1 file" if item.files == 1 else f"{item.files} files"
    return f"move {item.path} to the trash (a folder with {more}{files}, {more}{size(item.size)})"


def _literal(host: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return True
    return host == "localhost"


def _output(argv: tuple[str, ...]) -> tuple[int, bytes]:
    """Run a program and return its exit code and the start of its output; OperationFailed where it takes too long."""
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=_ENVIRONMENT,
            start_new_session=True,
        )
    except OSError as error:
        raise OperationFailed(f"cannot run {argv[0]}: {error.strerror}") from error
    with process:
        assert process.stdout
        output, until = bytearray(), time.monotonic() + _PATIENCE
        try:
            while select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))[0]:
                block = os.read(process.stdout.fileno(), 1 << 16)
                if not block:
                    return process.wait(timeout=max(0.1, until - time.monotonic())), bytes(output)
                if len(output) < _MOST_OUTPUT:
                    output += block[: _MOST_OUTPUT - len(output)]
            raise OperationFailed(f"{argv[0]} takes longer than {_PATIENCE:g} seconds")
        except subprocess.TimeoutExpired:
            raise OperationFailed(f"{argv[0]} does not end") from None
        finally:
            if process.poll() is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


def _sealed(data: bytes) -> int:
    """The data as a descriptor that can only be read, wherever it is reopened."""
    import fcntl

    file = os.memfd_create("output", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        done = 0
        while done < len(data):
            done += os.write(file, data[done:])
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | 1)
    except OSError:
        os.close(file)
        raise
    return file
