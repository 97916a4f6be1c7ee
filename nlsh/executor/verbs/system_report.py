"""Verbs that report on the machine as a whole: CPU, memory, load, clock, sensors, users and environment."""

from __future__ import annotations

from nlsh.argument import Name
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.result import Result
from nlsh.verb import verb


@verb(
    "cpu.usage",
    effect=Effect.READ,
    examples={
        "how busy is the cpu": {},
        "show cpu usage for each core": {"per_core": True},
        "what is the processor doing right now": {},
        "cpu load per core please": {"per_core": True},
        "which of my cores are idle": {"per_core": True},
        "how many cores do I have and how hard are they working": {},
    },
)
def cpu_usage(call: Call, *, per_core: bool = False) -> Result:
    """Show how busy the CPU is."""
    return call.counters(per_core=per_core)


@verb(
    "memory.usage",
    effect=Effect.READ,
    examples={
        "how much memory is free": {},
        "show ram usage": {},
        "am I running out of memory": {},
        "how much swap is used": {"swap": True},
        "is the machine swapping": {"swap": True},
        "total memory of this box": {},
    },
)
def memory_usage(call: Call, *, swap: bool = False) -> Result:
    """Show how much memory and swap is used and free."""
    return call.counters(swap=swap)


@verb(
    "system.load",
    effect=Effect.READ,
    examples={
        "what is the load average": {},
        "how loaded is this machine": {},
        "system load over the last minutes": {},
        "is the box under heavy load": {},
    },
)
def load(call: Call) -> Result:
    """Show the load averages of the last 1, 5 and 15 minutes."""
    return call.counters()


@verb(
    "system.uptime",
    effect=Effect.READ,
    examples={
        "how long has this machine been up": {},
        "uptime": {},
        "when was the last reboot": {},
        "when did the system boot": {},
    },
)
def uptime(call: Call) -> Result:
    """Show how long the machine has been running and when it was booted."""
    return call.counters()


@verb(
    "system.info",
    effect=Effect.READ,
    examples={
        "what kernel am I running": {},
        "which linux distribution is this": {},
        "show system information": {},
        "what is the hostname": {},
        "what cpu model is in here": {},
        "tell me about this computer": {},
    },
)
def info(call: Call) -> Result:
    """Show host name, distribution, kernel, CPU model, memory and boot time."""
    from nlsh.executor.reports import machine_report

    return machine_report.info()


@verb(
    "system.time",
    effect=Effect.READ,
    examples={
        "what time is it": {},
        "what is today's date": {},
        "which time zone is this machine in": {},
        "what day of the week is it": {},
    },
)
def clock(call: Call) -> Result:
    """Show the date, the time and the time zone."""
    from nlsh.executor.reports import machine_report

    return machine_report.clock()


@verb(
    "system.sensors",
    effect=Effect.READ,
    examples={
        "how hot is the cpu": {},
        "show the temperatures": {},
        "are the fans spinning": {},
        "is my laptop overheating": {},
        "read the hardware sensors": {},
    },
)
def temperatures(call: Call) -> Result:
    """Show temperatures and fan speeds."""
    from nlsh.executor.reports import machine_report

    return machine_report.temperatures()


@verb(
    "system.battery",
    effect=Effect.READ,
    examples={
        "how much battery is left": {},
        "is the laptop plugged in": {},
        "battery status": {},
        "how long until the battery is empty": {},
    },
)
def battery(call: Call) -> Result:
    """Show the charge of the battery and whether it is charging."""
    from nlsh.executor.reports import machine_report

    return machine_report.battery()


@verb(
    "system.users",
    effect=Effect.READ,
    examples={
        "who is logged in": {},
        "which users are on this machine right now": {},
        "show the login history": {"history": True},
        "who logged in recently": {"history": True},
        "is anybody else on here": {},
        "list past logins": {"history": True},
    },
)
def users(call: Call, *, history: bool = False) -> Result:
    """Show who is logged in, or who was."""
    from nlsh.executor.reports import machine_report

    return machine_report.users(history)


@verb(
    "system.whoami",
    effect=Effect.READ,
    examples={
        "who am I": {},
        "which groups am I in": {},
        "what user is this": {},
        "what is my uid": {},
    },
)
def whoami(call: Call) -> Result:
    """Show the current user, its home, shell and groups."""
    from nlsh.executor.reports import machine_report

    return machine_report.whoami()


@verb(
    "system.environment",
    effect=Effect.READ,
    examples={
        "show all environment variables": {},
        "what is PATH set to": {"name": "PATH"},
        "print my environment": {},
        "value of the EDITOR variable": {"name": "EDITOR"},
        "is XDG_SESSION_TYPE set": {"name": "XDG_SESSION_TYPE"},
    },
)
def environment(call: Call, *, name: Name | None = None) -> Result:
    """Show the environment variables of this shell, or one of them."""
    from nlsh.executor.reports import machine_report

    return machine_report.environment(name)
