"""The rows of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vitrail import layout
from vitrail.column import column_names
from vitrail.dtypes import DType, Image, List, Optional, Struct, Versions
from vitrail.errors import CellError, Invalid
from vitrail.files.source import Block, Source
from vitrail.guest import adopted

_ROWS = 65_536


def blocks(source: Source) -> Iterator[Block]:
    """The rows, a block at a time. Of a table of ours its pictures come as records, without bytes.

    Raises:
        Invalid: it is no Parquet file.
        CellError: a column's values have no place in a table; the message names the file and the rows.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    size_bytes = source.path.stat().st_size
    try:
        with pq.ParquetFile(source.path, pre_buffer=False) as file:
            promised = max(file.metadata.num_rows, 1)  # some writers promise none
            reading = _Reading(source, file.schema_arrow)
            first = 0
            for batch in file.iter_batches(_ROWS, columns=reading.columns):
                yield reading.block(batch, first)
                first += len(batch)
                source.told(size_bytes * len(batch) // promised)
            if not first:
                yield reading.block(pa.Table.from_batches([], reading.schema), 0)
    except (pa.ArrowException, OSError) as error:
        message = f"{str(source.path)!r} is no Parquet file that can be read: {error}"
        raise Invalid(message) from None


class _Reading:
    """Which columns are read, and as what.

    Attributes:
        columns: their names in the file; None where all are read.
        schema: their Arrow types.
    """

    def __init__(self, source: Source, schema: Any) -> None:
        import pyarrow as pa

        own = None if source.casts else _own_columns(schema)
        names = column_names(schema.names if own is None else [name for name, _ in own])
        kept = [place for place, name in enumerate(names) if source.keeps(name)]
        self._source = source
        self._own = None if own is None else [own[place] for place in kept]
        whole = len(kept) == len(names)
        self.columns = None if whole else [schema.names[place] for place in kept]
        self.schema = schema if whole else pa.schema([schema.field(place) for place in kept])

    def block(self, batch: Any, first: int) -> Block:
        import pyarrow as pa

        if self._own is not None:
            return [(name, batch.column(i), dtype) for i, (name, dtype) in enumerate(self._own)]
        try:
            table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
            return adopted(self._source.cast(table))
        except CellError as error:
            place = f"{str(self._source.path)!r}, rows {first} to {first + len(batch) - 1}"
            raise CellError(f"{place}: {error}", row=None, column=error.column) from None


def _own_columns(schema: Any) -> list[tuple[str, DType]] | None:
    dtype = layout.table_dtype(schema)
    if dtype is None or layout.arrow_schema(dtype) != schema.remove_metadata():
        return None
    return [(name, _as_record(part)) for name, part in dtype.columns or ()]


def _as_record(dtype: DType) -> DType:
    match dtype:
        case Optional(item) | List(item):
            return type(dtype)(_as_record(item))
        case Versions(item, names):
            return Versions(_as_record(item), names)
        case Struct(parts=tuple(parts)):
            return Struct(tuple((name, _as_record(part)) for name, part in parts))
        case Image():
            return dtype.record
        case _:
            return dtype
