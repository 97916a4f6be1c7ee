"""Verbs about standing rules."""

from __future__ import annotations

from nlsh.argument import Id, Step, When
from nlsh.effects import Effect
from nlsh.executor.call import Call
from nlsh.executor.report import columns, table
from nlsh.result import Result, Unit
from nlsh.verb import verb


@verb(
    "rule.add",
    effect=Effect.READ,
    examples={
        "tell me when make finishes": {"when": {"event": "exits", "name": "make"}, "do": {"verb": "notify"}},
        "alert me if memory goes above 90%": {
            "when": {"metric": "memory", "op": ">", "value": 90},
            "do": {"verb": "notify"},
        },
        "kill chrome if it uses more than 4 GB": {
            "when": {"metric": "process.rss", "op": ">", "value": 4294967296, "name": "chrome"},
            "do": {"verb": "process.kill", "name": "chrome"},
        },
        "when cpu stays over 80% for 5 minutes show the 3 busiest processes": {
            "when": {"metric": "cpu", "op": ">", "value": 80, "for": 300},
            "do": {"verb": "process.list", "sort": "cpu", "limit": 3},
        },
        "warn me when /data has less than 10 GB free": {
            "when": {"metric": "disk.free", "op": "<", "value": 10737418240, "path": "/data"},
            "do": {"verb": "notify"},
        },
        "suspend backup whenever rsync starts": {
            "when": {"event": "starts", "name": "rsync"},
            "do": {"verb": "process.suspend", "name": "backup"},
        },
        "let me know once the battery is under 15 percent": {
            "when": {"metric": "battery", "op": "<", "value": 15},
            "do": {"verb": "notify"},
        },
        "notify me as soon as pid 9120 is gone": {
            "when": {"event": "exits", "pid": 9120},
            "do": {"verb": "notify"},
        },
    },
)
def rule_add(call: Call, *, when: When, do: Step) -> Result:
    """Do something, or tell me, whenever a condition comes true."""
    from nlsh.executor.standing import stand

    return stand(call, when, do)


@verb(
    "rule.list",
    effect=Effect.READ,
    examples={
        "list my rules": {},
        "which alerts are set": {},
        "show the standing rules": {},
        "what are you watching out for": {},
    },
)
def rule_list(call: Call) -> Result:
    """List the standing rules."""
    known = columns(id=(Unit.COUNT, "Id"), words=(Unit.TEXT, "Rule"), state=Unit.TEXT)
    shown = (*known, *columns(fired=Unit.COUNT, last=(Unit.TIME, "Last time"), trouble=Unit.TEXT))
    rows = [{column.key: getattr(rule, column.key) for column in shown} for rule in call.rules.list()]
    return table("rule.list", shown, rows) if rows else Result(verb="rule.list", message="There are no rules.")


@verb(
    "rule.remove",
    effect=Effect.CHANGE,
    examples={
        "delete rule 2": {"id": 2},
        "remove the alert": {},
        "drop rule number 4": {"id": 4},
        "forget that rule": {},
    },
)
def rule_remove(call: Call, *, id: Id | None = None) -> Result:
    """Remove a standing rule."""
    rule = call.rules.remove(id)
    return Result(verb="rule.remove", message=f"Removed rule {rule.id}: {rule.words}.")


@verb(
    "rule.pause",
    effect=Effect.CHANGE,
    examples={
        "pause rule 3": {"id": 3},
        "disable the alert for now": {},
        "switch off rule 1": {"id": 1},
        "mute rule number 6": {"id": 6},
    },
)
def rule_pause(call: Call, *, id: Id | None = None) -> Result:
    """Let a standing rule rest until it is resumed."""
    rule = call.rules.pause(id)
    return Result(verb="rule.pause", message=f"Rule {rule.id} rests: {rule.words}.")


@verb(
    "rule.resume",
    effect=Effect.CHANGE,
    examples={
        "resume rule 3": {"id": 3},
        "enable the alert again": {},
        "switch rule 5 back on": {"id": 5},
        "unmute rule number 6": {"id": 6},
    },
)
def rule_resume(call: Call, *, id: Id | None = None) -> Result:
    """Let a paused standing rule go on."""
    rule = call.rules.resume(id)
    return Result(verb="rule.resume", message=f"Rule {rule.id} stands again: {rule.words}.")
