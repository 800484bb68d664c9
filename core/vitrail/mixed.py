"""Values of several kinds as text: canonical JSON in which every value says what it is.

    true  1  1.0  "text"  [1, "a"]  {"a": null}      as they stand; 1 is whole, 1.0 and 1e+300 are floats
    {"$number": "NaN"}                               NaN, Infinity and -Infinity
    {"$date": "2024-05-01T12:00:00Z"}                an instant; without Z a naive time, without T a day

A key of a document that begins with `$` is written with one more `$`, so that no document is taken for
one of these. Null by itself is no text at all. A whole number beyond 64 bits becomes a float, and a
document keeps the order of its keys.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
from collections.abc import Mapping
from typing import Any

from vitrail.errors import Invalid

DEEPEST = 100
NAN = '{"$number":"NaN"}'
INFINITY = '{"$number":"Infinity"}'
NEGATIVE_INFINITY = '{"$number":"-Infinity"}'

# What a decoded value is: None, bool, int, float, str, date, datetime, list or dict of them.
Value = Any

_LEAST, _MOST = -(2**63), 2**63 - 1
_EPOCH = dt.datetime(1970, 1, 1)
_MICROSECOND = dt.timedelta(microseconds=1)
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def encode(value: Value) -> str | None:
    """The text of a value; None of None.

    Raises:
        Invalid: it is nested too deep, or is of a kind that has no text here.

    >>> encode([1, 1.0, {"$a": None}])
    '[1,1.0,{"$$a":null}]'
    """
    if value is None:
        return None
    if type(value) is str:
        return _write(value)
    if type(value) is int and _LEAST <= value <= _MOST:
        return str(value)
    return _write(_tagged(value, 0))


def decode(text: str | None) -> Value:
    """The value that `encode` wrote.

    Raises:
        Invalid: the text is none of ours.

    >>> decode('[1,1.0,{"$$a":null}]')
    [1, 1.0, {'$a': None}]
    """
    if text is None:
        return None
    try:
        return _reader.decode(text)
    except (ValueError, RecursionError, TypeError) as error:
        raise Invalid(f"no value of a mixed column: {text[:80]!r}: {error}") from None


def anything(value: Any, depth: int = 0) -> Value:
    """A guest's value as one of a mixed column: lists and dicts may hold values of several kinds too.

    Raises:
        Invalid: no mixed column can hold it.
    """
    from vitrail.cell import DEEPEST as MOST
    from vitrail.cell import cell
    from vitrail.media.image import Image
    from vitrail.media.medium import Medium

    if depth > MOST:
        raise Invalid(f"a value nested deeper than {MOST}")
    if isinstance(value, Image | Medium):
        raise Invalid("a picture or another medium has no place among values of several kinds")
    if type(value).__module__ == "numpy" and getattr(value, "ndim", False):
        value = value.tolist()
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str) or "\0" in name:
                raise Invalid(f"the name of a part is text without NUL, not {name!r}")
        return {cell(name, _keep)[0]: anything(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [anything(item, depth + 1) for item in value]
    return cell(value, _keep)[0]


def _keep(_content: object) -> None:
    """Scalars bring no pictures."""


def _tagged(value: Value, depth: int) -> Any:
    if depth > DEEPEST:
        raise Invalid(f"a value is nested at most {DEEPEST} deep")
    match value:
        case None | bool() | str():
            return value
        case int():
            return value if _LEAST <= value <= _MOST else float(value)
        case float():
            return value if math.isfinite(value) else {"$number": _unbounded(value)}
        case list() | tuple():
            return [_tagged(item, depth + 1) for item in value]
        case dict():
            return {
                f"${name}" if name.startswith("$") else name: _tagged(item, depth + 1)
                for name, item in value.items()
            }
        case dt.date():
            return {"$date": _moment_text(value)}
    raise Invalid(f"a {type(value).__name__} has no place in a mixed column")


def _unbounded(value: float) -> str:
    if value != value:  # noqa: PLR0124
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _moment_text(value: dt.date) -> str:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"


def _untagged(found: dict[str, Any]) -> Any:
    if len(found) == 1:
        ((name, inside),) = found.items()
        if name == "$date":
            whole = "T" in inside
            return dt.datetime.fromisoformat(inside) if whole else dt.date.fromisoformat(inside)
        if name == "$number":
            return float(inside)
    if any(name.startswith("$") for name in found):
        return {name[1:] if name.startswith("$$") else name: item for name, item in found.items()}
    return found


def _whole(digits: str) -> int | float:
    if len(digits) < 19:
        return int(digits)
    if len(digits) > 20:
        return float(digits)
    number = int(digits)
    return number if _LEAST <= number <= _MOST else float(number)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is written with its tag")


_reader = json.JSONDecoder(object_hook=_untagged, parse_int=_whole, parse_constant=_no_constant)


def key(value: Value) -> bytes:
    """Bytes whose order is MongoDB's order of the values, and which are equal where the values are.

    null < numbers (NaN lowest, whole numbers and floats by their exact value) < texts < documents
    < lists < booleans < timestamps. Documents go by the kind, the name and the value of each part in
    turn; lists by their items.

    >>> sorted([True, "a", 2, None, 1.5, [0]], key=key)
    [None, 1.5, 2, 'a', [0], True]
    """
    out = bytearray()
    _key(value, out)
    return bytes(out)


_NULL, _NUMBER, _TEXT, _DOCUMENT, _LIST, _BOOLEAN, _MOMENT = 16, 32, 48, 64, 80, 128, 144


def _key(value: Value, out: bytearray) -> None:
    match value:
        case None:
            out.append(_NULL)
        case bool():
            out += bytes((_BOOLEAN, value))
        case int() | float():
            out.append(_NUMBER)
            out += _number_key(value)
        case str():
            out.append(_TEXT)
            _text_key(value, out)
        case list():
            out.append(_LIST)
            for item in value:
                _key(item, out)
            out.append(0)
        case dict():
            out.append(_DOCUMENT)
            for name, item in value.items():
                out.append(kind(item))
                _text_key(name, out)
                _key(item, out)
            out.append(0)
        case dt.date():
            out.append(_MOMENT)
            out += struct.pack(">Q", microseconds(value) + 2**63)


def kind(value: Value) -> int:
    """The place of a value's kind in the order of values; null lowest."""
    match value:
        case None:
            return _NULL
        case bool():
            return _BOOLEAN
        case int() | float():
            return _NUMBER
        case str():
            return _TEXT
        case list():
            return _LIST
        case dict():
            return _DOCUMENT
    return _MOMENT


def _number_key(value: float) -> bytes:
    near = float(value)
    if near != near:  # noqa: PLR0124
        return b"\0"
    # what a whole number past 2**53 has more than the float nearest to it
    rest = value - int(near) if isinstance(value, int) else 0
    (bits,) = struct.unpack(">Q", struct.pack(">d", near + 0.0))
    bits = bits ^ 0xFFFF_FFFF_FFFF_FFFF if bits >> 63 else bits | 1 << 63
    return b"\1" + struct.pack(">QH", bits, rest + 0x8000)


def _text_key(value: str, out: bytearray) -> None:
    out += value.encode("utf-8", "surrogatepass").replace(b"\0", b"\0\xff")
    out += b"\0\0"


def microseconds(value: dt.date) -> int:
    """A timestamp as microseconds since 1970 in UTC; a day is its midnight."""
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    elif value.tzinfo is not None:
        value = value.astimezone(dt.UTC).replace(tzinfo=None)
    return (value - _EPOCH) // _MICROSECOND
