"""Guests' data frames: read as columns of ours, and made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vitrail.buffer import column_of
from vitrail.cell import Keep
from vitrail.column import Column, column_names
from vitrail.dtypes import (
    Boolean,
    DType,
    Mixed,
    Number,
    Optional,
    Table,
    Text,
    Timestamp,
    required,
)
from vitrail.errors import CellError, Invalid, NotFound, did_you_mean
from vitrail.guest import adopt, adopted
from vitrail.naming import named_schema, with_names

Values = Callable[[Any, DType], list[Any]]


def of_arrow(table: Any) -> list[Column]:
    """The columns of an Arrow table; types that `Table.to_arrow` noted in it are taken up again.

    Raises:
        CellError: a column's values would not survive.
    """
    return [Column.of_arrow(*column) for column in adopted(table)]


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
    """The values, with None for what pandas takes for missing; lists and arrays are none of that."""
    values = series.to_numpy(dtype=object, copy=True)
    values[series.isna().to_numpy()] = None
    cells: list[Any] = values.tolist()
    return cells


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


def arrow_table(whole: Any, dtype: Table) -> Any:
    """Rows in our layout as an Arrow table with the columns' own names."""
    import pyarrow as pa

    arrays = [
        with_names(whole.column(place), column) for place, (_, column) in enumerate(dtype.columns or ())
    ]
    return pa.Table.from_arrays(arrays, schema=named_schema(dtype))


def numpy_array(array: Any, dtype: DType, values: Values) -> Any:
    """An Arrow column of our layout as a numpy array, of objects where numpy has no type for them."""
    import numpy as np

    plain = required(dtype)
    if isinstance(plain, Number):
        return array.to_numpy()
    cells = values(array, dtype)
    if isinstance(plain, Text | Boolean) and None not in cells:
        return np.array(cells)
    try:
        if not isinstance(plain, Mixed):
            return np.array(cells)
    except ValueError:  # lists of unequal length
        pass
    objects = np.empty(len(cells), dtype=object)
    objects[:] = cells
    return objects


def pandas_frame(whole: Any, dtype: Table, values: Values) -> Any:
    """Rows in our layout as a pandas frame; `values` makes the Python values of a column."""
    import pandas as pd

    columns = dtype.columns or ()
    series = {
        name: _series(whole.column(place), own, values) for place, (name, own) in enumerate(columns)
    }
    return pd.DataFrame(series, columns=[name for name, _ in columns])


def _series(array: Any, dtype: DType, values: Values) -> Any:
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
