"""What a reduction asks of a cell, as SQL; `answers` reads the results.

A cell is worked out either from one value that is there (`of_value`: a list, or a plain value) or
from many rows that are folded into one list (`of_rows`). Counts come back as a map from the number of
a bin or a category to how often it occurs, with numbers below 0 for what is in none; a few bins of many
rows come back as a list of counts from each edge upwards.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from sqlglot import exp

from vitrail.domain import NumberDomain
from vitrail.dtypes import DType, List, Number, required
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.binning import Bind, bin_floors, bin_of, category_of, is_finite, measured, pair_of
from vitrail.query.build import Tree
from vitrail.query.question import Ask
from vitrail.query.reduction import Bins, Confusion, Counts, Sample, Stats, Values
from vitrail.query.tree import call, each, only, where_there

_QUARTERS = (0.25, 0.5, 0.75)
_FEW_BINS = 40
_LEAST_WHOLE = -(2**63)
_MOST_ITEMS = 1_000_000 - 1  # the engine's own bound for the items of `arg_min`


def of_value(value: Tree, dtype: DType, ask: Ask, bind: Bind) -> Tree:
    """A reduction of a value that is there.

    Raises:
        Invalid: the reduction does not fit the type.
    """
    plain = required(dtype)
    reduction = ask.reduction
    if not isinstance(plain, List):
        if isinstance(reduction, Values | Sample):
            return value
        raise Invalid(f"{reduction.kind} are asked of a List, not of {plain}")
    item = plain.item
    length = call("len", value.copy())
    match reduction:
        case Values(limit):
            values = value if limit is None else call("list_slice", value.copy(), 1, max(limit, 0))
            result = b.struct({"n": length, "v": values})
        case Sample(n):
            result = b.struct({"n": length, "v": _spread(value, length, n)})
        case Bins(n):
            codes = each(value.copy(), "e", lambda e: bin_of(e, item, ask, n, bind))
            result = _counted(call("list_aggregate", codes, "histogram"))
        case Counts(top):
            codes = each(value.copy(), "e", lambda e: category_of(e, item, ask, top, bind))
            result = _counted(call("list_aggregate", codes, "histogram"))
        case Stats():
            result = _stats_of_list(value, item)
        case _:
            raise Invalid(f"{reduction.kind} are asked of a column, not of one list")
    return where_there(value.copy(), result)


def _counted(counts: Tree) -> Tree:
    """Counts that are an empty map where there was nothing to count."""
    return call("coalesce", counts, call("map"))


def _spread(value: Tree, length: Tree, n: int) -> Tree:
    taken = call("least", b.number(max(n, 0)), length.copy())

    def pick(i: Tree) -> Tree:
        place = exp.IntDiv(this=exp.Mul(this=i, expression=length.copy()), expression=taken.copy())
        return call("list_extract", value.copy(), exp.Add(this=place, expression=b.number(1)))

    return each(call("range", taken.copy()), "i", pick)


def _stats_of_list(value: Tree, item: DType) -> Tree:
    there = only(value.copy(), "e", b.not_null)
    finite = only(
        each(there.copy(), "e", lambda e: measured(e, item)), "e", lambda e: is_finite(e, item)
    )
    count = call("len", there)
    return b.struct(
        {
            "count": count,
            "missing": exp.Sub(this=call("len", value.copy()), expression=count.copy()),
            "low": call("list_min", finite),
            "high": call("list_max", finite.copy()),
            "mean": call("list_aggregate", finite.copy(), "avg"),
            "quartiles": call("list_aggregate", finite.copy(), "quantile_cont", _quarters()),
        }
    )


def _quarters() -> Tree:
    return exp.Array(expressions=[exp.Literal.number(q) for q in _QUARTERS])


@dataclass(frozen=True)
class Fold:
    """Rows that are folded into one list.

    Attributes:
        position: each row's number, which gives the list's order.
        order: the terms of the list's order, where it is not that of `position`.
        condition: which of the rows are meant; None for all.
        grouped: whether there are many such lists, one for each group.
    """

    position: Tree
    order: list[Tree] = field(default_factory=list)
    condition: Tree | None = None
    grouped: bool = False

    def over(self, aggregate: Tree) -> Tree:
        """An aggregate over the rows that are meant."""
        if self.condition is None:
            return aggregate
        return exp.Filter(this=aggregate, expression=exp.Where(this=self.condition.copy()))

    @property
    def total(self) -> Tree:
        """How many rows are meant."""
        return self.over(call("count", exp.Star()))


def of_rows(
    value: Tree,
    dtype: DType,
    ask: Ask,
    bind: Bind,
    fold: Fold,
    *,
    other: Tree | None = None,
) -> Tree:
    """A reduction of the list of a column's values over many rows.

    Args:
        value: the column's value in a row.
        dtype: its type.
        ask: what is wanted.
        bind: makes a parameter of a value.
        fold: which rows, in which order.
        other: of a confusion, the other column's value.

    Raises:
        Invalid: the reduction does not fit the type.
    """
    reduction = ask.reduction
    match reduction:
        case Values(limit):
            return b.struct({"n": fold.total, "v": _first(value, limit, fold)})
        case Sample(n):
            return b.struct(
                {
                    "n": fold.total,
                    "s": _sample(b.struct({"p": fold.position.copy(), "v": value}), n, fold),
                }
            )
        case Bins(n):
            if fold.grouped and isinstance(ask.domain, NumberDomain) and _can_look_up(ask.domain, dtype):
                return _bins_of_groups(measured(value, dtype), ask.domain, n, bind, fold)
            if isinstance(ask.domain, NumberDomain) and n <= _FEW_BINS:
                return _bins_of_rows(measured(value, dtype), ask.domain, n, bind, fold)
            return _counted(fold.over(call("histogram", bin_of(value, dtype, ask, n, bind))))
        case Counts(top):
            return _counted(fold.over(call("histogram", category_of(value, dtype, ask, top, bind))))
        case Stats():
            return _stats_of_rows(value, dtype, fold)
        case Confusion() if other is not None:
            return _counted(
                fold.over(call("histogram", pair_of(value, other, ask, reduction.top, bind)))
            )
        case _:
            raise Invalid(f"{reduction.kind} are asked of a whole table")


def _bins_of_rows(measure: Tree, domain: NumberDomain, n: int, bind: Bind, fold: Fold) -> Tree:
    """The histogram of a measure that is null in rows which are not meant, by comparing with each edge.

    Counting the values from each edge upwards costs less than working out every value's bin, and is
    exact. The answer is a list: all rows, the values from each edge upwards, and those beyond the last,
    among which are infinity and NaN.
    """
    edges = [(exp.GTE, floor) for floor in bin_floors(domain, n)] + [(exp.GT, domain.high)]
    above = [call("count_if", over(this=measure.copy(), expression=bind(edge))) for over, edge in edges]
    return b.array(fold.total, *above)


def _bins_of_groups(measure: Tree, domain: NumberDomain, n: int, bind: Bind, fold: Fold) -> Tree:
    """The histogram of each group, by looking up each value among the greatest values of the bins.

    The answer is how many rows there are, and the counts of what lies below all bins, in each, and
    beyond them; NaN is beyond.
    """
    floors = bin_floors(domain, n)
    before = [x - 1 if domain.integer else math.nextafter(x, -math.inf) for x in floors]
    greatest = bind([*before, int(domain.high) if domain.integer else domain.high])
    counts = call("map_values", fold.over(call("histogram", measure, greatest)))
    return b.struct({"n": fold.total, "c": counts})


def _can_look_up(domain: NumberDomain, dtype: DType) -> bool:
    """Whether the value before each bin is one that the column's values can be compared with."""
    if domain.integer:
        return _whole(dtype) and int(domain.low) > _LEAST_WHOLE
    return not _whole(dtype) and domain.quarter is None


