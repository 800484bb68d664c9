"""A query's document as text, in the relaxed syntax that the filter box takes."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

from vitrail.errors import QueryError

_BARE = re.compile(r"[\w$][\w$.]*")
_UNSAFE = re.compile(r"[\\'\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_FLAGS = ((re.IGNORECASE, "i"), (re.MULTILINE, "m"), (re.DOTALL, "s"), (re.VERBOSE, "x"))


def written(value: Any) -> str:
    """The text that is read back as the same query.

    >>> written({"$and": [{"$gt": ["$road", 0.5]}, {"$eq": ["$label", "cat"]}]})
    "{$and: [{$gt: ['$road', 0.5]}, {$eq: ['$label', 'cat']}]}"

    Raises:
        QueryError: a value has no place in a query.
    """
    match value:
        case Mapping():
            return "{" + ", ".join(f"{_key(k)}: {written(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(written, value)) + "]"
        case str():
            return _quoted(value)
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else ("-" if value < 0 else "") + "Infinity"
        case int() | float():
            return repr(value)
        case dt.datetime() | dt.date():
            return f"ISODate('{moment(value).isoformat().replace('+00:00', 'Z')}')"
        case re.Pattern():
            return _regex(value)
    raise QueryError(f"a {type(value).__name__} is no value of a query")


def moment(value: dt.datetime | dt.date) -> dt.datetime:
    """A point in time as a query means it: in UTC where no zone is said, a day by its midnight."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    return "'" + _UNSAFE.sub(_escaped, text) + "'"


def _escaped(match: re.Match[str]) -> str:
    char = match.group()
    return f"\\{char}" if char in "\\'" else f"\\u{ord(char):04x}"


def _regex(pattern: re.Pattern[str]) -> str:
    options = "".join(letter for flag, letter in _FLAGS if pattern.flags & flag)
    body = re.sub(r"(?<!\\)((?:\\\\)*)/", r"\1\\/", pattern.pattern).replace("\n", "\\n")
    return f"/{body or '(?:)'}/{options}"
