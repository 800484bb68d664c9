"""How a value of each type lies in an Arrow column, and so in Parquet and in the engine.

Columns and the parts of structs are stored under ids of ours, `c0`, `c1` and `f0`, `f1`: the engine's
names ignore case, and a name may hold anything. The names themselves stand in the file's metadata.

    Number      int64 or double             Text      string         Boolean   bool
    Timestamp   timestamp[us, UTC], timestamp[us] or date32          Nothing   null
    Mixed       string, the value's canonical JSON
    List(T)     list<T>                     Struct    struct<f0: …, f1: …>
    Medium      the struct of its parts
    Image       the struct of `Image.record`; pictures and masks by the digest of their file
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from vitrail import mixed
from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Medium,
    Mixed,
    Nothing,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    Versions,
    dtype_from_json,
)
from vitrail.errors import CellError, Invalid, NewerFormat
from vitrail.leaf import flags, integers_of, plain_array

if TYPE_CHECKING:
    import pyarrow as pa

METADATA_KEY = b"vitrail"
FORMAT = 1

# pyarrow's own stubs know too little of its arrays' methods.
ArrowArray = Any
MakeMedium = Callable[[dict[str, Any], Image | Medium], Any]


def arrow_type(dtype: DType) -> pa.DataType:
    """The Arrow type in which values of `dtype` are stored.

    Raises:
        Invalid: the type is a pattern, or no column can have it.
    """
    import pyarrow as pa

    match dtype:
        case Optional(item):
            return arrow_type(item)
        case Nothing():
            return pa.null()
        case Number(integer=True):
            return pa.int64()
        case Number(integer=False):
            return pa.float64()
        case Text() | Mixed():
            return pa.string()
        case Boolean():
            return pa.bool_()
        case Timestamp(form="instant"):
            return pa.timestamp("us", "UTC")
        case Timestamp(form="naive"):
            return pa.timestamp("us")
        case Timestamp(form="date"):
            return pa.date32()
        case List(item):
            return pa.list_(pa.field("item", arrow_type(item)))
        case Struct(parts=()):
            return pa.struct([pa.field("f0", pa.null())])
        case Struct(parts=tuple(parts)):
            return pa.struct([pa.field(f"f{i}", arrow_type(part)) for i, (_, part) in enumerate(parts)])
        case Image(boxes=tuple()):
            return arrow_type(dtype.record)
        case Versions(item, names=tuple(names)):
            return pa.struct([pa.field(f"v{i}", arrow_type(item)) for i in range(len(names))])
        case _:
            raise Invalid(f"no column can be stored as {dtype!s:.200}; types are such as {_SUCH}")


def arrow_schema(table: Table) -> pa.Schema:
    """The stored schema of a table's columns, `c0` to `cn`, without metadata."""
    import pyarrow as pa

    return pa.schema(
        [pa.field(f"c{i}", arrow_type(dtype)) for i, (_, dtype) in enumerate(table.columns or ())]
    )


_SUCH = "Text(), Boolean(), Number(integer=True), Optional(Text())"


def metadata(table: Table) -> dict[bytes, bytes]:
    """What a schema carries beside its columns: their names and types."""
    document = {"format": FORMAT, "schema": table.to_json()}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return {METADATA_KEY: text.encode()}


def table_dtype(schema: pa.Schema) -> Table | None:
    """The names and types that `metadata` wrote into a schema; None where there are none.

    Raises:
        NewerFormat: a newer Vitrail wrote them.
        Invalid: they cannot be read.
    """
    text = (schema.metadata or {}).get(METADATA_KEY)
    if text is None:
        return None
    try:
        document = json.loads(text)
        number = document["format"]
        if number > FORMAT:
            raise NewerFormat(f"a table of format {number}; this Vitrail reads up to {FORMAT}")
        dtype = dtype_from_json(document["schema"])
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"the table's names and types cannot be read: {error}") from None
    if not isinstance(dtype, Table):
        raise Invalid(f"the schema of a table is a Table, not {dtype}")
    return dtype


