"""What a plugin is written with. Everything that an author needs comes from here, and nothing else is promised to stay.

from nlsh.plugin import Call, Effect, Result, Text, verb

@verb("greet.person", effect=Effect.READ, examples={"greet ann": {"name": "ann"}})
def person(call: Call, *, name: Text) -> Result:
    '''Greet somebody.'''
    return Result(verb="greet.person", message=f"Hello, {name}.")
"""

from nlsh.argument import Bytes, Count, Name, Number, Percent, Pid, Port, Seconds, Text, User
from nlsh.effects import Effect
from nlsh.errors import NothingMatched, OperationFailed, UsageError
from nlsh.plugin.call import Call, Output, Trashed
from nlsh.result import Column, Failure, Result, Unit
from nlsh.verb import verb

__all__ = [
    "Bytes",
    "Call",
    "Column",
    "Count",
    "Effect",
    "Failure",
    "Name",
    "NothingMatched",
    "Number",
    "OperationFailed",
    "Output",
    "Percent",
    "Pid",
    "Port",
    "Result",
    "Seconds",
    "Text",
    "Trashed",
    "Unit",
    "UsageError",
    "User",
    "verb",
]
