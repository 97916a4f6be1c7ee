"""The shell command that a step is like, so that a person can check it, or learn it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nlsh.intent import Intent
from nlsh.target import Target

Args = Mapping[str, Any]
Pids = tuple[int, ...]

_COLUMNS = "pid,user,comm,pcpu,pmem,rss,etime,stat,args"
_SORTS = {"cpu": "pcpu", "memory": "rss", "age": "etimes", "name": "comm", "pid": "pid", "threads": "nlwp"}
_ASCENDING = ("name", "pid")
_STATES = {"running": "R", "sleeping": "S", "stopped": "T", "zombie": "Z", "disk-sleep": "D", "idle": "I"}
_NICE_STEP = 5


def posix_line(intent: Intent, targets: Iterable[Target] = ()) -> str:
    """The POSIX (or util-linux) command line for a step with these targets; empty where there is none.

    It is shown, never run: where it falls short of what nlsh does (start times compared, undo), nlsh does the more.
    """
    make = _LINES.get(intent.verb)
    return make(intent.args, tuple(target.id.pid for target in targets)) if make else ""


def _spaced(pids: Pids) -> str:
    return " ".join(str(pid) for pid in pids)


def _ps(args: Args, pids: Pids, columns: str = _COLUMNS) -> str:
    line = f"ps {_whom(args, pids)} -o {columns}"
    sort = args.get("sort")
    if sort in _SORTS:
        down = (sort in _ASCENDING) == bool(args.get("reverse"))
        line += f" --sort={'-' if down else ''}{_SORTS[sort]}"
    if "status" in args:
        line += f" | awk 'NR == 1 || $8 ~ /^{_STATES[args['status']]}/'"
    return line + (f" | head -n {args['limit'] + 1}" if "limit" in args else "")


def _whom(args: Args, pids: Pids) -> str:
    """The processes that ps is to show: the narrowest part of the selector that it knows."""
    if "ref" in args or "port" in args:
        return f"-p {','.join(str(pid) for pid in pids)}"
    if "pid" in args:
        return f"-p {_commas(args['pid'])}"
    if "name" in args:
        return f"-C {shlex.quote(_commas(args['name']))}"
    if "parent" in args:
        return f"--ppid {args['parent']}"
    if "user" in args:
        return '-u "$USER"' if args["user"] == "me" else f"-u {shlex.quote(args['user'])}"
    return "-e"


def _commas(said: Any) -> str:
    return ",".join(str(each) for each in (said if isinstance(said, tuple) else (said,)))


def _count(args: Args, pids: Pids) -> str:
    by = {"user": "user", "name": "comm", "status": "s"}.get(args.get("by", ""))
    if by:
        return f"ps {_whom(args, pids)} -o {by}= | sort | uniq -c | sort -rn"
    return f"ps {_whom(args, pids)} -o pid= | wc -l"


def _tree(args: Args, pids: Pids) -> str:
    return " && ".join(f"pstree -p {pid}" for pid in pids) if args and pids else "ps -e --forest -o pid,user,args"


def _files(args: Args, pids: Pids) -> str:
    if "path" in args:
        return (
            f"lsof +D {shlex.quote(args['path'])}"
            if args["path"].endswith("/")
            else f"lsof {shlex.quote(args['path'])}"
        )
    return f"lsof -p {','.join(str(pid) for pid in pids)}" if args else "lsof"


def _environment(args: Args, pids: Pids) -> str:
    return "; ".join(f"tr '\\0' '\\n' < /proc/{pid}/environ" for pid in pids)


def _priority(args: Args, pids: Pids) -> str:
    if "nice" in args:
        return f"renice -n {args['nice']} -p {_spaced(pids)}"
    step = -_NICE_STEP if args.get("change") == "raise" else _NICE_STEP
    return f"renice --relative {step} -p {_spaced(pids)}"


def _io_priority(args: Args, pids: Pids) -> str:
    number = {"realtime": 1, "best-effort": 2, "idle": 3}[args.get("class", "best-effort")]
    level = f" -n {args['level']}" if "level" in args else ""
    return f"ionice -c {number}{level} -p {_spaced(pids)}"


def _affinity(args: Args, pids: Pids) -> str:
    listed = _commas(args["cpus"]) if args.get("cpus") else "0-$(($(nproc --all) - 1))"
    return " && ".join(f"taskset -a -c -p {listed} {pid}" for pid in pids)


def _limit(args: Args, pids: Pids) -> str:
    if args.get("off"):
        return " && ".join(f"prlimit --pid {pid} --as=unlimited:" for pid in pids)
    options = [f"--as={args['memory']}:"] if "memory" in args else []
    options += [f"--nofile={int(args['open_files'])}:"] if "open_files" in args else []
    lines = [f"prlimit --pid {pid} {' '.join(options)}" for pid in pids] if options else []
    lines += [f"cpulimit -b -l {args['cpu']:g} -p {pid}" for pid in pids] if "cpu" in args else []
    return " && ".join(lines)


def _wait(args: Args, pids: Pids) -> str:
    timeout = f"timeout {args['timeout']} " if "timeout" in args else ""
    return f"{timeout}tail -f /dev/null {' '.join(f'--pid={pid}' for pid in pids)}"


def _start(args: Args, pids: Pids) -> str:
    before = [f"nice -n {args['nice']}"] if "nice" in args else []
    before += [f"prlimit --as={args['memory']}:"] if "memory" in args else []
    before += [f"cpulimit -l {args['cpu']:g} --"] if "cpu" in args else []
    before += [f"timeout {args['timeout']}"] if "timeout" in args else []
    before += ["unshare -r -n"] if args.get("network") is False else []
    line = " ".join([*before, shlex.join(words(args["command"]))])
    return f"{line} &" if args.get("background") else line


def words(command: str) -> list[str]:
    """The command as a list of arguments; where its quotes do not pair it is split at white space."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def _plain(line: str, argument: str = "") -> Callable[[Args, Pids], str]:
    """A line that is always the same, with one argument at its end where that was said."""

    def make(args: Args, pids: Pids) -> str:
        return f"{line} {shlex.quote(str(args[argument]))}" if argument in args else line

    return make


