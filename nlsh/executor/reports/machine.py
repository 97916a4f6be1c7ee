"""Facts about the machine that change seldom: what it is, its clock's zone, its memory."""

from __future__ import annotations

import grp
import os
import platform
import pwd
from pathlib import Path
from typing import Any


def facts() -> dict[str, Any]:
    """Host, system, kernel, CPU, memory in bytes and boot time in unix seconds: the row of `system.info`."""
    import psutil

    kernel = os.uname()
    return {
        "host": kernel.nodename,
        "system": distribution(),
        "kernel": f"{kernel.sysname} {kernel.release}",
        "architecture": kernel.machine,
        "model": _text("/sys/class/dmi/id/product_name"),
        "cpu": cpu_model(),
        "cores": psutil.cpu_count() or 1,
        "memory": psutil.virtual_memory().total,
        "booted": round(psutil.boot_time()),
    }


def distribution() -> str:
    """The name that the distribution gives itself in os-release(5)."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "Linux"


def cpu_model() -> str | None:
    """The CPU's name in /proc/cpuinfo, whose key depends on the architecture; None where it says none."""
    keys = ("model name", "Model", "cpu model", "uarch", "cpu")
    known: dict[str, str] = {}
    for line in (_text("/proc/cpuinfo") or "").splitlines():
        key, _, value = line.partition(":")
        known.setdefault(key.strip(), value.strip())
    return next((known[key] for key in keys if known.get(key)), None)


def cpu_counts() -> dict[str, Any]:
    """`cores` that the system schedules on, `physical` ones, and the current frequency in `mhz` where it is known."""
    import psutil

    frequency = psutil.cpu_freq()
    return {
        "cores": psutil.cpu_count() or 1,
        "physical": psutil.cpu_count(logical=False),
        "mhz": round(frequency.current) if frequency else None,
    }


def memory() -> dict[str, Any]:
    """Physical memory in bytes and percent: `available` is what programs can still get without swapping."""
    import psutil

    now = psutil.virtual_memory()
    return {
        "kind": "memory",
        "total": now.total,
        "used": now.used,
        "free": now.free,
        "available": now.available,
        "cached": now.cached + now.buffers,
        "percent": now.percent,
    }


def swap() -> dict[str, Any]:
    """Swap in bytes and percent."""
    import psutil

    now = psutil.swap_memory()
    return {"kind": "swap", "total": now.total, "used": now.used, "free": now.free, "percent": now.percent}


def me() -> dict[str, Any]:
    """The user that nlsh runs as: the row of `system.whoami`. An id without a name is shown as a number."""
    uid, gid = os.geteuid(), os.getegid()
    known = _account(uid)
    return {
        "user": known.pw_name if known else str(uid),
        "uid": uid,
        "group": _group(gid),
        "gid": gid,
        "groups": ", ".join(_group(each) for each in sorted({gid, *os.getgroups()})),
        "home": known.pw_dir if known else os.environ.get("HOME"),
        "shell": known.pw_shell if known else None,
        "host": os.uname().nodename,
    }


def _account(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def zone() -> str | None:
    """The name of the time zone (Europe/Berlin): `TZ`, else where /etc/localtime points; None where neither says."""
    named = os.environ.get("TZ", "").lstrip(":")
    linked = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    return named or linked or _text("/etc/timezone")


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None
