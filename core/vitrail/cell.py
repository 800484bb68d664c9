"""What a guest may put into one cell of a table, and the type that it has there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Nothing,
    Number,
    Optional,
    Struct,
    Text,
    Timestamp,
)
from vitrail.errors import Invalid
from vitrail.union import union

if TYPE_CHECKING:
    import numpy as np

    from vitrail.media.content import Content

Keep = Callable[["Content"], None]

DEEPEST = 32
_LEAST, _MOST = -(2**63), 2**63 - 1
_SIMPLE: dict[type, DType] = {
    type(None): Nothing(),
    bool: Boolean(),
    int: Number(integer=True),
    float: Number(integer=False),
    str: Text(),
    dt.date: Timestamp("date"),
}


def simple_dtype(kinds: set[type]) -> DType | None:
    """The type of plain values of these Python types; None where there is none, or some are not plain."""
    if kinds == {int, float}:
        return Number(integer=False)
    return _SIMPLE.get(next(iter(kinds), type(None))) if len(kinds) < 2 else None


def cell(value: Any, keep: Keep, depth: int = 0) -> tuple[Any, DType]:
    """A guest's value as one that a table takes, and its type.

    Args:
        value: a Python or numpy scalar, text, a date or time, a picture, or lists, arrays and dicts of
            them.
        keep: is told of the content of every picture and mask in the value.
        depth: how deep in the guest's value this one stands.

    Raises:
        Invalid: no column can hold it; the message says why and what to write instead.
    """
    kind: Any = type(value)
    if kind not in _SIMPLE and _is_scalar(kind):
        value = value.item()
        kind = type(value)
    simple = _SIMPLE.get(kind)
    if simple is not None:
        return _checked(value), simple
    if depth > DEEPEST:
        raise Invalid(f"a value nested deeper than {DEEPEST}")
    if kind is list or kind is tuple:
        return _list(value, keep, depth)
    if kind is dict:
        return _struct(value, keep, depth)
    from vitrail.media.image import Image as Picture
    from vitrail.media.medium import Medium

    match value:
        case Picture() | Medium():
            for content in value.contents():
                keep(content)
            return value, value.dtype
        case list() | tuple():
            return _list(value, keep, depth)
        case Mapping():
            return _struct(value, keep, depth)
        case dt.datetime():
            return _time(value)
        case bool() | int() | float() | str():
            plain = next(base for base in (bool, int, float, str) if isinstance(value, base))
            return cell(plain.__str__(value) if plain is str else plain(value), keep, depth)
        case _:
            return _foreign(value, keep, depth)


def holds(dtype: DType, other: DType) -> bool:
    """Whether a column of type `dtype` holds every value of type `other` as it is.

    A whole number is held as a float where that is exact, which is the values' affair.
    """
    if dtype is other or dtype == other:
        return True
    match dtype, other:
        case (Optional(item), _):
            return other == Nothing() or holds(
                item, other.item if isinstance(other, Optional) else other
            )
        case Number(), Number():
            return not dtype.integer or bool(other.integer)
        case List(), List():
            return holds(dtype.item, other.item)
        case Struct(parts=tuple(mine)), Struct(parts=tuple(theirs)):
            if getattr(dtype, "name", None) != getattr(other, "name", None):
                return False
            found = dict(theirs)
            return found.keys() <= dict(mine).keys() and all(
                holds(part, found.get(name, Nothing())) for name, part in mine
            )
        case Image(), Image():
            return union(dtype, other, "the column") == dtype
        case _:
            return False


def _checked(value: Any) -> Any:
    if type(value) is int and not _LEAST <= value <= _MOST:
        raise Invalid(f"{value} does not fit 64 bits; give it as a float or as text")
    if type(value) is str and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Invalid(f"{value[:40]!r} holds a lone surrogate, which is no Unicode text") from None
    return value


@lru_cache(maxsize=1024)
def _is_scalar(kind: type) -> bool:
    """Whether values of a type are numpy's numbers and booleans of up to 64 bits."""
    if kind.__module__ != "numpy":
        return False
    import numpy as np

    if not issubclass(kind, np.number | np.bool_):
        return False
    return np.dtype(kind).kind in "biuf" and np.dtype(kind).itemsize <= 8


@lru_cache(maxsize=1024)
def _list_of(item: DType) -> DType:
    return List(item)


@lru_cache(maxsize=1024)
def _struct_of(parts: tuple[tuple[str, DType], ...]) -> DType:
    return Struct(parts)


