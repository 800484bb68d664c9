"""$type and the conversions of decoded values: $toInt, $toString, $convert and their like."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable

from vitrail.mixed import Value, microseconds
from vitrail.query.dynamic.moments import iso_text, read_moment
from vitrail.query.dynamic.table import Refused, define, is_number

_SMALL = 2**31


def kind_name(value: Value) -> str:
    """The name that `$type` gives to a value; whole numbers are "int" or "long" by their size."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            return "int" if -_SMALL <= value < _SMALL else "long"
        case float():
            return "double"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
    return "date"


_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_WORDS = {"nan", "inf", "infinity"}


def _whole(name: str, most: int) -> Callable[[Value], int | None]:
    def convert(value: Value) -> int | None:
        match value:
            case None:
                return None
            case bool():
                found = int(value)
            case int():
                found = value
            case float() if math.isfinite(value) and not (most == _SMALL and value > most - 1):
                found = int(value)
            case str() if _INTEGER.fullmatch(value) and len(value) < 30:
                found = int(value)
            case dt.date() if name == "$toLong":
                found = microseconds(value) // 1000
            case _:
                raise Refused(f"{name} of a value that is no whole number")
        if not -most <= found < most:
            raise Refused(f"{name} of a number that is too large")
        return found

    return convert


def to_double(value: Value) -> float | None:
    """$toDouble."""
    match value:
        case None:
            return None
        case bool() | int() | float():
            return float(value)
        case str() if _FLOAT.fullmatch(value) and math.isfinite(float(value)):
            return float(value)
        case str() if value[:1] in ("+", "-") and value[1:].lower() in _WORDS:
            return float(value)
        case str() if value.lower() in _WORDS:
            return float(value)
        case dt.date():
            return float(microseconds(value) // 1000)
    raise Refused("$toDouble of a value that is no number")


def to_text(value: Value) -> str | None:
    """$toString."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _float_text(value)
        case dt.date():
            return iso_text(value)
    raise Refused("$toString of a list or a document")


def _float_text(value: float) -> str:
    """16 digits at most, without a fraction of zeros."""
    if value != value:  # noqa: PLR0124
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return f"{value:.16g}"


def to_bool(value: Value) -> bool | None:
    """$toBool: every text and date is true."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list | dict):
        raise Refused("$toBool of a list or a document")
    return value != 0 if is_number(value) else True


def to_moment(value: Value) -> dt.date | None:
    """$toDate."""
    match value:
        case None | dt.date():
            return value
        case bool():
            raise Refused("$toDate of true or false")
        case int() if -_SMALL <= value < _SMALL:
            raise Refused("$toDate of a whole number of 32 bits")
        case int() | float() if math.isfinite(value):
            try:
                return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=int(value))
            except OverflowError:
                raise Refused("$toDate of a number that is too large") from None
        case str():
            return read_moment(value)
    raise Refused("$toDate of a value that is no date")


_TO: dict[str, Callable[[Value], Value]] = {
    "int": _whole("$toInt", _SMALL),
    "long": _whole("$toLong", 2**63),
    "double": to_double,
    "string": to_text,
    "bool": to_bool,
    "date": to_moment,
}


def convert(value: Value, to: Value, on_error: Value, on_null: Value, caught: Value) -> Value:
    """$convert; `caught` says whether `on_error` was given."""
    if value is None:
        return on_null
    made = _TO.get(to)
    if made is None:
        raise Refused(f"$convert to {to!r}")
    try:
        return made(value)
    except Refused:
        if caught:
            return on_error
        raise


define("$type", kind_name)
define("$isNumber", is_number)
define("$toInt", _TO["int"])
define("$toLong", _TO["long"])
define("$toDouble", to_double)
define("$toString", to_text)
define("$toBool", to_bool)
define("$toDate", to_moment)
define("$convert", convert)
