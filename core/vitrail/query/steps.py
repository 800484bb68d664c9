"""The steps that the stages of a pipeline are made of, such as $project, $group, $unwind."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from vitrail.dtypes import DType, List, Nothing, Number, Optional, Table, optional, required
from vitrail.errors import Invalid
from vitrail.query.plan import Plan
from vitrail.query.step import Columns, Step, document, either, item_of, most_rows, own, read

if TYPE_CHECKING:
    from vitrail.query.expr import Expr
    from vitrail.query.gather import By, Frame, Gather

MOST_ITEMS = 2**24
MOST_FILLED = 500_000


@dataclass(frozen=True, slots=True)
class Project(Step):
    """Every row as new columns: $project, $set, $unset, $replaceRoot.

    Attributes:
        values: (column name, expression).
        checks: (text, when): what MongoDB would refuse in a row, and is read as null here.
    """

    kind = "project"
    source: Plan
    values: tuple[tuple[str, Expr], ...]
    checks: tuple[tuple[str, Expr], ...] = ()

    def columns(self) -> Columns:
        return tuple((name, value.dtype) for name, value in self.values)


@dataclass(frozen=True, slots=True)
class Added(Step):
    """Every row with columns more, which leaves `$0` and `$1` of joined tables what they are.

    Attributes:
        values: (column name, expression), of new names.
    """

    kind = "add"
    source: Plan
    values: tuple[tuple[str, Expr], ...]

    @property
    def sides(self) -> tuple[Table, ...]:
        return self.source.sides

    def columns(self) -> Columns:
        return (*own(self.source), *((name, value.dtype) for name, value in self.values))


@dataclass(frozen=True, slots=True)
class Slice(Step):
    """The rows [start, stop) in their order: $skip, $limit; a `stop` of None means to the end."""

    kind = "slice"
    source: Plan
    start: int
    stop: int | None

    def columns(self) -> Columns:
        return own(self.source)

    @property
    def most_rows(self) -> int:
        return most_rows(self.source) if self.stop is None else max(self.stop - self.start, 1)


@dataclass(frozen=True, slots=True)
class Sampled(Step):
    """So many rows by chance, the same ones for the same seed: $sample."""

    kind = "sample"
    source: Plan
    size: int
    seed: int

    def columns(self) -> Columns:
        return own(self.source)

    @property
    def most_rows(self) -> int:
        return max(self.size, 1)


@dataclass(frozen=True, slots=True)
class Folded(Step):
    """One row for each value of a key, in the key's order: $group. Of no rows it makes none.

    Attributes:
        key: (column name, expression), usually `_id`.
        values: (column name, what is gathered).
    """

    kind = "fold"
    source: Plan
    key: tuple[str, Expr]
    values: tuple[tuple[str, Gather], ...]

    def columns(self) -> Columns:
        name, key = self.key
        return ((name, key.dtype), *((name, value.dtype) for name, value in self.values))


@dataclass(frozen=True, slots=True)
class Unwound(Step):
    """One row for each item of a list, beside the row's columns: $unwind.

    Attributes:
        items: the list; a value that is no list counts as its only item.
        names: what the columns of the item and of its index are called.
        keep: whether rows without an item are kept.
    """

    kind = "unwind"
    source: Plan
    items: Expr
    names: tuple[str, str]
    keep: bool = False

    def columns(self) -> Columns:
        item = item_of(self.items.dtype)
        whole = Number(integer=True)
        index = (
            whole if isinstance(required(self.items.dtype), List) and not self.keep else optional(whole)
        )
        named = ((self.names[0], optional(item) if self.keep else item), (self.names[1], index))
        return (*own(self.source), *named)

    @property
    def most_rows(self) -> int:
        return most_rows(self.source) * MOST_ITEMS


@dataclass(frozen=True, slots=True)
class Stacked(Step):
    """The rows of several tables one after another: $unionWith."""

    kind = "stack"
    tables: tuple[Plan, ...]

    def columns(self) -> Columns:
        merged: dict[str, DType] = {}
        for place, table in enumerate(self.tables):
            known = dict(own(table))
            for name, dtype in known.items():
                if name in merged:
                    merged[name] = either(merged[name], dtype, name)
                else:
                    merged[name] = optional(dtype) if place else dtype
            merged |= {name: optional(dtype) for name, dtype in merged.items() if name not in known}
        return tuple(merged.items())

    @property
    def most_rows(self) -> int:
        return sum(map(most_rows, self.tables))


@dataclass(frozen=True, slots=True)
class Documents(Step):
    """Rows that are written out: $documents.

    Attributes:
        names: the columns' names.
        rows: for each row the columns' values, constants all.
    """

    kind = "documents"
    names: tuple[str, ...]
    rows: tuple[tuple[Expr, ...], ...]

    def columns(self) -> Columns:
        found: list[DType] = [Nothing() for _ in self.names]
        for place, row in enumerate(self.rows):
            for at, (name, value) in enumerate(zip(self.names, row, strict=True)):
                found[at] = either(found[at], value.dtype, name) if place else value.dtype
        return tuple(zip(self.names, found, strict=True))

    @property
    def most_rows(self) -> int:
        return max(len(self.rows), 1)


@dataclass(frozen=True, slots=True)
class Facets(Step):
    """One row with several tables of the same rows, each as a list of documents: $facet.

    Attributes:
        tables: (column name, plan).
    """

    kind = "facet"
    tables: tuple[tuple[str, Plan], ...]

    def columns(self) -> Columns:
        return tuple((name, List(document(plan))) for name, plan in self.tables)

    @property
    def most_rows(self) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Matched(Step):
    """Each row with the documents of another table whose key is the same: $lookup by fields.

    Attributes:
        other: the other table.
        keys: this table's key and the other's; a list stands for each of its items.
        name: the column of the documents, a new one.
    """

    kind = "lookup"
    source: Plan
    other: Plan
    keys: tuple[Expr, Expr]
    name: str

    def columns(self) -> Columns:
        return (*own(self.source), (self.name, List(document(self.other))))


@dataclass(frozen=True, slots=True)
class Correlated(Step):
    """Each row with the documents of a table that is asked for this row: $lookup by a pipeline.

    Attributes:
        variables: (name, value in this table's row), which the other plan's expressions may use.
        other: the other table.
        name: the column of the documents, a new one.
    """

    kind = "correlate"
    source: Plan
    variables: tuple[tuple[str, Expr], ...]
    other: Plan
    name: str

    def columns(self) -> Columns:
        return (*own(self.source), (self.name, List(document(self.other))))


@dataclass(frozen=True, slots=True)
class Windowed(Step):
    """Each row with values gathered from the rows around it: $setWindowFields.

    Attributes:
        partition: what the rows around a row have in common; None for all rows.
        by: (expression, descending): the order of the rows.
        values: (column name, what is gathered, from which rows).
    """

    kind = "window"
    source: Plan
    partition: Expr | None
    by: By
    values: tuple[tuple[str, Gather, Frame], ...]

    def columns(self) -> Columns:
        return (*own(self.source), *((name, gather.dtype) for name, gather, _ in self.values))


@dataclass(frozen=True, slots=True)
class Bucketed(Step):
    """Each row with the number of its bucket, of so many of about one size: $bucketAuto.

    Attributes:
        key: what the rows are sorted into buckets by; equal values share one.
        buckets: at most so many.
        name: the column of the number, a new one.
        series: the preferred numbers at which buckets end, such as "R5"; None for none.
    """

    kind = "buckets"
    source: Plan
    key: Expr
    buckets: int
    name: str
    series: str | None = None

    def columns(self) -> Columns:
        return (*own(self.source), (self.name, Number(integer=True)))


@dataclass(frozen=True, slots=True)
class Densified(Step):
    """The rows, and new ones where a column's values leave gaps: $densify.

    Attributes:
        name: the column of numbers or timestamps.
        partition: the columns whose values the rows of one series have in common.
        step: how far the values are apart.
        unit: of what, for timestamps, such as "day".
        bounds: from where to where, the end not included; None for all values there are, or with
            `each` for those of the same series.
        each: see `bounds`.
    """

    kind = "densify"
    source: Plan
    name: str
    partition: tuple[str, ...]
    step: float
    unit: str | None
    bounds: tuple[Expr, Expr] | None
    each: bool

    def columns(self) -> Columns:
        kept = (self.name, *self.partition)
        columns = own(self.source)
        wide = isinstance(required(dict(columns)[self.name]), Number) and (
            self.step % 1 or any(_is_float(bound.dtype) for bound in self.bounds or ())
        )
        return tuple(
            (known, self._float(dtype) if wide and known == self.name else dtype)
            if known in kept
            else (known, optional(dtype))
            for known, dtype in columns
        )

    @staticmethod
    def _float(dtype: DType) -> DType:
        number = Number(integer=False)
        return optional(number) if isinstance(dtype, Optional) else number

    @property
    def most_rows(self) -> int:
        return most_rows(self.source) * (MOST_FILLED + 1)


def _is_float(dtype: DType) -> bool:
    inner = required(dtype)
    return isinstance(inner, Number) and not inner.integer


def step_from_json(document: dict[str, Any]) -> Plan:
    """The step that `Step.to_json` wrote.

    Raises:
        Invalid: the document is no plan.
    """
    known = steps().get(document.get("plan", ""))
    names = {f.name for f in fields(known) if f.init} if known else set()
    if known is None or names != document.keys() - {"plan"}:
        raise Invalid(f"not a plan: {str(document)[:200]}")
    return known(**{name: read(document[name]) for name in names})


def steps() -> dict[str, type[Step]]:
    """Every kind of step by its name."""
    known = (
        *(Project, Added, Slice, Sampled, Folded, Unwound, Stacked),
        *(Documents, Facets, Matched, Correlated, Windowed, Bucketed, Densified),
    )
    return {step.kind: step for step in known}
