"""The engine's columns brought into the layout of `vitrail.layout`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from vitrail.dtypes import (
    DType,
    Image,
    List,
    Nothing,
    Number,
    Optional,
    Struct,
    Table,
    Versions,
    optional,
)
from vitrail.errors import Invalid
from vitrail.layout import arrow_type, metadata

# pyarrow's own stubs know too little of its arrays' methods.
Array = Any
Parts: TypeAlias = tuple[tuple[str, DType], ...]


def in_layout(table: Any, dtype: Table) -> Any:
    """An answer's rows in the layout, with their types beside them.

    Whole numbers that were worked out and need more than 64 bits become floats.
    """
    import pyarrow as pa

    columns, types = [], []
    for column, (name, wanted) in zip(table.columns, dtype.columns or (), strict=bool(dtype.columns)):
        whole = column.combine_chunks()
        made, found = fitted(whole, wanted)
        columns.append(made)
        types.append((name, found))
    found_type = Table(tuple(types))
    names = [f"c{place}" for place in range(len(columns))]
    made_table = pa.Table.from_arrays(columns, names=names)
    return made_table.replace_schema_metadata(metadata(found_type))


def fitted(array: Array, dtype: DType) -> tuple[Array, DType]:
    """Values in the layout, and their type: the given one, or one with floats for what is too large."""
    import pyarrow as pa

    if _lies(array, dtype):
        return array, dtype
    if pa.types.is_null(array.type):
        nothing: Any = pa.nulls(len(array))
        return nothing.cast(arrow_type(dtype)), dtype
    match dtype:
        case Optional(item):
            made, found = fitted(array, item)
            return made, optional(found)
        case Nothing():
            return pa.nulls(len(array)), dtype
        case List(item):
            return _list(array, item)
        case Struct(parts=tuple(parts)) if parts:
            record, fitting = _parts(array, parts)
            return record, replace(dtype, parts=fitting)
        case Image() | Versions() | Struct():
            return array.cast(arrow_type(dtype)), dtype
        case Number(integer=True) if pa.types.is_decimal(array.type):
            try:
                return array.cast(pa.int64()), dtype
            except pa.ArrowInvalid:
                return array.cast(pa.float64()), Number(integer=False, unit=dtype.unit)
    return array.cast(arrow_type(dtype)), dtype


def _lies(array: Array, dtype: DType) -> bool:
    """Whether values lie in the layout already."""
    try:
        return bool(array.type == arrow_type(dtype))
    except Invalid:
        return False


def _list(array: Array, item: DType) -> tuple[Array, DType]:
    import pyarrow as pa
    import pyarrow.compute as pc

    made, found = fitted(array.flatten(), item)
    known: Any = pc.list_value_length(array)
    lengths: Any = pc.cumulative_sum(pc.fill_null(known, 0)).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), lengths])
    mask = array.is_null() if array.null_count else None
    kind = pa.list_(pa.field("item", made.type))
    return pa.ListArray.from_arrays(offsets, made, type=kind, mask=mask), List(found)


def _parts(array: Array, parts: Parts) -> tuple[Array, Parts]:
    import pyarrow as pa

    pairs = [fitted(array.field(place), part) for place, (_, part) in enumerate(parts)]
    fields = [pa.field(f"f{place}", made.type) for place, (made, _) in enumerate(pairs)]
    mask = array.is_null() if array.null_count else None
    made = pa.StructArray.from_arrays([one for one, _ in pairs], fields=fields, mask=mask)
    names = (name for name, _ in parts)
    return made, tuple(zip(names, (found for _, found in pairs), strict=True))
