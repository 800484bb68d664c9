"""Tables as Parquet files: the same rows give the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from vitrail import layout, statistics
from vitrail.dtypes import DType, Image, List, Number, Optional, Struct, Table, Timestamp, Versions
from vitrail.errors import Damaged, Invalid

GROUP_ROWS = 122_880
PART_GROUPS = 9  # 1,105,920 rows a file
_WHOLE, _FLOAT = "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"


def write_parts(dtype: Table, batches: Iterable[Any], folder: Path) -> tuple[list[Path], int]:
    """A table's rows as Parquet files in `folder`, each of at most 1,105,920 rows.

    Each file's footer says what is known of its values (`vitrail.statistics`). A file ends early where
    the first NaN of a column comes, which then goes without bounds.

    Args:
        dtype: the table's type.
        batches: Arrow tables in our layout, of any length.
        folder: where the files go; it exists and is empty.

    Returns:
        the files in order, at least one, and the number of rows.

    Raises:
        Invalid: the table has no columns.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not dtype.columns:
        raise Invalid("a table without columns cannot be stored; add a column first")
    schema = layout.arrow_schema(dtype).with_metadata(layout.metadata(dtype))
    paths: list[Path] = []
    rows = 0
    groups = iter(_groups(schema, batches))
    # schema.empty_table() would import pandas where that is installed
    group = next(groups, pa.Table.from_batches([], schema))
    bounded = frozenset(leaf for leaf, code in _encodings(dtype) if code == _FLOAT and "." not in leaf)
    while group is not None:
        bounded -= statistics.nan_columns(group)
        paths.append(folder / f"part-{len(paths):05d}.parquet")
        known: list[statistics.Known] = []
        with pq.ParquetWriter(paths[-1], schema, **options(dtype, bounded)) as writer:
            while group is not None and len(known) < PART_GROUPS:
                if bounded & statistics.nan_columns(group):
                    break
                writer.write_table(group, row_group_size=GROUP_ROWS)
                known.append(statistics.known_of(group))
                rows += group.num_rows
                group = next(groups, None)
            writer.add_key_value_metadata(statistics.to_metadata(statistics.all_of(known)))
    return paths, rows


def options(dtype: Table, bounded: frozenset[str] = frozenset()) -> dict[str, Any]:
    """How a table of this type is written, as `pyarrow.parquet.ParquetWriter` takes it.

    Floats go without least and greatest values: these leave NaN out, and an engine that takes them for
    the bounds of all values passes over row groups that hold NaN.

    Args:
        dtype: the table's type.
        bounded: columns of floats among which there is no NaN in the file.
    """
    leaves = _encodings(dtype)
    return {
        "compression": "zstd",
        "compression_level": 3,
        "use_dictionary": [leaf for leaf, code in leaves if not code],
        "column_encoding": {leaf: code for leaf, code in leaves if code},
        "write_statistics": [leaf for leaf, code in leaves if code != _FLOAT or leaf in bounded],
        "version": "2.6",
        "data_page_version": "1.0",
    }


def _groups(schema: Any, batches: Iterable[Any]) -> Iterator[Any]:
    """The rows again, cut so that every group but the last is full, each in one piece.

    One piece, since a column's pages end where its Arrow chunks end.
    """
    import pyarrow as pa

    waiting: list[Any] = []
    count = 0
    for batch in batches:
        rest = batch
        while rest.num_rows:
            taken = rest.slice(0, GROUP_ROWS - count)
            rest = rest.slice(taken.num_rows)
            waiting.append(taken.replace_schema_metadata(None))
            count += taken.num_rows
            if count == GROUP_ROWS:
                yield _whole(pa.concat_tables(waiting), schema)
                waiting, count = [], 0
    if waiting:
        yield _whole(pa.concat_tables(waiting), schema)


def _whole(group: Any, schema: Any) -> Any:
    import pyarrow as pa

    return pa.Table.from_arrays(group.combine_chunks().columns, schema=schema)


def _encodings(dtype: Table) -> list[tuple[str, str]]:
    """(Parquet path, encoding) of every leaf; "" for those that take a dictionary."""
    columns = dtype.columns or ()
    return [leaf for i, (_, part) in enumerate(columns) for leaf in _leaves(f"c{i}", part)]


def _leaves(path: str, dtype: DType) -> Iterator[tuple[str, str]]:
    match dtype:
        case Optional(item):
            yield from _leaves(path, item)
        case List(item):
            yield from _leaves(f"{path}.list.element", item)
        case Struct(parts=tuple(parts)) if parts:
            for place, (_, part) in enumerate(parts):
                yield from _leaves(f"{path}.f{place}", part)
        case Struct():
            yield f"{path}.f0", ""
        case Image():
            yield from _leaves(path, dtype.record)
        case Versions(item, names=tuple(names)):
            for place in range(len(names)):
                yield from _leaves(f"{path}.v{place}", item)
        case Number(integer=integer):
            yield path, _WHOLE if integer else _FLOAT
        case Timestamp():
            yield path, _WHOLE
        case _:
            yield path, ""


def read_groups(
    path: Path, start: int, stop: int, columns: list[str] | None = None
) -> Iterator[tuple[int, Any]]:
    """The row groups of a file in which rows [start, stop) lie, each with its first row's number.

    Raises:
        Damaged: the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            first = 0
            for number in range(file.num_row_groups):
                length = file.metadata.row_group(number).num_rows
                if first < stop and first + length > start:
                    yield first, file.read_row_group(number, columns=columns)
                first += length
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def row_count(path: Path) -> int:
    """How many rows a file has, by its footer.

    Raises:
        Damaged: the file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> Damaged:
    return Damaged(f"the table's file {path.name!r} cannot be read: {error}")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
