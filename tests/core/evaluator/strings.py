"""Texts, counted in code points or in bytes of UTF-8; letters change their case in ASCII only."""

from __future__ import annotations

import datetime as dt
import string

from evaluator.table import strict
from evaluator.values import Failed, Value, compare, number, wanted_whole

_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SPACES = "\0 \t\n\v\f\r\u00a0\u1680" + "".join(chr(code) for code in range(0x2000, 0x200B))


def wanted_text(value: Value) -> str:
    """A value that must be a text.

    Raises:
        Failed: it is none.
    """
    if not isinstance(value, str):
        raise Failed(f"{value!r} is no text")
    return value


def written(value: Value) -> str:
    """A text, number or date as text; null as the empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03}Z"
    if number(value) and isinstance(value, int):
        return str(value)
    raise Failed(f"{value!r} is no text")


@strict("$concat")
def _concat(*values: Value) -> Value:
    texts = [wanted_text(value) for value in values if value is not None]
    return None if None in values else "".join(texts)


@strict("$toUpper")
def _upper(value: Value) -> str:
    return written(value).translate(_UPPER)


@strict("$toLower")
def _lower(value: Value) -> str:
    return written(value).translate(_LOWER)


@strict("$strcasecmp")
def _case(left: Value, right: Value) -> int:
    return compare(_upper(left), _upper(right))


@strict("$strLenCP")
def _length(value: Value) -> int:
    return len(wanted_text(value))


@strict("$strLenBytes")
def _length_bytes(value: Value) -> int:
    return len(wanted_text(value).encode())


@strict("$substrCP")
def _substring(value: Value, start: Value, length: Value) -> str:
    text, first, count = written(value), wanted_whole(start), wanted_whole(length)
    if first < 0 or count < 0:
        raise Failed("a negative place")
    return text[first : first + count]


@strict("$substrBytes")
def _substring_bytes(value: Value, start: Value, length: Value) -> str:
    data, first, count = written(value).encode(), wanted_whole(start), wanted_whole(length)
    if first < 0:
        raise Failed("a negative place")
    last = first + count if count >= 0 else len(data)
    if any(end < len(data) and data[end] & 0xC0 == 0x80 for end in (first, last)):
        raise Failed("within a character")
    return data[first:last].decode()


def _places(start: Value, end: Value) -> tuple[int, int]:
    first, last = wanted_whole(start), wanted_whole(end)
    if first < 0 or last < 0:
        raise Failed("a negative place")
    return first, last


@strict("$indexOfCP")
def _index(value: Value, sought: Value, start: Value = 0, end: Value = 2**40) -> Value:
    if value is None:
        return None
    text, piece, (first, last) = wanted_text(value), wanted_text(sought), _places(start, end)
    if text == piece == "":
        return 0
    places = range(first, min(last, len(text)))
    return next((place for place in places if text.startswith(piece, place)), -1)


@strict("$indexOfBytes")
def _index_bytes(value: Value, sought: Value, start: Value = 0, end: Value = 2**40) -> Value:
    if value is None:
        return None
    data, piece, (first, last) = (
        wanted_text(value).encode(),
        wanted_text(sought).encode(),
        _places(start, end),
    )
    return -1 if first > len(data) or last < first else data.find(piece, first, min(last, len(data)))


@strict("$split")
def _split(value: Value, separator: Value) -> Value:
    if value is None or separator is None:
        return None
    if wanted_text(separator) == "":
        raise Failed("an empty separator")
    return wanted_text(value).split(separator)


@strict("$trim", "input", "chars")
def _trim(value: Value, chars: Value = _SPACES) -> Value:
    return None if value is None or chars is None else wanted_text(value).strip(wanted_text(chars))


@strict("$ltrim", "input", "chars")
def _ltrim(value: Value, chars: Value = _SPACES) -> Value:
    return None if value is None or chars is None else wanted_text(value).lstrip(wanted_text(chars))


@strict("$rtrim", "input", "chars")
def _rtrim(value: Value, chars: Value = _SPACES) -> Value:
    return None if value is None or chars is None else wanted_text(value).rstrip(wanted_text(chars))


@strict("$replaceOne", "input", "find", "replacement")
def _replace_one(value: Value, find: Value, replacement: Value) -> Value:
    if None in (value, find, replacement):
        return None
    return wanted_text(value).replace(wanted_text(find), wanted_text(replacement), 1)


@strict("$replaceAll", "input", "find", "replacement")
def _replace_all(value: Value, find: Value, replacement: Value) -> Value:
    if None in (value, find, replacement):
        return None
    return wanted_text(value).replace(wanted_text(find), wanted_text(replacement))
