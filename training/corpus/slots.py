"""Slot values: names, users, paths, numbers with units, each as the words of a speaker and the value they stand for."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

_LISTS = Path(__file__).parent / "lists"
_WORDS = {
    "en": "one two three four five six seven eight nine ten eleven twelve".split(),
    "es": "uno dos tres cuatro cinco seis siete ocho nueve diez".split(),
    "de": "eins zwei drei vier fünf sechs sieben acht neun zehn".split(),
    "fr": "un deux trois quatre cinq six sept huit neuf dix".split(),
    "zh": list("一二三四五六七八九十"),
    "ja": list("一二三四五六七八九十"),
}
"""The first numbers in the languages whose number words the parser reads; in the others people write digits."""
_TENS = {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
         "ninety": 90, "hundred": 100}  # fmt: skip
NUMBER_WORDS: dict[str, float] = {w: n for words in _WORDS.values() for n, w in enumerate(words, 1)} | {
    "dozen": 12.0, "half": 0.5, "halb": 0.5, "halbe": 0.5, "halbes": 0.5, "media": 0.5, "medio": 0.5, "demi": 0.5,
    "demie": 0.5, "半": 0.5, "两": 2.0, "a": 1.0, "an": 1.0, "zero": 0.0, "couple": 2.0, "ein": 1.0, "eine": 1.0,
    "una": 1.0, "une": 1.0, "einer": 1.0, "an hour": 1.0,
} | {word: float(value) for word, value in _TENS.items()}  # fmt: skip
_ORDINALS = {
    "en": "first second third fourth fifth sixth seventh eighth ninth tenth".split(),
    "es": "primero segundo tercero cuarto quinto".split(),
    "de": "ersten zweiten dritten vierten fünften".split(),
    "fr": "premier deuxième troisième quatrième cinquième".split(),
    "zh": "第一 第二 第三 第四 第五".split(),
    "ja": "1番目 2番目 3番目 4番目 5番目".split(),
}
_TIME_UNITS = {
    "en": {1: "seconds|secs|s|sec", 60: "minutes|mins|min|m", 3600: "hours|hrs|h", 86400: "days|d"},
    "es": {1: "segundos|s", 60: "minutos|min", 3600: "horas|h", 86400: "días"},
    "de": {1: "Sekunden|Sek|s", 60: "Minuten|Min", 3600: "Stunden|h", 86400: "Tagen"},
    "fr": {1: "secondes|s", 60: "minutes|min", 3600: "heures|h", 86400: "jours"},
    "zh": {1: "秒|秒钟", 60: "分钟|分", 3600: "小时|个小时", 86400: "天"},
    "ja": {1: "秒", 60: "分", 3600: "時間", 86400: "日"},
    "it": {1: "secondi|s", 60: "minuti|min", 3600: "ore|h", 86400: "giorni"},
    "pt": {1: "segundos|s", 60: "minutos|min", 3600: "horas|h", 86400: "dias"},
    "nl": {1: "seconden|sec", 60: "minuten|min", 3600: "uur|uren", 86400: "dagen"},
    "ca": {1: "segons|s", 60: "minuts|min", 3600: "hores|h", 86400: "d"},
    "gl": {1: "segundos|s", 60: "minutos|min", 3600: "horas|h", 86400: "días"},
    "da": {1: "sekunder|s", 60: "minutter|min", 3600: "h", 86400: "dage"},
    "sv": {1: "sekunder|s", 60: "minuter|min", 3600: "timmar|h", 86400: "dagar"},
    "nb": {1: "sekunder|s", 60: "minutter|min", 3600: "h", 86400: "dager"},
    "pl": {1: "sekund|s", 60: "minut|min", 3600: "godzin|h", 86400: "dni"},
    "eu": {1: "segundu|s", 60: "minutu|min", 3600: "ordu|h", 86400: "egun"},
}
_ONE = {
    "en": [("half an hour", 1800), ("an hour", 3600), ("a minute", 60), ("one minute", 60), ("1 hour", 3600),
           ("one hour", 3600), ("a day", 86400), ("1 day", 86400), ("half a minute", 30)],
    "es": [("una hora", 3600), ("un minuto", 60), ("media hora", 1800)],
    "de": [("einer Stunde", 3600), ("einer Minute", 60), ("1 Stunde", 3600)],
    "fr": [("une heure", 3600), ("une minute", 60), ("1 heure", 3600)],
    "zh": [("一小时", 3600), ("半小时", 1800), ("一分钟", 60)],
    "ja": [("1時間", 3600), ("1分", 60)],
}  # fmt: skip
_ONE_IN_DIGITS = [("1 h", 3600), ("1 min", 60), ("24 h", 86400)]
_PERCENT = {
    "de": (" %", "%", " Prozent"), "fr": (" %", "%", " pour cent"), "es": ("%", " %", " por ciento"), "zh": ("%",),
    "ja": ("%", "パーセント"), "it": ("%", " %", " per cento"), "nl": ("%", " procent"), "sv": (" %", "%", " procent"),
    "da": (" %", "%", " procent"), "nb": (" %", "%", " prosent"), "pt": ("%", " por cento"), "pl": ("%", " procent"),
}  # fmt: skip
_BYTE_UNITS = {1024: ("KB", "kb", "kilobytes"), 1024**2: ("MB", "mb", "M", "megabytes", "megs", "MiB"),
               1024**3: ("GB", "gb", "G", "gigabytes", "gigs", "GiB", "gig")}  # fmt: skip
_SYLLABLES = ("ba be bo da do fe fi ga gi ho ja jo ka ki ko la le lo lu ma mi mo na ne no nu pa pe po qu ra ri ro sa se si "
              "so ta te to tu va ve vi wa xe ya yo za zi zo bran crux dex flux grim hyp kern lyn morph nyx orb pix quill "
              "rust spark tron vex wisp zeph").split()  # fmt: skip
_TAILS = (
    "d srv worker agent daemon bot server cli ui sync watcher helper proxy job runner svc api core ng esr bin".split()
)
_EXTENSIONS = ("py", "py", "py", "sh", "sh", "jar", "js", "rb", "pl", "php", "ts")
_DIRS = "var log tmp home srv opt data media mnt backup photos videos projects src build cache www music docs shared".split()
_WORDPARTS = ("train build backup sync import export report fetch crawl index deploy clean test main server worker loader "
              "parse convert render daily nightly etl model stats ingest mirror scan queue bench migrate").split()  # fmt: skip


def read_list(name: str) -> list[str]:
    """Return the words of one file of the lists, separated by commas or line ends."""
    text = (_LISTS / f"{name}.txt").read_text(encoding="utf-8")
    return [word.strip() for line in text.splitlines() for word in line.split(",") if word.strip()]


_CACHE: dict[str, list[str]] = {}


def listed(name: str, rng: random.Random) -> str:
    """Return one word of a list."""
    if name not in _CACHE:
        _CACHE[name] = read_list(name)
    return rng.choice(_CACHE[name])


def _syllables(rng: random.Random, low: int = 2, high: int = 3) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(low, high)))


def made_up(rng: random.Random) -> str:
    """Return a program name that nobody has heard of."""
    word, other, tail = _syllables(rng), _syllables(rng, 1, 2), rng.choice(_TAILS)
    shapes = (
        word, word, word + tail, f"{word}-{tail}", f"{word}_{tail}", f"{word}-{other}", f"{word}{rng.randint(1, 99)}",
        word.capitalize() + other.capitalize(), f"{word}.{tail}", f"{word}-{other}-{tail}", word.capitalize(),
        f"{rng.choice(_WORDPARTS)}-{word}", f"{rng.choice(_WORDPARTS)}_{tail}", f"{word}{tail}{rng.randint(2, 9)}",
        "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(3, 6))), word.upper()[:5],
        f"{word}-{rng.randint(0, 9)}.{rng.randint(0, 20)}", rng.choice(_WORDPARTS) + rng.choice(_WORDPARTS),
    )  # fmt: skip
    return rng.choice(shapes)


def _name(rng: random.Random) -> str:
    dice = rng.random()
    if dice < 0.47:
        return made_up(rng)
    word = listed("programs", rng) if dice < 0.9 else listed("english_names", rng)
    return word.capitalize() if rng.random() < 0.12 and word.isalpha() else word


def _plname(rng: random.Random) -> str:
    while True:
        word = _name(rng)
        if word.isalpha() and not word.endswith("s") and len(word) > 2:
            return word


def _script(rng: random.Random) -> str:
    stem = rng.choice((rng.choice(_WORDPARTS), f"{rng.choice(_WORDPARTS)}_{rng.choice(_WORDPARTS)}",
                       f"{_syllables(rng)}", f"{rng.choice(_WORDPARTS)}-{rng.choice(_TAILS)}",
                       f"{rng.choice(_WORDPARTS)}{rng.randint(1, 9)}"))  # fmt: skip
    return f"{stem}.{rng.choice(_EXTENSIONS)}"


def _user(rng: random.Random) -> str:
    dice = rng.random()
    return (
        listed("users", rng) if dice < 0.7 else _syllables(rng, 2, 2) + ("" if dice < 0.9 else str(rng.randint(1, 99)))
    )


def _path(rng: random.Random) -> str:
    if rng.random() < 0.35:
        return listed("paths", rng)
    parts = [rng.choice((rng.choice(_DIRS), _syllables(rng))) for _ in range(rng.randint(1, 3))]
    return rng.choice(("/", "/", "/", "~/", "./", "/home/", "/var/")) + "/".join(parts)


def _file(rng: random.Random) -> str:
    stem = rng.choice((rng.choice(_WORDPARTS), _syllables(rng)))
    name = f"{stem}.{rng.choice('log txt db csv pdf iso mp4 json conf sqlite tar'.split())}"
    return name if rng.random() < 0.3 else f"{_path(rng).rstrip('/')}/{name}"


def _host(rng: random.Random) -> str:
    dice = rng.random()
    if dice < 0.3:
        return ".".join(str(rng.randint(1, 254)) for _ in range(4))
    if dice < 0.6:
        return listed("hosts", rng)
    return _syllables(rng) + rng.choice((".com", ".org", ".net", ".local", ".lan", ".io", "-01", ""))


def _cmd(rng: random.Random) -> str:
    script = _script(rng)
    return rng.choice((
        f"python {script}", f"python3 {script}", f"./{script}", f"bash {script}", _name(rng), f"{_name(rng)} --verbose",
        f"{_name(rng)} -c {_syllables(rng)}.conf", "make -j4", "make all", "npm start", "npm run build", "cargo build",
        f"node {script}", f"java -jar {_syllables(rng)}.jar", f"ffmpeg -i {_syllables(rng)}.mp4 {_syllables(rng)}.mkv",
        f"rsync -a {_path(rng)} {_path(rng)}", f"{_name(rng)} {_path(rng)}", f"sleep {rng.randint(5, 900)}",
    ))  # fmt: skip


_SMALL = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
          "seventeen eighteen nineteen").split()  # fmt: skip
_BY_TEN = "- - twenty thirty forty fifty sixty seventy eighty ninety".split()


def in_words(number: int, rng: random.Random) -> str:
    """A whole number (0 to 999,999) as it is spoken in English, with and without "and" and hyphens."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        joint = rng.choice(" -")
        return _BY_TEN[number // 10] + (joint + _SMALL[number % 10] if number % 10 else "")
    scale, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    joint = " and " if number % scale < 100 and rng.random() < 0.5 else " "
    rest = joint + in_words(number % scale, rng) if number % scale else ""
    return f"{in_words(number // scale, rng)} {name}{rest}"


def _pid(rng: random.Random) -> int:
    return rng.choice(
        (rng.randint(2, 999), rng.randint(1000, 9999), rng.randint(10000, 99999), rng.randint(100000, 999999))
    )


def _port(rng: random.Random) -> int:
    usual = (80, 443, 22, 25, 53, 3000, 3306, 5000, 5432, 6379, 8000, 8080, 8443, 8888, 9000, 9200, 27017, 4200, 5173)
    return rng.choice(usual) if rng.random() < 0.5 else rng.randint(20, 65000)


def _percent(lang: str, rng: random.Random) -> tuple[str, float]:
    value = rng.choice((5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95, 99, rng.randint(1, 99), 2.5, 0.5))
    if lang == "en":
        words = [word for word, number in _TENS.items() if number == value]
        if words and rng.random() < 0.12:
            return f"{words[0]} percent", value
        return f"{value}{rng.choice(('%', '%', '%', ' percent', ' %', ' per cent'))}", value
    return f"{value}{rng.choice(_PERCENT.get(lang, ('%', ' %')))}", value


def _bytes(lang: str, rng: random.Random) -> tuple[str, int]:
    if lang == "en" and rng.random() < 0.08:
        return rng.choice((("half a gig", 2**29), ("a gig", 2**30), ("a gigabyte", 2**30), ("one gig", 2**30),
                           ("two gigs", 2**31), ("half a gigabyte", 2**29), ("four gigabytes", 2**32)))  # fmt: skip
    scale = rng.choice((1024**2, 1024**3, 1024**3, 1024**2, 1024**2, 1024**3, 1024))
    number = rng.choice((1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 1.5, 2.5) if scale == 1024**3 else
                        (50, 64, 100, 128, 200, 250, 256, 300, 400, 500, 512, 700, 750, 800, 900, rng.randint(10, 999)))  # fmt: skip
    units = _BYTE_UNITS[scale]
    unit = rng.choice(units if lang == "en" else units[:2])
    if lang == "fr" and rng.random() < 0.6:
        unit = {1024: "Ko", 1024**2: "Mo", 1024**3: "Go"}[scale]
    gap = " " if len(unit) > 3 else rng.choice((" ", ""))
    return f"{number}{gap}{unit}", int(number * scale)


def _duration(lang: str, rng: random.Random) -> tuple[str, int]:
    if rng.random() < 0.15:
        return rng.choice(_ONE.get(lang, _ONE_IN_DIGITS))
    scale = rng.choice((1, 60, 60, 60, 3600, 3600, 86400))
    number = rng.choice((2, 3, 5, 10, 12, 15, 20, 30, 45, 90, rng.randint(2, 99)))
    unit = rng.choice(_TIME_UNITS[lang][scale].split("|"))
    cjk = lang in ("zh", "ja")
    if number <= 12 and number <= len(_WORDS.get(lang, ())) and not cjk and len(unit) > 3 and rng.random() < 0.3:
        return f"{_WORDS[lang][number - 1]} {unit}", number * scale
    gap = "" if cjk else (" " if len(unit) > 3 else rng.choice(("", " ")))
    return f"{number}{gap}{unit}", number * scale


def _interval(lang: str, rng: random.Random) -> tuple[str, int]:
    scale = rng.choice((1, 1, 1, 60))
    number = rng.choice((2, 3, 5, 10, 15, 20, 30, 45, 60))
    unit = rng.choice(_TIME_UNITS[lang][scale].split("|"))
    cjk = lang in ("zh", "ja")
    if lang in _WORDS and number <= 10 and not cjk and len(unit) > 3 and rng.random() < 0.35:
        return f"{_WORDS[lang][number - 1]} {unit}", number * scale
    return f"{number}{'' if cjk else ' ' if len(unit) > 3 else rng.choice(('', ' '))}{unit}", number * scale


def _count(lang: str, rng: random.Random) -> tuple[str, int]:
    value = rng.choice((2, 3, 4, 5, 5, 6, 7, 8, 10, 10, 15, 20, 25, 30, 50, 100, rng.randint(2, 40)))
    if value <= 10 and value <= len(_WORDS.get(lang, ())) and rng.random() < 0.5:
        word = "两" if lang == "zh" and value == 2 else _WORDS[lang][value - 1]
        return word, value
    return ("a dozen", 12) if lang == "en" and rng.random() < 0.02 else (str(value), value)


def _few(lang: str, rng: random.Random) -> tuple[str, int]:
    value = rng.randint(2, 6)
    if lang not in _WORDS or rng.random() >= 0.6:
        return str(value), value
    return "两" if lang == "zh" and value == 2 else _WORDS[lang][value - 1], value


def _ordinal(lang: str, rng: random.Random) -> tuple[str, int]:
    words = _ORDINALS.get(lang) or [f"{number}." for number in range(1, 6)]
    index = min(rng.randrange(len(words)), rng.randrange(len(words)))
    if lang == "en" and rng.random() < 0.15:
        return ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th", "10th")[index], index + 1
    return words[index], index + 1


def _cpus(lang: str, rng: random.Random) -> tuple[str, list[int]]:
    join = {"en": " and ", "es": " y ", "de": " und ", "fr": " et ", "zh": "和", "ja": "と"}.get(lang, ", ")
    low = rng.randint(0, 6)
    high = low + rng.randint(1, 5)
    return rng.choice((
        (f"{low}", [low]), (f"{low}{join}{high}", [low, high]), (f"{low}-{high}", list(range(low, high + 1))),
        (f"{low},{high}", [low, high]),
    ))  # fmt: skip


def _firstcpus(lang: str, rng: random.Random) -> tuple[str, list[int]]:
    text, value = _few(lang, rng)
    return text, list(range(value))


_TEXT: dict[str, Callable[[random.Random], str]] = {
    "name": _name, "plname": _plname, "script": _script, "user": _user, "path": _path, "file": _file, "host": _host,
    "cmd": _cmd, "frag": lambda rng: _syllables(rng, 1, 2),
}  # fmt: skip
_MEASURE: dict[str, Callable[[str, random.Random], tuple[str, Any]]] = {
    "percent": _percent, "bytes": _bytes, "duration": _duration, "interval": _interval, "count": _count, "few": _few,
    "ordinal": _ordinal, "cpus": _cpus, "firstcpus": _firstcpus,
}  # fmt: skip
_WHOLE: dict[str, Callable[[random.Random], int]] = {
    "pid": _pid, "port": _port, "id": lambda rng: rng.randint(1, 30), "nice": lambda rng: rng.randint(-20, 19),
    "degrees": lambda rng: rng.choice((60, 65, 70, 75, 80, 85, 90, 95)), "load": lambda rng: rng.randint(2, 16),
    "number": lambda rng: rng.choice((64, 100, 256, 500, 512, 1000, 1024, 2048, 4096)),
    "level": lambda rng: rng.randint(0, 7), "index": lambda rng: rng.randint(1, 10),
}  # fmt: skip
_QUOTES = ('"{}"', "'{}'", "`{}`", "“{}”")


_SPOKEN = {"pid": 0.06, "port": 0.04}
"""Share of the whole numbers that are said in words; of other kinds, which are small, `_SMALL_SPOKEN`."""
_SMALL_SPOKEN = 0.15


def _spoken(value: int, rng: random.Random) -> str:
    """The number in words; a long one in rounder words would be another number, so it stays in digits."""
    if abs(value) >= 100 and value % 100 and rng.random() < 0.6:
        return str(value)
    return f"minus {in_words(-value, rng)}" if value < 0 else in_words(value, rng)


def make_slot(kind: str, lang: str, rng: random.Random, taken: Collection[str], loose: bool) -> tuple[str, Any]:
    """Return the words and the value of a slot; ``taken`` values are not used again, ``loose`` ones may be quoted."""
    while True:
        if kind in _TEXT:
            text = value = _TEXT[kind](rng)
            if loose and kind in ("name", "script", "cmd", "host", "path", "file") and rng.random() < 0.07:
                text = rng.choice(_QUOTES).format(text)
        elif kind in _MEASURE:
            text, value = _MEASURE[kind](lang, rng)
        elif kind in _WHOLE:
            value = _WHOLE[kind](rng)
            text = (
                _spoken(value, rng)
                if lang == "en" and loose and rng.random() < _SPOKEN.get(kind, _SMALL_SPOKEN)
                else str(value)
            )
        else:
            text = value = listed(kind, rng)
        if str(value) not in taken:
            return text, value
