"""The engine's answers, read back into the dataclasses of `reduction`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from vitrail.domain import CategoryDomain, Domain, NumberDomain
from vitrail.dtypes import DType, List, Number, Timestamp, Versions, required
from vitrail.errors import Invalid
from vitrail.query.binning import MISSING, categories, other_categories
from vitrail.query.plan import Plan, grouped
from vitrail.query.question import Ask
from vitrail.query.reduction import (
    BinCounts,
    Bins,
    CategoryCounts,
    Confusion,
    Counts,
    Items,
    Matrix,
    PointSet,
    Sample,
    Stats,
    Summary,
    Values,
)
from vitrail.values import to_python

if TYPE_CHECKING:
    import pyarrow as pa

Column = Any  # an Arrow array


def read(column: Column, dtype: DType, ask: Ask) -> tuple[Any, ...]:
    """The answers of one reduction, one for each row.

    Args:
        column: what the engine gave.
        dtype: the type of the value that was reduced, as the plan gives it.
        ask: what was asked.
    """
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        return tuple(answer for chunk in column.chunks for answer in read(chunk, dtype, ask))
    plain = required(dtype)
    if isinstance(plain, Versions):
        versions = [read(one, plain.item, ask) for one in column.flatten()]
        return tuple(zip(*versions, strict=True))
    if not isinstance(plain, List):
        return tuple(map(_whole, to_python(column, dtype)))
    match ask.reduction:
        case Values() | Sample():
            return tuple(_items(column, plain))
        case Bins(n):
            edges = ask.domain.edges(n) if isinstance(ask.domain, NumberDomain) else ()
            if pa.types.is_struct(column.type):
                found = _scattered if column.type.get_field_index("b") >= 0 else _looked_up
                return tuple(found(column, edges))
            if not pa.types.is_map(column.type):
                return tuple(_risen(row, edges) for row in column.to_pylist())
            return tuple(_each(column, lambda found: _bin_counts(found, edges)))
        case Counts(top):
            values = categories(ask, top)
            return tuple(_each(column, lambda found: _category_counts(found, values)))
        case Confusion(top=top):
            mine, theirs = categories(ask, top), other_categories(ask, top)
            return tuple(_each(column, lambda found: _matrix(found, mine, theirs)))
        case Stats():
            return tuple(_summary(row) for row in column.to_pylist())
        case other:
            raise Invalid(f"{other.kind} are asked of a whole table")


def cells(table: pa.Table, plan: Plan, asks: Mapping[str, Ask]) -> dict[str, tuple[Any, ...]]:
    """The answers to a window's asks: one for each row."""
    return {
        name: read(table.column(f"a{k}"), plan.column(name), ask)
        for k, (name, ask) in enumerate(asks.items())
    }


def folds(table: pa.Table, plan: Plan, asks: Mapping[str, Ask]) -> dict[str, Any]:
    """The answers to asks of all rows: one each."""
    found = {}
    for k, (name, ask) in enumerate(asks.items()):
        (found[name],) = read(table.column(f"a{k}"), grouped(plan.column(name)), ask)
    return found


def _whole(value: Any) -> Any:
    """A value; a whole number that was worked out wider than those that are stored as such."""
    return int(value) if isinstance(value, Decimal) else value


def _items(column: Column, dtype: List) -> Iterable[Items | None]:
    parts = {field.name: part for field, part in zip(column.type, column.flatten(), strict=True)}
    totals = parts["n"].to_pylist()
    if "s" not in parts:
        lists = to_python(parts["v"], dtype)
    else:
        picked = to_python(_struct_items(parts["s"], "v"), dtype)
        places = to_python(_struct_items(parts["s"], "p"), List(Number(integer=True)))
        lists = [
            [value for _, value in sorted(zip(at, values, strict=True), key=lambda pair: pair[0])]
            for at, values in zip(((p or []) for p in places), ((v or []) for v in picked), strict=True)
        ]
    for total, values in zip(totals, lists, strict=True):
        yield None if total is None else Items(tuple(values or ()), total)


