"""In which bin or category a value is counted, as SQL."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from vitrail.domain import CategoryDomain, NumberDomain
from vitrail.dtypes import Boolean as BooleanType
from vitrail.dtypes import DType, Number, Text, Timestamp, required
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.question import Ask
from vitrail.query.tree import call

Bind = Callable[[object], Tree]
MISSING, OTHER = -1, -2


def bin_floors(domain: NumberDomain, n: int) -> list[float]:
    """The least value of each bin, as `NumberDomain.edges` draws them."""
    if domain.integer:
        low, high = int(domain.low), int(domain.high)
        return list(range(low, high + 1, -(-(high - low + 1) // n)))
    return [domain.low, *domain.edges(n)[1:-1]]


def measured(value: Tree, dtype: DType) -> Tree:
    """A number as it is; a timestamp as seconds since 1970-01-01 UTC.

    Raises:
        Invalid: the type cannot be measured.
    """
    match required(dtype):
        case Number():
            return value
        case Timestamp(form=form):
            moment = exp.cast(value, "TIMESTAMP") if form == "date" else value
            return exp.Div(
                this=exp.cast(call("epoch_us", moment), "DOUBLE"), expression=exp.Literal.number("1e6")
            )
        case other:
            raise Invalid(f"numbers or timestamps are wanted, not {other}")


def is_finite(measure: Tree, dtype: DType) -> Tree:
    """Whether a measured value is there, and neither NaN nor infinite."""
    match required(dtype):
        case Number(integer=True):
            return b.not_null(measure)
        case _:
            return call("coalesce", call("isfinite", measure), b.FALSE())


def bin_of(value: Tree, dtype: DType, ask: Ask, n: int, bind: Bind) -> Tree:
    """The number of the bin that a value falls into, or `MISSING`."""
    if ask.domain is None:
        measured(value, dtype)
        return b.number(MISSING)
    if not isinstance(ask.domain, NumberDomain):
        raise Invalid(f"bins are asked of numbers and timestamps, not of {required(dtype)}")
    edges = ask.domain.edges(n)
    bins = len(edges) - 1
    measure = measured(value, dtype)
    if bins == 1:
        code = b.number(0)
    elif ask.domain.integer:
        width = bind(max(1, round(edges[1] - edges[0])))
        code = exp.IntDiv(this=_above(measure, bind(int(ask.domain.low))), expression=width)
    else:
        code = float_bin(measure, ask.domain, bins, bind)
    inside = b.both(
        is_finite(measure.copy(), dtype),
        exp.GTE(this=measure.copy(), expression=bind(ask.domain.low)),
        exp.LTE(this=measure.copy(), expression=bind(ask.domain.high)),
    )
    found = exp.TryCast(this=code, to=exp.DataType.build("INTEGER"))
    return call("coalesce", b.case((inside, found)), MISSING)


def _above(value: Tree, low: Tree) -> Tree:
    wide = exp.cast(value.copy(), "HUGEINT")
    return exp.Paren(this=exp.Sub(this=wide, expression=low))


def float_bin(measure: Tree, domain: NumberDomain, bins: int, bind: Bind) -> Tree:
    """The bin by division, moved by one where rounding put the value beyond the bin's own edge."""
    quarter = domain.quarter
    near = quarter or domain

    def scaled(kind: type[Tree], value: Tree) -> Tree:
        return kind(this=value, expression=b.number(4)) if quarter else value

    low, width = bind(float(near.low)), bind((near.high - near.low) / bins)
    above = exp.Sub(this=scaled(exp.Div, measure.copy()), expression=low)
    share = exp.Div(this=exp.Paren(this=above), expression=width)
    guess = call("least", call("floor", share), b.number(bins - 1))

    def edge(place: Tree) -> Tree:
        further = exp.Mul(this=width.copy(), expression=place)
        return scaled(exp.Mul, exp.Paren(this=exp.Add(this=low.copy(), expression=further)))

    after = exp.Paren(this=exp.Add(this=guess.copy(), expression=b.number(1)))
    return b.case(
        (
            exp.LT(this=measure.copy(), expression=edge(guess.copy())),
            exp.Sub(this=guess.copy(), expression=b.number(1)),
        ),
        (
            b.both(
                exp.LT(this=guess.copy(), expression=b.number(bins - 1)),
                exp.GTE(this=measure.copy(), expression=edge(after)),
            ),
            after.copy(),
        ),
        default=guess,
    )


def category_of(value: Tree, dtype: DType, ask: Ask, top: int, bind: Bind) -> Tree:
    """The place of a value among the domain's most frequent ones, or `MISSING` or `OTHER`."""
    if not isinstance(required(dtype), Text | BooleanType | Number):
        raise Invalid(f"counts are asked of text, booleans and numbers, not of {required(dtype)}")
    return _place(value, categories(ask, top), bind)


def categories(ask: Ask, top: int) -> tuple[object, ...]:
    """The categories that are told apart."""
    return ask.domain.values[:top] if isinstance(ask.domain, CategoryDomain) else ()


def other_categories(ask: Ask, top: int) -> tuple[object, ...]:
    """Of a confusion, the other column's categories that are told apart."""
    return ask.other.values[:top] if ask.other else ()


def _place(value: Tree, values: tuple[object, ...], bind: Bind) -> Tree:
    missing = (b.is_null(value.copy()), b.number(MISSING))
    if not values:
        return b.case(missing, default=b.number(OTHER))
    places = call("map", bind(list(values)), bind(list(range(len(values)))))
    place = exp.Bracket(this=places, expressions=[value.copy()])
    return b.case(missing, default=call("coalesce", place, b.number(OTHER)))


def pair_of(value: Tree, other: Tree, ask: Ask, top: int, bind: Bind) -> Tree:
    """The place of a pair of values in a confusion, row by row, or `OTHER`."""
    across = other_categories(ask, top)
    mine = _place(value, categories(ask, top), bind)
    theirs = _place(other, across, bind)
    there = b.both(
        exp.GTE(this=mine, expression=b.number(0)), exp.GTE(this=theirs, expression=b.number(0))
    )
    row = exp.Mul(this=mine.copy(), expression=b.number(max(len(across), 1)))
    return b.case((there, exp.Add(this=row, expression=theirs.copy())), default=b.number(OTHER))