def to_arrow(values: Sequence[Any], dtype: DType, *, column: str = "", first_row: int = 0) -> ArrowArray:
    """An Arrow column of Python values.

    Args:
        values: None where a value is missing; a picture or another medium as itself or as its record.
        dtype: their type.
        column: its name, for the message.
        first_row: the number of the first value's row, for the message.

    Raises:
        CellError: a value is not of the type; the message names its row and column.
    """
    try:
        return _to_arrow(values, dtype)
    except _FAULTS as error:
        for place, value in enumerate(values):
            try:
                _to_arrow([value], dtype)
            except _FAULTS as own:
                where = f"row {first_row + place}, column {column!r}"
                raise CellError(
                    f"{where}: {_shown(value)} is not of type {dtype}: {own}",
                    row=first_row + place,
                    column=column,
                ) from None
        raise CellError(f"column {column!r}: {error}", row=None, column=column) from None


_FAULTS = (ValueError, TypeError, OverflowError, AttributeError, UnicodeError)  # Arrow's are among them


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _to_arrow(values: Sequence[Any], dtype: DType) -> ArrowArray:
    match dtype:
        case Optional(item):
            return _to_arrow(values, item)
        case List(item):
            flat = list(chain.from_iterable(v for v in values if v is not None))
            lengths = [None if v is None else len(v) for v in values]
            return list_array(lengths, _to_arrow(flat, item))
        case Medium():
            return _to_arrow([_record(value) for value in values], Struct(dtype.parts))
        case Struct(parts=tuple(parts)):
            return _struct(values, dtype, [(name, part) for name, part in parts])
        case Image(boxes=tuple()):
            return _to_arrow([_record(value) for value in values], dtype.record)
        case Versions(item, names=tuple(names)):
            return _struct(values, dtype, [(place, item) for place in range(len(names))])
        case _:
            return _leaf(values, dtype)


_CLASSES: dict[str, frozenset[str]] = {
    "Text": frozenset({"str"}),
    "Boolean": frozenset({"bool"}),
    "int": frozenset({"int"}),
    "float": frozenset({"float", "int"}),
    "instant": frozenset({"datetime"}),
    "naive": frozenset({"datetime"}),
    "date": frozenset({"date"}),
}


def _leaf(values: Sequence[Any], dtype: DType) -> ArrowArray:
    """A column without parts. Arrow takes 1.0 for an integer and a time for its day; here neither is."""
    import pyarrow as pa

    kind = arrow_type(dtype)
    if isinstance(dtype, Mixed):
        return pa.array([mixed.encode(value) for value in values], kind)
    if isinstance(dtype, Nothing):
        if any(value is not None for value in values):
            raise Invalid("nothing but None fits")
        return pa.nulls(len(values))
    name = type(dtype).__name__
    match dtype:
        case Number(integer=integer):
            name = "int" if integer else "float"
        case Timestamp(form=str(form)):
            name = form
    kinds = set(map(type, values))
    for found in kinds - {type(None)}:
        if found.__name__ not in _CLASSES[name]:
            raise TypeError(f"got {found.__name__}")
    if isinstance(dtype, Timestamp) and dtype.form != "date":
        zoned = dtype.form == "instant"
        if any(v is not None and (v.utcoffset() is not None) != zoned for v in values):
            raise ValueError(f"got a time {'without' if zoned else 'with'} a zone")
    if not kinds - {type(None)}:
        return pa.array([None] * len(values), kind)
    array = plain_array(values, kinds)
    if array is None or array.type != kind:
        array = pa.array(values, kind)
    return one_nan(array) if name == "float" else array


