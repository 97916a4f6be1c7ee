"""Numbers and units as people write them, in the languages that the default model was trained on.

Ten of these have units here and no number words: theirs are words of other languages ("to" and "fire" are Danish for
two and four), so a number is said in digits there.
"""

from __future__ import annotations

ONES = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "couple": 2, "pair": 2, "both": 2,
    "cero": 0, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8,
    "nueve": 9, "diez": 10, "doce": 12, "quince": 15,
    "null": 0, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5,
    "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "fünfzehn": 15,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "quinze": 15,
}  # fmt: skip
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
    "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80,
    "noventa": 90, "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "siebzig": 70,
    "achtzig": 80, "neunzig": 90, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
}  # fmt: skip
SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 1000000, "cien": 100, "cent": 100, "hundert": 100,
          "mil": 1000, "mille": 1000, "tausend": 1000}  # fmt: skip
HALVES = {"half": 0.5, "quarter": 0.25, "medio": 0.5, "media": 0.5, "halbe": 0.5, "halben": 0.5, "halb": 0.5,
          "demi": 0.5, "demie": 0.5, "半": 0.5}  # fmt: skip
ARTICLES = frozenset(
    ("a", "an", "per", "every", "each", "ein", "eine", "einer", "jede", "un", "una", "une", "cada", "每", "毎")
)
POINTING = frozenset(("the", "this", "that", "last", "other", "next", "which", "same"))
"""Words behind which "one" is no number."""
MINUS = frozenset(("minus", "negative", "menos", "moins", "负", "マイナス"))
NUMBERED = frozenset(("pid", "port", "top", "cpu", "cpus", "core", "cores", "row", "id", "no", "nr", "x"))
"""Words that a number may follow without a blank ("pid1234"); after any other letter it is a part of a name."""
AMBIGUOUS = frozenset(["b", "c", "d", "g", "h", "k", "m", "o", "s", "t", "w", "go", "ko", "mo"])
"""Units that are words or letters of their own when they stand apart from the number ("5 go processes")."""

ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "primero": 1, "primera": 1, "primer": 1, "segundo": 2, "segunda": 2, "tercero": 3, "tercera": 3,
    "tercer": 3, "cuarto": 4, "cuarta": 4, "quinto": 5, "quinta": 5, "erste": 1, "ersten": 1, "erster": 1, "zweite": 2,
    "zweiten": 2, "zweiter": 2, "dritte": 3, "dritten": 3, "dritter": 3, "vierte": 4, "vierten": 4, "fünfte": 5,
    "fünften": 5, "premier": 1, "première": 1, "deuxième": 2, "seconde": 2, "troisième": 3, "quatrième": 4,
    "cinquième": 5,
}  # fmt: skip
ORDINAL_SUFFIXES = frozenset(
    ("st", "nd", "rd", "th", "er", "ère", "ème", "e", "º", "ª", "o", "番目", "つ目", "個目", "个", "行", "号", "番")
)

DIGITS_CJK = {
    "〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
}  # fmt: skip
SCALES_CJK = {"十": 10, "百": 100, "千": 1000, "万": 10000}

_TIMES = {
    1: "s sec secs second seconds segundo segundos sekunde sekunden seconde secondes sek 秒 秒钟 秒間 "
    "secondo secondi seconden segon segons sekund sekunder sekunderna sekunda sekundy segundu",
    60: "m min mins minute minutes minuto minutos minuten 分 分钟 分間 "
    "minuti minuut minut minuts minutter minuter minuterna minuta minuty minutu",
    3600: "h hr hrs hour hours hora horas stunde stunden std heure heures 小时 个小时 時間 钟头 个钟头 "
    "ora ore uur uren hores timme timmar timmarna godzina godziny godzin ordu",
    86400: "d day days día dia días dias tag tage tagen jour jours 天 日 日間 "
    "giorno giorni dag dagen dage dager dagar dagarna dzień dni egun",
    604800: "w week weeks semana semanas woche wochen semaine semaines 周 週間 星期 个星期 "
    "settimana settimane weken setmana setmanes vecka veckor uge uger uke uker tydzień tygodnie tygodni aste",
}
_SIZES = {
    1: "b byte bytes octet octets 字节 バイト",
    1024: "k kb kib kilobyte kilobytes ko kibibyte kibibytes",
    1024**2: "m mb mib meg megs megabyte megabytes mo mebibyte mebibytes 兆 メガ メガバイト",
    1024**3: "g gb gib gig gigs gigabyte gigabytes giga gigas go gibibyte gibibytes 吉 ギガ ギガバイト",
    1024**4: "t tb tib terabyte terabytes tebibyte tebibytes",
}
SECONDS = {word: factor for factor, words in _TIMES.items() for word in words.split()}
"""A time unit to its seconds."""
BYTES = {word: factor for factor, words in _SIZES.items() for word in words.split()}
"""A unit of size to its bytes: powers of 1024, whatever it is called."""
PERCENT = frozenset((
    "%", "％", "percent", "pct", "per cent", "por ciento", "prozent", "pour cent", "パーセント", "per cento",
    "por cento", "procent", "prosent", "ehuneko",
))  # fmt: skip
DEGREES = frozenset(("°", "°c", "° c", "degrees", "degree", "celsius", "c", "grad", "grados", "degrés", "度"))
