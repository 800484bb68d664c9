"""What a visualizer may ask of a column, and the answers it receives.

Nothing larger than what is drawn crosses from the engine to a pane: a histogram of a hundred million
numbers is twenty counts. A reduction of a column of type T answers for each cell: for `List(T)`
(a group of rows, or a logged list) over the list's values, for `Versions(T)` with a tuple of one
answer for each version (None where the version lacks the row).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar

from vitrail.dtypes import Boolean, DType, List, Number, Table, Text, Timestamp, Versions, required
from vitrail.errors import Invalid


@dataclass(frozen=True, slots=True)
class Reduction:
    """A question that can be asked of every cell of a column. Frozen, hashable, a JSON document."""

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """The reduction as a JSON document; `reduction_from_json` reads it back."""
        return {"reduction": self.kind} | {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Values(Reduction):
    """The value itself; of a list, its first `limit` values as `Items`.

    Attributes:
        limit: None asks for all of a list's values.
    """

    kind = "values"
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Bins(Reduction):
    """Counts of a list's numbers or timestamps in equal bins over the column's domain: `BinCounts`."""

    kind = "bins"
    n: int = 20


@dataclass(frozen=True, slots=True)
class Counts(Reduction):
    """How often the most frequent values of a list occur, in the domain's order: `CategoryCounts`."""

    kind = "counts"
    top: int = 20


@dataclass(frozen=True, slots=True)
class Stats(Reduction):
    """Count, missing, extremes, mean and quartiles of a list's numbers: `Summary`."""

    kind = "stats"


@dataclass(frozen=True, slots=True)
class Sample(Reduction):
    """`n` of a list's values, the same ones each time, spread over the list: `Items`."""

    kind = "sample"
    n: int = 8


@dataclass(frozen=True, slots=True)
class Confusion(Reduction):
    """How often each value of a list stands beside each value of another column: `Matrix`.

    Attributes:
        other: the name of the other column.
        top: how many values of each are told apart.
    """

    kind = "confusion"
    other: str
    top: int = 20


@dataclass(frozen=True, slots=True)
class Points(Reduction):
    """`n` rows of a table as points, spread over the table: `PointSet`. Asked of a `Table`.

    Attributes:
        x: the name of a number column.
        y: the name of another.
    """

    kind = "points"
    x: str
    y: str
    n: int = 2000


_KINDS: dict[str, type[Reduction]] = {
    r.kind: r for r in (Values, Bins, Counts, Stats, Sample, Confusion, Points)
}


def reduction_from_json(document: dict[str, Any]) -> Reduction:
    """The reduction that `Reduction.to_json` wrote.

    Raises:
        Invalid: there is no such reduction, or it has other parameters.
    """
    parameters = dict(document)
    kind = parameters.pop("reduction", None)
    if kind not in _KINDS:
        raise Invalid(f"no reduction {kind!r}; there are: {', '.join(_KINDS)}")
    try:
        return _KINDS[kind](**parameters)
    except TypeError as error:
        raise Invalid(f"reduction {kind!r} has other parameters: {error}") from None


_ASKED_OF: dict[type[Reduction], tuple[type[DType], ...]] = {
    Bins: (Number, Timestamp),
    Stats: (Number, Timestamp),
    Counts: (Text, Boolean, Number),
}


def check_fits(reduction: Reduction, dtype: DType) -> None:
    """Make sure that every cell of a column has an answer to a reduction.

    Raises:
        Invalid: it has none.
    """
    match required(dtype):
        case Versions(item):
            check_fits(reduction, item)
        case List(item):
            wanted = _ASKED_OF.get(type(reduction))
            if wanted and not isinstance(required(item), wanted):
                names = " and ".join(kind.__name__ for kind in wanted)
                raise Invalid(f"{reduction.kind} are asked of {names}, not of {required(item)!s:.200}")
        case Table():
            pass
        case plain if not isinstance(reduction, Values | Sample):
            raise Invalid(f"{reduction.kind} are asked of a List, not of {plain!s:.200}")


@dataclass(frozen=True, slots=True)
class Items:
    """Some of a list's values, and how many there are in all."""

    values: tuple[Any, ...]
    total: int


@dataclass(frozen=True, slots=True)
class BinCounts:
    """A histogram.

    Attributes:
        edges: n + 1 rising numbers; bins hold [edge, next edge), the last one both its edges.
            For timestamps, seconds since 1970-01-01 UTC.
        counts: n counts.
        missing: how many values are missing, NaN or infinite.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int = 0

    def __add__(self, other: BinCounts) -> BinCounts:
        if self.edges != other.edges:
            raise Invalid("histograms over different bins cannot be added")
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return BinCounts(self.edges, counts, self.missing + other.missing)


@dataclass(frozen=True, slots=True)
class CategoryCounts:
    """How often each category occurs.

    Attributes:
        values: the categories, in the order of the column's domain.
        counts: one for each of them.
        other: how many values are none of them.
        missing: how many values are missing.
    """

    values: tuple[Any, ...]
    counts: tuple[int, ...]
    other: int = 0
    missing: int = 0

    def __add__(self, other: CategoryCounts) -> CategoryCounts:
        if self.values != other.values:
            raise Invalid("counts of different categories cannot be added")
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return CategoryCounts(
            self.values, counts, self.other + other.other, self.missing + other.missing
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """A number column in a few figures.

    Attributes:
        count: values that are there, NaN among them.
        missing: values that are not.
        low, high, mean: of the finite values; None where there are none.
        quartiles: the values below which a quarter, half and three quarters lie.
    """

    count: int
    missing: int
    low: float | None
    high: float | None
    mean: float | None
    quartiles: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts of pairs: `counts[i][j]` rows hold `rows[i]` in the column and `columns[j]` in the other."""

    rows: tuple[Any, ...]
    columns: tuple[Any, ...]
    counts: tuple[tuple[int, ...], ...]
    other: int = 0


@dataclass(frozen=True, slots=True)
class PointSet:
    """Points of a scatter plot.

    Attributes:
        x, y: n coordinates each.
        rows: the position in the table of each point.
        total: how many rows have both coordinates.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    rows: tuple[int, ...]
    total: int