def _signal(name: str) -> Callable[[Args, Pids], str]:
    return lambda args, pids: f"kill -{name} {_spaced(pids)}"


def _ports(args: Args, pids: Pids) -> str:
    return f"ss -tunap 'sport = :{args['port']}'" if "port" in args else "ss -tulnp"


_LINES: dict[str, Callable[[Args, Pids], str]] = {
    "process.list": _ps,
    "process.count": _count,
    "process.show": lambda args, pids: f"ps -f -p {','.join(str(pid) for pid in pids)}",
    "process.tree": _tree,
    "process.files": _files,
    "process.environment": _environment,
    "process.kill": lambda args, pids: f"kill -{args.get('signal', 'TERM')} {_spaced(pids)}",
    "process.suspend": _signal("STOP"),
    "process.resume": _signal("CONT"),
    "process.priority": _priority,
    "process.io_priority": _io_priority,
    "process.affinity": _affinity,
    "process.limit": _limit,
    "process.wait": _wait,
    "process.start": _start,
    "cpu.usage": lambda args, pids: "mpstat -P ALL 1 1" if args.get("per_core") else "mpstat 1 1",
    "memory.usage": lambda args, pids: "swapon --show" if args.get("swap") else "free -h",
    "disk.usage": _plain("df -h", "path"),
    "disk.io": _plain("iostat -d 1 2"),
    "disk.list": _plain("lsblk"),
    "net.usage": _plain("ip -s link show", "interface"),
    "net.interfaces": _plain("ip address show", "interface"),
    "net.connections": _plain("ss -tunap"),
    "net.ports": _ports,
    "system.load": _plain("cat /proc/loadavg"),
    "system.uptime": _plain("uptime"),
    "system.info": _plain("uname -a"),
    "system.time": _plain("date"),
    "system.sensors": _plain("sensors"),
    "system.battery": _plain("acpi -b"),
    "system.users": lambda args, pids: "last" if args.get("history") else "who",
    "system.whoami": _plain("id"),
    "system.environment": _plain("printenv", "name"),
}
