"""What the arguments of ambiguous programs look like: `kill 123` is a command, `kill the browser` is not.

Each shape answers True where the words can be arguments of the program, False where they cannot, and None where
only the rest of the line can tell.
"""

from __future__ import annotations

import re

from nlsh.parser.shapes import kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Shape = Callable[[Sequence[str], Callable[[str], bool]], bool | None]

_EXACT = frozenset("option number path variable glob file quoted operator assign job".split())
_TALK = frozenset(
    """the a an all any every this that these those my your our its it them everything nothing anything me us and or of
    in on at to as into from by for with without which who what where when how old new please now is are was
    were not no process
    processes program programs files file folder folders directory directories service services server servers
    computer machine system pc laptop job jobs task tasks whatever something if unless after before until then
    temporary temp empty duplicate unused large big drive disk partition usb stick""".split()
)
DAILY = frozenset(
    """time watch top free who last at look find locate sort split cut head tail join touch cat less more test sleep
    wait stop start make show read set type which help man exit history date host file tree screen mail open print
    echo users nice jobs users link install write talk wall view script yes say as login convert rename compare get
    resize bind return import display identify record play select service mount kill halt reboot shutdown services
    pause suspend limit close export source clear reset expand fold factor strings column paste patch id free log
    shift break continue ping let local command fix function""".split()
)
"""Programs and builtins whose names begin sentences in daily language."""
_PID = re.compile(r"-?\d+$|%\S*$|\$\S+$|'q'$|`q`$|\$\(.*")
_WHEN = re.compile(r"now$|\+\d+$|\d{1,2}:\d\d$|-\S+$")


def shape_of(words: Sequence[str], known: Callable[[str], bool]) -> bool | None:
    """Whether the words after a program can be its arguments; `known` tells whether a word is a program."""
    name = words[0].rsplit("/", 1)[-1]
    shape = _SHAPES.get("mkfs" if name.startswith("mkfs.") else name)
    return shape(_simple(words[1:]), known) if shape else None


def talk(word: str) -> bool:
    """Whether the word belongs to a sentence rather than to arguments."""
    return word.lower().rstrip(".,;:?!") in _TALK


def talks(words: Sequence[str]) -> int:
    """How many of the words belong to a sentence; an `a` only before a noun, because files are called so too."""
    nexts = (*words[1:], "")
    return sum(
        talk(word)
        and not (word.rstrip(";") in ("a", "an") and not (word[-1] != ";" and len(after) > 1 and after.isalpha()))
        for word, after in zip(words, nexts, strict=False)
    )


def _simple(words: Sequence[str]) -> list[str]:
    """The words up to the first operator: the arguments of the first command."""
    for at, word in enumerate(words):
        if word[0] in "|&;<>" or word.startswith(("2>", "1>", "$(")):
            return list(words[:at]) + (["$x"] if word.startswith("$(") else [])
        if word.endswith(";"):
            return [*words[:at], word[:-1]] if len(word) > 1 else list(words[:at])
    return list(words)