def _whole(dtype: DType) -> bool:
    plain = required(dtype)
    return isinstance(plain, Number) and bool(plain.integer)


def _first(value: Tree, limit: int | None, fold: Fold) -> Tree:
    terms = fold.order or [exp.Ordered(this=fold.position.copy())]
    if limit is None or limit > _MOST_ITEMS or fold.order:
        ordered = exp.Order(this=value, expressions=[term.copy() for term in terms])
        values = fold.over(call("array_agg", ordered))
        return values if limit is None else call("list_slice", values, 1, max(limit, 0))
    if limit <= 0:
        return exp.Array(expressions=[])
    kept = call("arg_min", b.struct({"v": value}), fold.position.copy(), limit)
    return each(fold.over(kept), "e", lambda e: call("struct_extract", e, "v"))


def _sample(value: Tree, n: int, fold: Fold) -> Tree:
    if not 0 < n <= _MOST_ITEMS:
        raise Invalid(f"a sample holds 1 to {_MOST_ITEMS:,} items, not {n:,}")
    return fold.over(call("arg_min", value, call("hash", fold.position.copy()), n))


def _stats_of_rows(value: Tree, dtype: DType, fold: Fold) -> Tree:
    measure = measured(value, dtype)
    finite = b.case((is_finite(measure.copy(), dtype), measure))
    count = fold.over(call("count", value.copy()))
    return b.struct(
        {
            "count": count,
            "missing": exp.Sub(this=fold.total, expression=count.copy()),
            "low": fold.over(call("min", finite)),
            "high": fold.over(call("max", finite.copy())),
            "mean": fold.over(call("avg", finite.copy())),
            "quartiles": fold.over(call("quantile_cont", finite.copy(), _quarters())),
        }
    )


def points(x: Tree, y: Tree, row: Tree, n: int) -> Tree:
    """Some rows as points, and how many there are."""
    both = b.both(call("isfinite", x.copy()), call("isfinite", y.copy()))
    fold = Fold(row, condition=both)
    taken = _sample(b.struct({"p": row.copy(), "x": x, "y": y}), n, fold)
    return b.struct({"n": fold.total, "s": taken})