def _list(value: Sequence[Any], keep: Keep, depth: int) -> tuple[Any, DType]:
    if not value:
        return [], List(Nothing())
    kinds = set(map(type, value))
    simple = simple_dtype(kinds) if len(kinds) == 1 else None
    if simple is not None:
        if kinds != {float}:
            for item in value:
                _checked(item)
        return list(value), _list_of(simple)
    cells = [cell(item, keep, depth + 1) for item in value]
    item_dtype = cells[0][1]
    for _, other in cells[1:]:
        if other != item_dtype:
            item_dtype = union(item_dtype, other, "an item of a list")
    return [item for item, _ in cells], _list_of(item_dtype)


def _struct(value: Mapping[Any, Any], keep: Keep, depth: int) -> tuple[Any, DType]:
    plain: dict[str, Any] = {}
    parts: list[tuple[str, DType]] = []
    for name, item in value.items():
        if not isinstance(name, str) or "\0" in name:
            raise Invalid(f"the name of a part is text without NUL, not {name!r}")
        text = str(_checked(str.__str__(name)))
        plain[text], dtype = cell(item, keep, depth + 1)
        parts.append((text, dtype))
    return plain, _struct_of(tuple(parts))


def _time(value: dt.datetime) -> tuple[Any, DType]:
    if value != value:  # noqa: PLR0124 - pandas' NaT is a datetime that equals nothing
        return None, Nothing()
    if getattr(value, "nanosecond", 0):
        raise Invalid(f"{value!r} is finer than a microsecond; round it first")
    plain = dt.datetime.combine(value.date(), value.timetz())
    if plain.utcoffset() is None:
        return plain.replace(tzinfo=None, fold=0), Timestamp("naive")
    try:
        return plain.astimezone(dt.UTC), Timestamp("instant")
    except OverflowError:
        raise Invalid(f"{value!r} lies outside the years 1 to 9999 in UTC") from None


def _foreign(value: Any, keep: Keep, depth: int) -> tuple[Any, DType]:
    """Arrays and scalars of numpy and of libraries that speak its protocol."""
    import numpy as np

    if isinstance(value, np.ndarray):
        return _array(value, keep, depth)
    if isinstance(value, np.datetime64):
        exact = value.astype("datetime64[us]")
        if exact != value and not np.isnat(value):
            raise Invalid(f"{value!r} is finer than a microsecond; round it first")
        return cell(exact.item(), keep, depth)
    if isinstance(value, np.generic):
        plain = value.item()
        if type(plain) in _SIMPLE:
            return cell(plain, keep, depth)
    elif type(value).__name__ == "NAType":
        return None, Nothing()
    elif hasattr(value, "__array__") and not isinstance(value, type):
        return _array(np.asarray(value), keep, depth)
    raise Invalid(f"{_kind(value)} is nothing that a column can hold{_advice(value)}")


def _array(value: np.ndarray[Any, Any], keep: Keep, depth: int) -> tuple[Any, DType]:
    if value.ndim == 0:
        return cell(value[()], keep, depth)
    if value.dtype.kind not in "biuf" or value.dtype.itemsize > 8:
        if value.dtype.kind not in "MUO":
            raise Invalid(f"an array of {value.dtype} is nothing that a column can hold")
        return _list(list(value), keep, depth)
    if value.dtype.kind == "u" and value.size and int(value.max()) > _MOST:
        raise Invalid(f"{value.max()} does not fit 64 bits, signed; give floats or text")
    if value.ndim > DEEPEST:
        raise Invalid(f"an array of more than {DEEPEST} dimensions")
    kinds: dict[str, DType] = {"b": Boolean(), "f": Number(integer=False)}
    dtype = kinds.get(value.dtype.kind, Number(integer=True))
    for _ in range(value.ndim):
        dtype = List(dtype)
    return value.tolist(), dtype


def _kind(value: Any) -> str:
    module = type(value).__module__
    name = type(value).__qualname__
    return f"a {name}" if module == "builtins" else f"a {module}.{name}"


def _advice(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return "; text is bytes.decode(), a picture vt.Image(bytes)"
    if type(value).__module__.partition(".")[0] == "PIL":
        return "; a picture is vt.Image(picture)"
    if type(value).__name__ == "Decimal":
        return "; give a float or text, as neither digits nor scale would be kept"
    if isinstance(value, set | frozenset):
        return "; a list keeps its order: sorted(values)"
    if isinstance(value, dt.timedelta | dt.time):
        return "; give seconds as a number"
    return "; there are numbers, text, booleans, dates and times, pictures, and lists and dicts of them"
