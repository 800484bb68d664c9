"""Columns of guests' Arrow data (and so of pandas' and polars'), taken over into our layout."""

from __future__ import annotations

from typing import Any

from vitrail import layout
from vitrail.dtypes import (
    Boolean,
    DType,
    List,
    Mixed,
    Nothing,
    Number,
    Optional,
    Struct,
    Text,
    Timestamp,
    optional,
)
from vitrail.errors import CellError, Invalid
from vitrail.media.digests import holds_images
from vitrail.naming import named_schema
from vitrail.union import union
from vitrail.values import to_python


def adopt(array: Any, column: str) -> tuple[Any, DType]:
    """A guest's Arrow column in our layout, and its type.

    Whole numbers become int64, floats double, dictionaries and categories text, times are kept to the
    microsecond; a column in which a value is missing is `Optional`.

    Args:
        array: an array or a chunked array.
        column: its name, for the message.

    Returns:
        (array, type)

    Raises:
        CellError: a value would not survive, or the type has no place in a table.
    """
    import pyarrow as pa

    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    if not chunks:
        chunks = [pa.array([], array.type)]
    adopted: list[tuple[Any, DType]] = []
    for chunk in chunks:
        try:
            adopted.append(_adopt(chunk))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, Invalid, OverflowError) as error:
            raise CellError(f"column {column!r}: {error}", row=None, column=column) from None
    dtype = adopted[0][1]
    for _, other in adopted[1:]:
        dtype = union(dtype, other, f"column {column!r}")
    kind: Any = layout.arrow_type(dtype)
    return pa.chunked_array([recast(part, own, dtype) for part, own in adopted], kind), dtype


def adopted(table: Any) -> list[tuple[str, Any, DType]]:
    """The columns of a guest's Arrow table in our layout: (name, array, type).

    Types that `Table.to_arrow` noted in it are taken up again. Raises as `adopt`.
    """
    noted = _noted(table)
    columns = []
    for place, name in enumerate(table.column_names):
        array, dtype = adopt(table.column(place), name)
        if noted is not None and layout.arrow_type(noted[place]) == layout.arrow_type(dtype):
            dtype = noted[place]
        columns.append((name, array, dtype))
    return columns


def _noted(table: Any) -> list[DType] | None:
    """The types that stand in the metadata, where they are those of this very schema."""
    noted = layout.table_dtype(table.schema)
    if noted is None or any(holds_images(dtype) for _, dtype in noted.columns or ()):
        return None
    if named_schema(noted).remove_metadata() != table.schema.remove_metadata():
        return None
    return [dtype for _, dtype in noted.columns or ()]


def _adopt(array: Any) -> tuple[Any, DType]:
    array = _unpacked(array)
    adopted, dtype = _required(array)
    return adopted, (optional(dtype) if array.null_count else dtype)


def _unpacked(array: Any) -> Any:
    """The array without the wrappings that say how it is kept rather than what it holds."""
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    if isinstance(array.type, pa.BaseExtensionType):
        if array.type.extension_name not in _PLAIN_EXTENSIONS:
            raise Invalid(f"{array.type} has no place in a table; cast it to text or to numbers")
        return _unpacked(array.storage)
    if pa.types.is_dictionary(array.type):
        return _unpacked(array.dictionary_decode())
    if pa.types.is_run_end_encoded(array.type):
        return _unpacked(pc.run_end_decode(array))
    return array


def _required(array: Any) -> tuple[Any, DType]:
    import pyarrow as pa

    kind, is_a = array.type, pa.types
    if is_a.is_null(kind):
        return array, Nothing()
    if is_a.is_boolean(kind):
        return array, Boolean()
    if is_a.is_integer(kind):
        return array.cast(pa.int64()), Number(integer=True)
    if is_a.is_floating(kind):
        return layout.one_nan(array.cast(pa.float64())), Number(integer=False)
    if is_a.is_string(kind) or is_a.is_large_string(kind) or is_a.is_string_view(kind):
        return array.cast(pa.string()), Text()
    if is_a.is_date(kind):
        return array.cast(pa.date32()), Timestamp("date")
    if is_a.is_timestamp(kind):
        return _times(array)
    if is_a.is_struct(kind):
        return _struct(array)
    if _is_list(kind):
        return _list(array)
    raise Invalid(f"{kind} has no place in a table{_ADVICE.get(_family(kind), '')}")


