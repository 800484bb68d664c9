"""Guests' data frames and files, read as columns of ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from vitrail import layout
from vitrail.buffer import column_of
from vitrail.cell import Keep
from vitrail.column import Column, column_names
from vitrail.dtypes import (
    Boolean,
    DType,
    Image,
    List,
    Number,
    Optional,
    Struct,
    Text,
    Timestamp,
    Versions,
    required,
)
from vitrail.errors import CellError, Invalid, NotFound, did_you_mean
from vitrail.guest import adopt
from vitrail.media.digests import holds_images


def of_arrow(table: Any) -> list[Column]:
    """The columns of an Arrow table; types that `Table.to_arrow` noted in it are taken up again.

    Raises:
        CellError: a column's values would not survive.
    """
    noted = _noted(table)
    columns = []
    for place, name in enumerate(table.column_names):
        array, dtype = adopt(table.column(place), name)
        if noted is not None and layout.arrow_type(noted[place]) == layout.arrow_type(dtype):
            dtype = noted[place]
        columns.append(Column.of_arrow(name, array, dtype))
    return columns


def _noted(table: Any) -> list[DType] | None:
    """The types that stand in the metadata, where they are those of this very schema."""
    noted = layout.table_dtype(table.schema)
    if noted is None or any(holds_images(dtype) for _, dtype in noted.columns or ()):
        return None
    if layout.named_schema(noted).remove_metadata() != table.schema.remove_metadata():
        return None
    return [dtype for _, dtype in noted.columns or ()]


def of_pandas(frame: Any, keep: Keep) -> list[Column]:
    """The columns of a pandas frame, named levels of its index first; NaN, NaT and NA are missing.

    Args:
        frame: the frame.
        keep: is told of the content of every picture in it.

    Raises:
        CellError: a value has no place in a table, or would lose digits.
    """
    if any(name is not None for name in frame.index.names):
        named = [name for name in frame.index.names if name is not None]
        frame = frame.reset_index(level=named)
    return [
        _of_series(str(frame.columns[place]), frame.iloc[:, place], keep)
        for place in range(frame.shape[1])
    ]


def _of_series(name: str, series: Any, keep: Keep) -> Column:
    import pyarrow as pa

    if hasattr(series, "sparse"):
        series = series.sparse.to_dense()
    if series.dtype == object:
        return column_of(name, _with_missing(series), keep)
    try:
        array = pa.array(series, from_pandas=True)
    except (pa.ArrowException, TypeError) as error:
        message = f"column {name!r} of pandas type {series.dtype} has no place in a table: {error}"
        raise CellError(message, row=None, column=name) from None
    return Column.of_arrow(name, *adopt(array, name))


def _with_missing(series: Any) -> list[Any]:
    import pandas as pd

    return [None if pd.api.types.is_scalar(value) and pd.isna(value) else value for value in series]


def of_polars(frame: Any) -> list[Column]:
    """The columns of a polars frame.

    Raises:
        CellError: a value has no place in a table, or would lose digits.
    """
    import pyarrow as pa

    try:
        table = frame.collect().to_arrow() if hasattr(frame, "collect") else frame.to_arrow()
    except pa.ArrowException as error:
        raise Invalid(f"the frame holds what Arrow does not know: {error}") from None
    return of_arrow(table)


def of_parquet(path: str | Path) -> list[Column]:
    """The columns of a Parquet file. Of a table of ours its pictures come as records, without bytes.

    Raises:
        NotFound: there is no such file.
        Invalid: it is no Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(_existing(path)).read()
    except pa.ArrowException as error:
        raise Invalid(f"{str(path)!r} is no Parquet file that can be read: {error}") from None
    dtype = layout.table_dtype(table.schema)
    if dtype is None or layout.arrow_schema(dtype) != table.schema.remove_metadata():
        return of_arrow(table)
    return [
        Column.of_arrow(name, table.column(place), _as_record(part))
        for place, (name, part) in enumerate(dtype.columns or ())
    ]


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


def of_csv(path: str | Path) -> list[Column]:
    """The columns of a CSV file with a header, their types found out from all of its text.

    Raises:
        NotFound: there is no such file.
        Invalid: it is no CSV file.
    """
    import pyarrow as pa
    from pyarrow import csv

    try:
        return of_arrow(csv.read_csv(_existing(path)))
    except pa.ArrowException as error:
        raise Invalid(f"{str(path)!r} is no CSV file that can be read: {error}") from None


def of_jsonl(path: str | Path, keep: Keep) -> list[Column]:
    """The columns of a file with a JSON object on each line; a name that a line lacks is missing there.

    Raises:
        NotFound: there is no such file.
        Invalid: a line is no JSON object.
        CellError: a value does not fit its column.
    """
    names: dict[str, None] = {}
    objects: list[dict[str, Any]] = []
    with _existing(path).open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except ValueError as error:
                raise Invalid(f"line {number} of {str(path)!r} is no JSON: {error}") from None
            if not isinstance(found, dict):
                raise Invalid(f"line {number} of {str(path)!r} is no JSON object: {line[:80]!r}")
            objects.append(found)
            names |= dict.fromkeys(found)
    return [column_of(name, (row.get(name) for row in objects), keep) for name in names]


def _existing(path: str | Path) -> Path:
    if not Path(path).is_file():
        raise NotFound(f"no file {str(path)!r}")
    return Path(path)


def is_frame(data: Any) -> bool:
    """Whether this is a data frame of a library that we know."""
    return type(data).__module__.partition(".")[0] in ("pandas", "polars", "pyarrow")


def of_frame(frame: Any, keep: Keep) -> list[Column]:
    """The columns of a pandas or polars frame or an Arrow table.

    Raises:
        Invalid: it is none of these, or two of its columns have one name.
        CellError: a value has no place in a table.
    """
    library = type(frame).__module__.partition(".")[0]
    if library == "pandas" and hasattr(frame, "columns"):
        columns = of_pandas(frame, keep)
    elif library == "polars" and hasattr(frame, "lazy"):
        columns = of_polars(frame)
    elif library == "pyarrow" and hasattr(frame, "column_names"):
        columns = of_arrow(frame)
    elif library == "pyarrow" and hasattr(frame, "read_all"):
        columns = of_arrow(frame.read_all())
    else:
        kind = f"{type(frame).__module__}.{type(frame).__qualname__}"
        raise Invalid(f"a data frame is one of pandas, polars or Arrow, not a {kind}")
    column_names([column.name for column in columns])
    return columns


def picked(columns: list[Column], names: Sequence[str] | None) -> list[Column]:
    """The columns with these names, in this order; all where no names are given.

    Raises:
        NotFound: there is no such column.
    """
    if names is None:
        return columns
    known = {column.name: column for column in columns}
    for name in column_names(names):
        if name not in known:
            raise NotFound(f"no column {name!r} in the data frame{did_you_mean(name, known)}")
    return [known[name] for name in names]


def pandas_series(array: Any, dtype: DType, values: Callable[[Any, DType], list[Any]]) -> Any:
    """An Arrow column of our layout as a pandas series; `values` makes its Python values."""
    import pandas as pd

    match dtype:
        case Optional(Number(integer=True)):
            return pd.Series(array.to_pylist(), dtype="Int64")
        case Optional(Boolean()):
            return pd.Series(array.to_pylist(), dtype="boolean")
        case Number() | Optional(Number()) | Boolean():
            return pd.Series(array.to_numpy())
    plain = required(dtype)
    if isinstance(plain, Text) or (isinstance(plain, Timestamp) and plain.form != "date"):
        return array.to_pandas()
    return pd.Series(values(array, dtype), dtype=object)
