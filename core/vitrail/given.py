"""What a table is made of as guests give it: rows of cells, and types for columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vitrail.column import Column
from vitrail.dtypes import DType
from vitrail.errors import Invalid, NotFound, did_you_mean


def rows_of(data: Any) -> Iterable[Any]:
    """The rows of what was given as such; none where nothing was."""
    if data is None:
        return ()
    if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
        raise Invalid(f"data is a list of rows or a data frame, not {data!r:.200}")
    return data


def cells_of(row: Any) -> Sequence[Any]:
    """The cells of a row."""
    if isinstance(row, str | bytes | Mapping) or not isinstance(row, Iterable):
        raise Invalid(f"a row is a list or tuple of cells, not {row!r:.200}")
    return row if isinstance(row, Sequence) else list(row)


def check_row(row: tuple[Any, ...], columns: list[Column], place: int) -> None:
    """Refuse a row that has not a cell for each column; `place` is its index."""
    if len(row) != len(columns):
        names = ", ".join(repr(column.name) for column in columns)
        whole = len(row) == 1 and isinstance(row[0], list | tuple) and len(row[0]) == len(columns)
        raise Invalid(
            f"row {place} has {len(row)} cells, the table {len(columns)} columns: {names:.400}"
            + ("; unpack it: add_data(*row)" if whole else "")
        )


def declared(dtype: Any, names: list[str], name: str) -> DType | None:
    """The type that was given for a column; None where it is to be found out."""
    if dtype is None or isinstance(dtype, DType):
        return dtype
    if isinstance(dtype, Mapping):
        for known in dtype:
            if known not in names:
                raise NotFound(f"a type for column {known!r}{did_you_mean(str(known), names)}")
        found: DType | None = dtype.get(name)
        return found
    if not isinstance(dtype, Sequence) or isinstance(dtype, str):
        raise Invalid(f"dtype is a dict of column → type, or a type for each column, not {dtype!r:.200}")
    if len(dtype) != len(names):
        raise Invalid(f"{len(dtype)} types for {len(names)} columns")
    given: DType = dtype[names.index(name)]
    return given
