"""How a value of each type lies in an Arrow column, and so in Parquet and in the engine.

Columns and the parts of structs are stored under ids of ours, `c0`, `c1` and `f0`, `f1`: the engine's
names ignore case, and a name may hold anything. The names themselves stand in the file's metadata.

    Number      int64 or double             Text      string         Boolean   bool
    Timestamp   timestamp[us, UTC], timestamp[us] or date32          Nothing   null
    List(T)     list<T>                     Struct    struct<f0: …, f1: …>
    Image       the struct of `Image.record`; pictures and masks by the digest of their file
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Nothing,
    Number,
    Optional,
    Struct,
    Table,
    Text,
    Timestamp,
    Versions,
)
from vitrail.errors import Invalid

if TYPE_CHECKING:
    import pyarrow as pa

METADATA_KEY = b"vitrail"


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
        case Text():
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
            raise Invalid(f"no column can be stored as {dtype}")


def arrow_schema(table: Table) -> pa.Schema:
    """The stored schema of a table's columns, `c0` to `cn`, without metadata."""
    import pyarrow as pa

    return pa.schema(
        [pa.field(f"c{i}", arrow_type(dtype)) for i, (_, dtype) in enumerate(table.columns or ())]
    )
