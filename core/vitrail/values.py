"""The Python values of Arrow columns in our layout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from vitrail import mixed
from vitrail.dtypes import (
    DType,
    Image,
    List,
    Medium,
    Mixed,
    Number,
    Optional,
    Struct,
    Timestamp,
    Versions,
)
from vitrail.layout import ArrowArray

MakeMedium = Callable[[dict[str, Any], Image | Medium], Any]


def to_python(array: ArrowArray, dtype: DType, *, medium: MakeMedium | None = None) -> list[Any]:
    """The Python values of an Arrow column in our layout.

    Args:
        array: an array or a chunked array.
        dtype: its type.
        medium: makes a picture or another medium of its record; without it the record is given, a
            dict whose parts are those of `Image.record` or of the medium.

    Returns:
        a list with None where a value is missing; a struct as a dict that has every part, versions
        as a tuple, an instant as a `datetime` in UTC.
    """
    import pyarrow as pa

    if isinstance(array, pa.ChunkedArray):
        return [value for chunk in array.chunks for value in to_python(chunk, dtype, medium=medium)]
    match dtype:
        case Optional(item):
            return to_python(array, item, medium=medium)
        case List(item):
            return _lists(array, item, medium)
        case Medium():
            return _made(to_python(array, Struct(dtype.parts)), dtype, medium)
        case Struct(parts=tuple(parts)):
            names = [name for name, _ in parts]
            if not names:
                return [{} if there else None for there in array.is_valid().to_pylist()]
            rows = _rows(array, [part for _, part in parts], medium)
            return [None if row is None else dict(zip(names, row, strict=True)) for row in rows]
        case Image(boxes=tuple()):
            return _made(to_python(array, dtype.record), dtype, medium)
        case Mixed():
            return [mixed.decode(text) for text in array.to_pylist()]
        case Versions(item, names=tuple(names)):
            return list(_rows(array, [item] * len(names), medium))
        case Number() if not array.null_count and array.type in (pa.int64(), pa.float64()):
            return _plain_numbers(array)
        case Timestamp() if pa.types.is_timestamp(array.type) and array.type.unit == "us":
            return _moments(array)
        case _:
            values: list[Any] = array.to_pylist()
            return values


def _made(records: list[Any], dtype: Image | Medium, medium: MakeMedium | None) -> list[Any]:
    return records if medium is None else [record and medium(record, dtype) for record in records]


def _plain_numbers(array: ArrowArray) -> list[Any]:
    """Numbers of eight bytes of which none is missing; Arrow's way through numpy imports pandas."""
    buffer = array.buffers()[1]
    if not len(array) or buffer is None:
        return []
    data = memoryview(buffer)[8 * array.offset : 8 * (array.offset + len(array))]
    return data.cast("q" if str(array.type) == "int64" else "d").tolist()


def _moments(array: ArrowArray) -> list[Any]:
    """Points in time in microseconds; Arrow's own way to them imports pandas."""
    import pyarrow as pa

    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC if array.type.tz else None)
    counts = array.view(pa.int64()).to_pylist()
    return [None if us is None else epoch + dt.timedelta(microseconds=us) for us in counts]


def _lists(array: ArrowArray, item: DType, medium: MakeMedium | None) -> list[Any]:
    import pyarrow.compute as pc

    flat = to_python(array.flatten(), item, medium=medium)
    lists: list[Any] = []
    start = 0
    for length in pc.list_value_length(array).to_pylist():
        lists.append(None if length is None else flat[start : start + length])
        start += length or 0
    return lists


def _rows(
    array: ArrowArray, parts: Sequence[DType], medium: MakeMedium | None
) -> Iterator[tuple[Any, ...] | None]:
    columns = [
        to_python(child, part, medium=medium) for child, part in zip(array.flatten(), parts, strict=True)
    ]
    rows = zip(*columns, strict=True)
    if not array.null_count:
        return rows
    there = array.is_valid().to_pylist()
    return (row if present else None for row, present in zip(rows, there, strict=True))