def _anything(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    return True


def _kill(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    plain = [word for word in words if word not in ("-s", "-n", "-l", "-L")]
    after = [word for before, word in zip(["", *words], words, strict=False) if before in ("-s", "-n", "-l")]
    numbers = [word for word in plain if not word.startswith("-") and word not in after]
    return bool(words) and all(_PID.match(word) for word in numbers)


def _one_pattern(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    with_value = ("-u", "-U", "-g", "-G", "-t", "-s", "-P", "-x", "--signal", "--user")
    plain = [
        word for before, word in zip(["", *words], words, strict=False) if word[0] != "-" and before not in with_value
    ]
    return bool(words) and len(plain) <= 1 and not talks(plain)


def _killall(words: Sequence[str], known: Callable[[str], bool]) -> bool | None:
    plain = [word for word in words if word[0] != "-"]
    if any(talk(word) for word in plain) or not words:
        return False
    return True if len(plain) <= 1 or (len(plain) < len(words) and len(plain) <= 2) else None


def _power(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    return all(_WHEN.match(word) or word == "'q'" for word in words)


def _bare(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    return all(word[0] == "-" for word in words)


def _rm(words: Sequence[str], known: Callable[[str], bool]) -> bool | None:
    plain = [word for word in words if kind(word) not in _EXACT]
    if not words or talks(words):
        return False
    return True if len(plain) <= 1 or words[0][0] == "-" else None


def _dd(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    return bool(words) and all("=" in word or word.startswith("--") for word in words)


def _exact(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    values = [w for before, w in zip(["", *words], words, strict=False) if not before.startswith("-")]
    return all(kind(word) in _EXACT or kind(word) == "code" for word in values) and not any(talk(w) for w in words)


def _service(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    actions = "start stop restart reload status force-reload try-restart".split()
    return words == ["--status-all"] or (
        len(words) >= 2 and words[1] in actions and not talk(words[0]) and len(words) <= 3
    )


def _runs(words: Sequence[str], known: Callable[[str], bool]) -> bool | None:
    """A program that runs another: the first plain word has to be one."""
    rest = list(words)
    while rest and (rest[0][0] in "-+" or kind(rest[0]) == "number"):
        rest.pop(0)
    if not rest:
        return bool(words) or None
    if rest[0][0] == "(":
        return True
    if not known(rest[0]) and kind(rest[0]) not in _EXACT:
        return False
    return True if len(rest) > 1 and all(kind(word) in _EXACT for word in rest[1:]) else None


def _runs_it(words: Sequence[str], known: Callable[[str], bool]) -> bool | None:
    """As what runs another program, but one that is not there is an error of the command, unless it talks."""
    found = _runs(words, known)
    return None if found is False and not talks(words) else found


def _at_most(number: int) -> Shape:
    def shape(words: Sequence[str], known: Callable[[str], bool]) -> bool | None:
        plain = [word for word in words if word[0] != "-"]
        return (None if plain else True) if len(plain) <= number else False

    return shape


def _sleep(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    return bool(words) and all(re.match(r"[\d.]+[smhd]?$|\$|infinity$|'q'|--\w", word) for word in words)


def _help(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    """Names of builtins, or patterns for them."""
    return all(word[0] in "-'" or known(word) or any(char in word for char in "*?[") for word in words)


def _test(words: Sequence[str], known: Callable[[str], bool]) -> bool | None:
    operators = ("=", "==", "!=")
    return any(word in operators or (word[0] == "-" and word[1:].isalpha()) for word in words) or None


def _wait(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    return not words or _kill(words, known)


def _only_options(words: Sequence[str], known: Callable[[str], bool]) -> bool:
    plain = [w for before, w in zip(["", *words], words, strict=False) if w[0] != "-" and not before.startswith("-")]
    return not plain


_SHAPES: dict[str, Shape] = {
    "echo": _anything,
    "true": _anything,
    "false": _anything,
    ":": _anything,
    "getopts": _anything,
    "kill": _kill,
    "pkill": _one_pattern,
    "pgrep": _one_pattern,
    "killall": _killall,
    "reboot": _bare,
    "halt": _bare,
    "poweroff": _bare,
    "shutdown": _power,
    "rm": _rm,
    "dd": _dd,
    "mkfs": _exact,
    "mount": _exact,
    "umount": _exact,
    "service": _service,
    "time": _runs,
    "watch": _runs,
    "nice": _runs,
    "nohup": _runs,
    "exec": _runs_it,
    "eval": _runs_it,
    "top": _only_options,
    "htop": _only_options,
    "free": _only_options,
    "uptime": _only_options,
    "who": _at_most(2),
    "sleep": _sleep,
    "wait": _wait,
    "test": _test,
    "help": _help,
}
"""Programs with words of daily language for names, and what their arguments look like."""