def _struct_items(column: Column, name: str) -> Column:
    """Of a list of structs, the list of one part."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known: Any = pc.list_value_length(column)
    lengths: Any = pc.fill_null(known, 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    return pa.ListArray.from_arrays(offsets, pc.struct_field(column.flatten(), name))


def _each(column: Column, make: Any) -> Iterable[Any]:
    """For each map from a code to a count what `make` makes of it; null maps are cells without a value."""
    for pairs in column.to_pylist():
        yield None if pairs is None else make(dict(pairs))


def _looked_up(column: Column, edges: tuple[float, ...]) -> Iterable[BinCounts | None]:
    """Histograms by how many rows there are, and how many values below the bins, in each, and beyond."""
    import pyarrow as pa
    import pyarrow.compute as pc

    totals, found = column.flatten()
    bins, start = len(edges) - 1, 0
    counted = to_python(found.flatten().cast(pa.int64()), Number(integer=True))
    for total, length in zip(totals.to_pylist(), pc.list_value_length(found).to_pylist(), strict=True):
        counts = tuple(counted[start + 1 : start + 1 + bins]) if length else (0,) * bins
        start += length or 0
        yield None if total is None else BinCounts(edges, counts, total - sum(counts))


def _scattered(column: Column, edges: tuple[float, ...]) -> Iterable[BinCounts | None]:
    """Histograms by the places of the bins that hold something, and how much; 0 is below all of them."""
    import numpy as np
    import pyarrow.compute as pc

    held = dict(zip([field.name for field in column.type], column.flatten(), strict=True))
    lengths = pc.list_value_length(held["b"]).fill_null(0).to_numpy(zero_copy_only=False)
    places, counts = (held[part].flatten().to_numpy() for part in ("b", "n"))
    found = np.zeros((len(lengths), len(edges) + 1), np.int64)
    np.add.at(found, (np.repeat(np.arange(len(lengths)), lengths), places), counts)
    inside = found[:, 1:-1]
    missing = found.sum(axis=1) - inside.sum(axis=1)
    for row, lacking in zip(inside.tolist(), missing.tolist(), strict=True):
        yield BinCounts(edges, tuple(row), lacking)


def _risen(row: list[int | None] | None, edges: tuple[float, ...]) -> BinCounts | None:
    """A histogram by how many values there are from each edge upwards, after how many rows there are."""
    if row is None:
        return None
    total, *above = (int(count or 0) for count in row)
    counts = tuple(here - beyond for here, beyond in pairwise(above))
    return BinCounts(edges, counts, total - sum(counts))


def _bin_counts(found: Mapping[int, int], edges: tuple[float, ...]) -> BinCounts:
    counts = tuple(found.get(place, 0) for place in range(len(edges) - 1))
    return BinCounts(edges, counts, found.get(MISSING, 0))


def _category_counts(found: Mapping[int, int], values: tuple[Any, ...]) -> CategoryCounts:
    counts = tuple(found.get(place, 0) for place in range(len(values)))
    missing = found.get(MISSING, 0)
    return CategoryCounts(values, counts, sum(found.values()) - sum(counts) - missing, missing)


def _matrix(found: Mapping[int, int], rows: tuple[Any, ...], columns: tuple[Any, ...]) -> Matrix:
    width = len(columns)
    counts = tuple(
        tuple(found.get(row * width + place, 0) for place in range(width)) for row in range(len(rows))
    )
    return Matrix(rows, columns, counts, sum(found.values()) - sum(map(sum, counts)))


def _summary(row: dict[str, Any] | None) -> Summary | None:
    if row is None:
        return None
    quartiles = row["quartiles"]
    return Summary(
        row["count"],
        row["missing"],
        _whole(row["low"]),
        _whole(row["high"]),
        row["mean"],
        None if not quartiles or quartiles[0] is None else (quartiles[0], quartiles[1], quartiles[2]),
    )


def read_points(table: pa.Table) -> PointSet:
    """The points of a plot."""
    answer: Any = table.column("a0")[0].as_py()
    found = sorted(answer["s"] or (), key=lambda point: point["p"])
    return PointSet(
        tuple(point["x"] for point in found),
        tuple(point["y"] for point in found),
        tuple(point["p"] for point in found),
        answer["n"],
    )


def read_range(table: pa.Table, dtype: DType) -> Domain | None:
    """The domain of a number or timestamp column."""
    low, high = (_whole(table.column(name)[0].as_py()) for name in ("a0", "a1"))
    if low is None:
        return None
    plain = required(dtype)
    whole = isinstance(plain, Number) and bool(plain.integer)
    return NumberDomain(low, high, whole, isinstance(plain, Timestamp))


def read_categories(table: pa.Table) -> CategoryDomain | None:
    """The domain of a text or boolean column."""
    values: list[Any] = table.column("a0").to_pylist()
    return CategoryDomain(tuple(values), table.column("a1")[0].as_py()) if values else None
