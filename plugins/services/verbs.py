"""Services of systemd, through systemctl: which there are, how one is, and starting, stopping, restarting one."""

from __future__ import annotations

from typing import Literal

from nlsh.plugin import Call, Column, Effect, Name, NothingMatched, OperationFailed, Result, Unit, verb

_LOOKS = "exec:systemctl"
_ACTS = "exec:systemctl service.control"
_LIST = (
    Column(key="name", title="Service"),
    Column(key="state", title="State"),
    Column(key="detail", title="Detail"),
    Column(key="description", title="What it is"),
)
_ONE = (
    Column(key="name", title="Service"),
    Column(key="description", title="What it is"),
    Column(key="state", title="State"),
    Column(key="detail", title="Detail"),
    Column(key="since", title="Since"),
    Column(key="result", title="Result"),
    Column(key="at_boot", title="At boot"),
    Column(key="pid", title="PID", unit=Unit.COUNT),
    Column(key="memory", title="Memory", unit=Unit.BYTES),
    Column(key="restarts", title="Restarts", unit=Unit.COUNT),
)
_STATES = {"running": ("running",), "failed": ("failed",), "stopped": ("dead", "exited")}


@verb(
    "service.list",
    effect=Effect.READ,
    needs=_LOOKS,
    examples={
        "list services": {},
        "show all services": {},
        "which services are running": {"status": "running"},
        "show failed services": {"status": "failed"},
    },
)
def list_(call: Call, *, status: Literal["running", "failed", "stopped"] | None = None) -> Result:
    """List the services of this machine and their state."""
    output = _asked(call, "list")
    rows = [row for line in output.splitlines() if (row := _row(line))]
    if status is not None:
        rows = [row for row in rows if row["detail"] in _STATES[status]]
    if not rows:
        return Result(verb="service.list", message=f"There are no {status or ''} services.".replace("  ", " "))
    return Result(verb="service.list", shape="table", columns=_LIST, rows=tuple(rows))


@verb(
    "service.status",
    effect=Effect.READ,
    needs=_LOOKS,
    target="name",
    examples={
        "status of the nginx service": {"name": "nginx"},
        "is the ssh service running": {"name": "ssh"},
        "how is the postgresql service doing": {"name": "postgresql"},
        "did the backup service fail": {"name": "backup"},
    },
)
def status(call: Call, *, name: Name | None = None) -> Result:
    """Show how one service is."""
    known = _shown(call, name or "")
    started = known.get("ActiveState") in ("active", "reloading", "activating")
    row = {
        "name": known["Id"].removesuffix(".service"),
        "description": known.get("Description"),
        "state": known.get("ActiveState"),
        "detail": known.get("SubState"),
        "since": known.get("ActiveEnterTimestamp" if started else "InactiveEnterTimestamp") or None,
        "result": known.get("Result") if known.get("Result") != "success" else None,
        "at_boot": known.get("UnitFileState") or None,
        "pid": _number(known.get("MainPID")) or None,
        "memory": _number(known.get("MemoryCurrent")),
        "restarts": _number(known.get("NRestarts")) or None,
    }
    columns = tuple(column for column in _ONE if row[column.key] is not None)
    return Result(verb="service.status", shape="record", columns=columns, rows=(row,))


@verb(
    "service.start",
    effect=Effect.DESTROY,
    needs=_ACTS,
    target="name",
    examples={
        "start the nginx service": {"name": "nginx"},
        "start service cups": {"name": "cups"},
        "get the docker service running": {"name": "docker"},
        "bring up the redis daemon": {"name": "redis"},
    },
)
def start(call: Call, *, name: Name | None = None) -> Result:
    """Start a service."""
    return _acted(call, "start", "Started", name or "")


@verb(
    "service.stop",
    effect=Effect.DESTROY,
    needs=_ACTS,
    target="name",
    examples={
        "stop the nginx service": {"name": "nginx"},
        "shut down the cups daemon": {"name": "cups"},
        "stop service bluetooth": {"name": "bluetooth"},
        "halt the mysql service": {"name": "mysql"},
    },
)
def stop(call: Call, *, name: Name | None = None) -> Result:
    """Stop a service."""
    return _acted(call, "stop", "Stopped", name or "")


@verb(
    "service.restart",
    effect=Effect.DESTROY,
    needs=_ACTS,
    target="name",
    examples={
        "restart the nginx service": {"name": "nginx"},
        "restart service apache2": {"name": "apache2"},
        "bounce the redis daemon": {"name": "redis"},
        "give the ssh service a restart": {"name": "ssh"},
    },
)
def restart(call: Call, *, name: Name | None = None) -> Result:
    """Stop a service and start it again."""
    return _acted(call, "restart", "Restarted", name or "")


def _acted(call: Call, program: str, done: str, name: str) -> Result:
    """Have it done, but only to a service that there is; what systemd says about a failure is told."""
    _shown(call, name)
    output = call.run(program)
    if output.code:
        raise OperationFailed(_words(output.text), hint=f"say: show the logs of {name}")
    known = _shown(call, name)
    state = f"{known.get('ActiveState')} ({known.get('SubState')})"
    return Result(verb=f"service.{program}", message=f"{done} {known['Id'].removesuffix('.service')}: it is {state}.")


def _shown(call: Call, name: str) -> dict[str, str]:
    """The properties of a service; NothingMatched where systemd knows none of that name."""
    lines = (line.partition("=") for line in _asked(call, "show").splitlines())
    known = {key: value for key, _, value in lines}
    if known.get("LoadState") in (None, "", "not-found"):
        raise NothingMatched(f"there is no service {name}", hint="say: list services")
    return known


def _asked(call: Call, program: str) -> str:
    output = call.run(program)
    if output.code:
        if "not been booted with systemd" in output.text or "connect to bus" in output.text:
            raise OperationFailed("systemd does not run here, and services are asked about through it")
        raise OperationFailed(_words(output.text))
    return output.text


def _words(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "systemctl failed and does not say why"


def _row(line: str) -> dict[str, str] | None:
    """One line of list-units: unit, load, active, sub, description; what is not loaded is left out."""
    parts = line.split(maxsplit=4)
    if len(parts) < 4 or parts[1] == "not-found":
        return None
    name = parts[0].removesuffix(".service")
    return {"name": name, "state": parts[2], "detail": parts[3], "description": parts[4] if len(parts) > 4 else ""}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 19 else None
