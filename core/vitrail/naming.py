"""Arrow columns of our layout with the names that guests expect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitrail.dtypes import (
    DType,
    Image,
    List,
    Optional,
    Struct,
    Table,
    Versions,
)
from vitrail.layout import ArrowArray, arrow_type, list_array, metadata, struct_array

if TYPE_CHECKING:
    import pyarrow as pa


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