def _times(array: Any) -> tuple[Any, DType]:
    import pyarrow as pa

    zone = "UTC" if array.type.tz else None
    try:
        times = array.cast(pa.timestamp("us", array.type.tz)).cast(pa.timestamp("us", zone))
    except pa.ArrowInvalid as error:
        raise Invalid(f"times are kept to the microsecond; round them first: {error}") from None
    return times, Timestamp("instant" if zone else "naive")


def _struct(array: Any) -> tuple[Any, DType]:
    names = [array.type.field(place).name for place in range(array.type.num_fields)]
    parts = [_adopt(child) for child in array.flatten()]
    missing = array.is_null()
    if array.null_count:
        # A part that is missing only where the whole struct is, is not missing.
        there = array.filter(array.is_valid())
        kinds = [_adopt(child)[1] for child in there.flatten()]
    else:
        kinds = [dtype for _, dtype in parts]
    dtype = Struct(tuple(zip(names, kinds, strict=True)))
    children = [child for child, _ in parts]
    return layout.struct_array(children, layout.arrow_type(dtype), missing), dtype


def _list(array: Any) -> tuple[Any, DType]:
    import pyarrow.compute as pc

    items, dtype = _adopt(array.flatten())
    lengths = pc.list_value_length(array)
    return layout.list_array(lengths, items), List(dtype)


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    tests = ("is_list", "is_large_list", "is_fixed_size_list", "is_list_view", "is_large_list_view")
    return any(getattr(pa.types, test)(kind) for test in tests)


def _family(kind: Any) -> str:
    return str(kind).partition("[")[0].partition("(")[0]


# Extensions whose storage says all that they mean.
_PLAIN_EXTENSIONS = ("arrow.json", "pandas.interval")

_ADVICE = {
    **dict.fromkeys(
        ("decimal32", "decimal64", "decimal128", "decimal256"), "; cast it to double or to text"
    ),
    **dict.fromkeys(("binary", "large_binary", "binary_view"), "; cast it to text, or log pictures"),
    **dict.fromkeys(("duration", "time32", "time64"), "; cast it to seconds, as a number"),
}


def recast(array: Any, own: DType, wanted: DType) -> Any:
    """A column of our layout as one of a wider type that holds all its values.

    Args:
        array: an array of type `own`.
        own: its type.
        wanted: the type of the result, which holds every value of `own`.

    Raises:
        CellError: a whole number is too large to be exact as a float.
    """
    import pyarrow as pa

    kind: Any = layout.arrow_type(wanted)
    if array.type == kind and _same_order(own, wanted):
        return array
    match own, wanted:
        case (Optional(item), _):
            return recast(array, item, wanted)
        case (_, Optional(item)):
            return recast(array, own, item)
        case (Nothing(), _):
            return pa.nulls(len(array), kind)
        case (_, Mixed()) if not isinstance(own, Mixed):
            return layout.to_arrow(to_python(array, own), wanted)
        case Number(), Number():
            return array.cast(kind)
        case List(), List():
            import pyarrow.compute as pc

            items = recast(array.flatten(), own.item, wanted.item)
            return layout.list_array(pc.list_value_length(array), items)
        case _:
            return _reparted(array, own, wanted, kind)


def _reparted(array: Any, own: DType, wanted: DType, kind: Any) -> Any:
    import pyarrow as pa

    mine, theirs = _parts(own), _parts(wanted)
    children = dict(zip(mine, array.flatten(), strict=False))
    parts = []
    for name, dtype in theirs.items():
        empty: Any = layout.arrow_type(dtype)
        known = name in mine
        parts.append(recast(children[name], mine[name], dtype) if known else pa.nulls(len(array), empty))
    return layout.struct_array(parts, kind, array.is_null())


def _parts(dtype: DType) -> dict[str, DType]:
    from vitrail.dtypes import Image

    record = dtype.record if isinstance(dtype, Image) else dtype
    if not isinstance(record, Struct):
        raise Invalid(f"{dtype} has no parts")
    return dict(record.parts or ())


def _same_order(own: DType, wanted: DType) -> bool:
    """Whether the same Arrow type also means the same parts at the same places."""
    match own, wanted:
        case (Optional(item), _):
            return _same_order(item, wanted)
        case (_, Optional(item)):
            return _same_order(own, item)
        case List(), List():
            return _same_order(own.item, wanted.item)
        case (Mixed(), _) | (_, Mixed()):
            return own == wanted
    names, others = own.field_names, wanted.field_names
    if names != others:
        return False
    return all(
        _same_order(mine, theirs)
        for mine, theirs in zip(_field_types(own), _field_types(wanted), strict=True)
    )


def _field_types(dtype: DType) -> list[DType]:
    return [found[0] for name in dtype.field_names if (found := dtype.field(name))]