def one_nan(array: ArrowArray) -> ArrowArray:
    """Floats with every NaN of one bit pattern, so that equal content has equal bytes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    nan = pc.is_nan(array)
    return pc.if_else(nan, pa.scalar(float("nan")), array) if pc.any(nan).as_py() else array


def list_array(lengths: Sequence[int | None] | ArrowArray, values: ArrowArray) -> ArrowArray:
    """A list column from the length of each list (None where it is missing) and their items."""
    import numpy as np
    import pyarrow as pa

    if isinstance(lengths, pa.Array):
        missing = lengths.is_null() if lengths.null_count else None
        counts: Any = integers_of(lengths.fill_null(0).cast(pa.int64()))
    else:
        absent = [length is None for length in lengths]
        missing = flags(absent) if any(absent) else None
        counts = np.array([length or 0 for length in lengths], np.int64)
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    if offsets[-1] > np.iinfo(np.int32).max:
        raise OverflowError("more than 2,147,483,647 items in one batch of lists")
    ends: Any = offsets.astype(np.int32)
    starts: Any = pa.Array.from_buffers(pa.int32(), len(offsets), [None, pa.py_buffer(ends)])
    kind = pa.list_(pa.field("item", values.type))
    return pa.ListArray.from_arrays(starts, values, type=kind, mask=missing)


def _struct(values: Sequence[Any], dtype: DType, parts: Sequence[tuple[str | int, DType]]) -> ArrowArray:
    kind = arrow_type(dtype)
    missing = [value is None for value in values]
    children = []
    for key, part in parts:
        if isinstance(key, int):
            cells = [None if value is None else value[key] for value in values]
        else:
            cells = [None if value is None else value.get(key) for value in values]
        children.append(_to_arrow(cells, part))
    known = {key for key, _ in parts}
    for value in values:
        if isinstance(value, dict) and not value.keys() <= known:
            raise ValueError(f"no part {next(key for key in value if key not in known)!r}")
    return struct_array(children, kind, missing)


def struct_array(children: list[Any], kind: Any, missing: Sequence[bool] | ArrowArray) -> ArrowArray:
    """A struct column of some children; a struct type of ours without parts has one empty child."""
    import pyarrow as pa

    children = children or [pa.nulls(len(missing))]
    fields = [kind.field(place) for place in range(kind.num_fields)]
    mask = missing if isinstance(missing, pa.Array) else flags(missing)
    return pa.StructArray.from_arrays(children, fields=fields, mask=mask)


def _record(value: Any) -> dict[str, Any] | None:
    if value is None or isinstance(value, dict):
        return value
    record: dict[str, Any] = value.record()
    return record


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


def named_type(dtype: DType) -> pa.DataType:
    """The Arrow type of `dtype` for guests: as `arrow_type`, but parts of structs by their names."""
    import pyarrow as pa

    match dtype:
        case Optional(item):
            return named_type(item)
        case List(item):
            return pa.list_(pa.field("item", named_type(item)))
        case Struct(parts=tuple(parts)) if parts:
            return pa.struct([pa.field(name, named_type(part)) for name, part in parts])
        case Image(boxes=tuple()):
            return named_type(dtype.record)
        case Versions(item, names=tuple(names)):
            return pa.struct([pa.field(name, named_type(item)) for name in names])
        case _:
            return arrow_type(dtype)


def named_schema(table: Table) -> pa.Schema:
    """The schema of a table for guests, by the names of its columns and parts."""
    import pyarrow as pa

    fields = [pa.field(name, named_type(dtype)) for name, dtype in table.columns or ()]
    return pa.schema(fields).with_metadata(metadata(table))


def with_names(array: ArrowArray, dtype: DType) -> ArrowArray:
    """An Arrow array of our layout with the names that guests expect; nothing is copied."""
    import pyarrow as pa

    kind: Any = named_type(dtype)
    if isinstance(array, pa.ChunkedArray):
        return pa.chunked_array([with_names(chunk, dtype) for chunk in array.chunks], kind)
    if array.type == kind:
        return array
    match dtype:
        case Optional(item):
            return with_names(array, item)
        case List(item):
            import pyarrow.compute as pc

            items = with_names(array.flatten(), item)
            return list_array(pc.list_value_length(array), items)
        case Struct(parts=tuple(parts)):
            types = [part for _, part in parts]
        case Image():
            types = [part for _, part in dtype.record.parts or ()]
        case Versions(item):
            types = [item] * kind.num_fields
        case _:
            return array.cast(kind)
    children = [with_names(child, part) for child, part in zip(array.flatten(), types, strict=True)]
    return struct_array(children, kind, array.is_null())
