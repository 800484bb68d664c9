"""Tables of every type by chance: some nulls, odd numbers, old dates, strange names."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from random import Random
from typing import Any

Kind = Any
SCALARS = ("int64", "double", "string", "bool", "timestamp")
TEXTS = (
    *("", "a", "cat", "Äbc", "it's", '"', "'; --", "/* */", "\\", "\n\t", " pad ", "$a", "0", "false"),
    *("e\u0301", "\u202eabc", "😀", "ß", "İ", "\u00a0x", "a,b,,c", "NULL", "a\0b", "%_", "{}", "aXbXc"),
)
NAMES = (
    *("a", "b", "ab c", 'quo"te', "it's", "; DROP TABLE t", "--", "/*x*/", "back\\slash", "select", "0"),
    *("유니코드", "😀", "e\u0301", "\u202eabc", "a.b", "$price", "c0", "t", "f0", "ROOT"),
    *("new\nline", "[0]"),
)
_NUMBERS = (
    *(0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 0.1, 1e-3, 7.25, 2.675, 100.0),
    *(math.nan, math.inf, -math.inf),
)
_WHOLES = (0, 1, -1, 2, 3, -7, 10, 15, 25, 1000, 2**31, 2**53 + 1, 2**63 - 1, -(2**63))
_LETTERS = "abcXYZ 019,;'\"\\%_$Äßé유😀\u0301\t\n"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _whole(chance: Random) -> int:
    return chance.choice(_WHOLES) if chance.random() < 0.2 else chance.randint(-5, 12)


def _number(chance: Random) -> float:
    return chance.choice(_NUMBERS) if chance.random() < 0.3 else chance.randint(-40, 40) / 8


def _text(chance: Random) -> str:
    if chance.random() < 0.6:
        return chance.choice(TEXTS)
    return "".join(chance.choice(_LETTERS) for _ in range(chance.randint(0, 6)))


def _moment(chance: Random) -> dt.datetime:
    if chance.random() < 0.1:
        return _EPOCH - dt.timedelta(milliseconds=chance.randint(0, 1))
    return _EPOCH + dt.timedelta(milliseconds=chance.randint(-2_500_000_000_000, 4_400_000_000_000))


VALUES: dict[str, Callable[[Random], Any]] = {
    "int64": _whole,
    "double": _number,
    "string": _text,
    "bool": lambda chance: chance.random() < 0.5,
    "timestamp": _moment,
}


def kind(chance: Random, depth: int = 2) -> Kind:
    """A type of a column, as the corpus writes it."""
    way = chance.randrange(3) if depth else 0
    if way == 1:
        return {"list": kind(chance, depth - 1)}
    if way == 2:
        names = chance.sample(NAMES, chance.randint(1, 3))
        return {"struct": {name: kind(chance, depth - 1) for name in names}}
    return chance.choice(SCALARS)


def value(chance: Random, wanted: Kind, nulls: float = 0.1) -> Any:
    """A value of a type, sometimes null."""
    if chance.random() < nulls:
        return None
    if isinstance(wanted, str):
        return VALUES[wanted](chance)
    if "list" in wanted:
        return [value(chance, wanted["list"], nulls) for _ in range(chance.randint(0, 4))]
    return {name: value(chance, part, nulls) for name, part in wanted["struct"].items()}


RECORD: Kind = {"struct": {"k": "string", "x.y": "double", "n": "int64"}}
EVEN: Kind = {"struct": {"p": "int64", "q": "int64"}}
BASE: dict[str, Kind] = {
    "i": "int64",
    "j": "int64",
    'd"': "double",
    "s'; --": "string",
    "z": "string",
    "b": "bool",
    "t 유": "timestamp",
    "u": "timestamp",
    "r": RECORD,
    "e": EVEN,
    "li": {"list": "int64"},
    "lj": {"list": "int64"},
    "ls": {"list": "string"},
    "ld": {"list": "double"},
    "lb": {"list": "bool"},
    "lt": {"list": "timestamp"},
    "ll": {"list": {"list": "int64"}},
    "rs": {"list": RECORD},
}


def table(chance: Random, rows: int = 24) -> dict[str, Any]:
    """A table as the corpus writes it: the usual columns, and some of any type and name.

    The last row is null throughout; all others have mostly values.
    """
    more = {name: kind(chance) for name in chance.sample(NAMES, chance.randint(0, 3))}
    schema = {**BASE, **more}
    docs = [{name: value(chance, part) for name, part in schema.items()} for _ in range(rows - 1)]
    return {"schema": schema, "docs": [*docs, dict.fromkeys(schema)]}
