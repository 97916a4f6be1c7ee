"""The machine as a whole as results: CPU, memory, load, clock, sensors, users and environment."""

from __future__ import annotations

import os
import time
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

from nlsh.errors import OperationFailed
from nlsh.executor.report import columns, record, table
from nlsh.executor.reports import cpu_time, logins, machine, sensors
from nlsh.result import Result, Unit


def cpu_usage(per_core: bool = False) -> Result:
    """The result of `cpu.usage`."""
    before = cpu_time.cpu_times()
    time.sleep(cpu_time.INTERVAL)
    after = cpu_time.cpu_times()
    parts = {name: cpu_time.usage(before[name], now) for name, now in after.items() if name in before}
    shown = dict.fromkeys(("usage", *cpu_time.FIELDS), Unit.PERCENT)
    if per_core:
        rows = [{"core": int(name[3:]), **part} for name, part in parts.items() if name != "cpu"]
        return table("cpu.usage", columns(core=Unit.COUNT, **shown), rows)
    counted = columns(**shown, cores=Unit.COUNT, physical=(Unit.COUNT, "Physical cores"), mhz=(Unit.COUNT, "MHz"))
    return record("cpu.usage", counted, {**parts["cpu"], **machine.cpu_counts()})


def memory_usage(swap: bool = False) -> Result:
    """The result of `memory.usage`."""
    paged = machine.swap()
    notes = () if paged["total"] else ("This machine has no swap.",)
    rows = (paged,) if swap else (machine.memory(), paged)
    wanted = ("total", "used", "free") if swap else ("total", "used", "free", "available", "cached")
    shown = columns(kind=Unit.TEXT, **dict.fromkeys(wanted, Unit.BYTES), percent=(Unit.PERCENT, "Used %"))
    return table("memory.usage", shown, rows, *notes)


def load() -> Result:
    """The result of `system.load`."""
    one, five, fifteen = os.getloadavg()
    running, _, tasks = Path("/proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")
    shown = columns(
        load1=(Unit.COUNT, "1 minute"),
        load5=(Unit.COUNT, "5 minutes"),
        load15=(Unit.COUNT, "15 minutes"),
        cores=Unit.COUNT,
        running=(Unit.COUNT, "Running threads"),
        tasks=(Unit.COUNT, "Threads"),
    )
    counted = {"cores": os.cpu_count() or 1, "running": int(running), "tasks": int(tasks)}
    return record("system.load", shown, {"load1": one, "load5": five, "load15": fifteen, **counted})


def uptime() -> Result:
    """The result of `system.uptime`."""
    up = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    shown = columns(up=Unit.SECONDS, booted=Unit.TIME)
    return record("system.uptime", shown, {"up": up, "booted": round(time.time() - up)})


def info() -> Result:
    """The result of `system.info`."""
    named = dict.fromkeys(("host", "system", "kernel", "architecture", "model"), Unit.TEXT)
    shown = columns(**named, cpu=(Unit.TEXT, "CPU"), cores=Unit.COUNT, memory=Unit.BYTES, booted=Unit.TIME)
    return record("system.info", shown, machine.facts())


def clock() -> Result:
    """The result of `system.time`."""
    now = datetime.now().astimezone()
    row = {
        "date": f"{now:%A}, {now.day} {now:%B %Y}",
        "time": f"{now:%H:%M:%S}",
        "zone": machine.zone(),
        "offset": f"{now:%Z} (UTC{now.isoformat()[-6:]})",
        "iso": now.isoformat(timespec="seconds"),
    }
    return record("system.time", columns(**dict.fromkeys(row, Unit.TEXT)), row)


def temperatures() -> Result:
    """The result of `system.sensors`."""
    found = sensors.readings()
    if not found:
        return Result(verb="system.sensors", message="This machine shows no sensors (virtual machines have none).")
    degrees = dict.fromkeys(("celsius", "high", "critical"), Unit.CELSIUS)
    shown = columns(sensor=Unit.TEXT, label=Unit.TEXT, **degrees, rpm=(Unit.COUNT, "RPM"))
    return table("system.sensors", shown, found)


def battery() -> Result:
    """The result of `system.battery`."""
    found = sensors.battery()
    if found is None:
        return Result(verb="system.battery", message="This machine has no battery.")
    shown = columns(
        percent=(Unit.PERCENT, "Charge"), plugged=(Unit.FLAG, "Plugged in"), left=(Unit.SECONDS, "Time left")
    )
    return record("system.battery", shown, found)


def users(history: bool = False) -> Result:
    """The result of `system.users`."""
    try:
        found = logins.past() if history else logins.present()
    except OSError as error:
        hint = "newer systems keep logins in the journal instead: `journalctl -t systemd-logind`"
        raise OperationFailed(f"no login history: {error.strerror}: {error.filename}", hint=hint) from error
    if not found:
        return Result(
            verb="system.users", message="No logins are recorded." if history else "Nobody is recorded as logged in."
        )
    ends = {"ended": Unit.TIME} if history else {}
    shown = columns(user=Unit.TEXT, terminal=Unit.TEXT, host=(Unit.TEXT, "From"), since=Unit.TIME, **ends)
    return table("system.users", shown, ({c.key: getattr(login, c.key) for c in shown} for login in found))


def whoami() -> Result:
    """The result of `system.whoami`."""
    row = machine.me()
    shown = columns(
        user=Unit.TEXT,
        uid=(Unit.COUNT, "UID"),
        group=Unit.TEXT,
        gid=(Unit.COUNT, "GID"),
        groups=Unit.TEXT,
        home=Unit.TEXT,
        shell=(Unit.TEXT, "Login shell"),
        host=Unit.TEXT,
    )
    return record("system.whoami", shown, row)


def environment(name: str | None = None) -> Result:
    """The result of `system.environment`."""
    wanted = (name or "*").lstrip("$").casefold()
    rows = [{"name": key, "value": value} for key, value in sorted(os.environ.items())]
    rows = [row for row in rows if fnmatchcase(row["name"].casefold(), wanted)]
    if not rows:
        return Result(verb="system.environment", message=f"{name} is not set.")
    return table("system.environment", columns(name=Unit.TEXT, value=Unit.TEXT), rows)
