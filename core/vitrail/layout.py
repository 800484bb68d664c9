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

import json
from collections.abc import Sequence
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
