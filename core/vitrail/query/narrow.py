"""Which rows of an index can lie on a page of them sorted, known before any is sorted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from math import isfinite

from sqlglot import exp

from vitrail.dtypes import Number, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Column
from vitrail.query.far import FAR
from vitrail.query.index.codes import FIRST, Codes
from vitrail.query.indexed import Indexed
from vitrail.query.relation import Relation
from vitrail.query.tree import call, column, named

# Among so many rows of a few codes a page is looked for by finer codes, of so many kinds.
_MANY, _FINER = 4_000_000, 1_024


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The rows among which a page lies.

    Attributes:
        condition: what is true of them.
        offset: how many of them come before the page.
        parts: (name, SELECT) of what both refer to.
        alike: whether all of them are equal by every key, so that they are in order as they lie.
    """

    condition: Tree
    offset: Tree | None
    parts: tuple[tuple[str, exp.Select], ...] = ()
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """The codes of the rows among which a page lies.

    Attributes:
        low, high: the least and the greatest.
        rows: how many rows have them.
        before: how many of these come before the page.
    """

    low: int
    high: int
    rows: int
    before: int

    def holds(self, code: Tree) -> Tree:
        """Whether a code is one of them."""
        return b.both(
            exp.GTE(this=code, expression=b.number(self.low)),
            exp.LTE(this=code.copy(), expression=b.number(self.high)),
        )


def narrowed(rows: Relation, start: int, stop: int | None) -> Narrowed | None:
    """Where a page of sorted rows lies, by the code of the weightiest key; None where that is unknown."""
    if not isinstance(rows, Indexed) or not rows.by or stop is None or stop <= start:
        return None
    key, descending = rows.by[0]
    if not isinstance(key, Column) or key.side:
        return None
    facts = rows.index.about.of(key.name)
    by_word = facts.words and facts.nulls == 0
    counts = facts.tally or (facts.shares if by_word else ())
    if counts and not rows.conditions and not rows.index.sampled:
        span = _span(counts, start, stop, descending=descending)
        code = rows.code(key.name) if facts.tally else rows.word(key.name)
        if span is None:
            return None
        return _among(rows, key, code, span, stop - start, descending=descending)
    stored = rows.code(key.name) if facts.tally else rows.raw(key) if by_word else None
    if stored is None or start < FAR:
        return None
    return _to_be_counted(rows, stored, start, stop, descending=descending)


def _span(counts: tuple[int, ...], start: int, stop: int, *, descending: bool) -> Span | None:
    """By the counts of each code, which were made when the index was built."""
    order = range(len(counts) - 1, -1, -1) if descending else range(len(counts))
    ends = list(accumulate(counts[place] for place in order))
    meant = [k for k, end in enumerate(ends) if end > start and end - counts[order[k]] < stop]
    if not meant:
        return None
    low, high = sorted((order[meant[0]], order[meant[-1]]))
    first = ends[meant[0]] - counts[order[meant[0]]]
    return Span(low, high, ends[meant[-1]] - first, start - first)


def _among(
    rows: Indexed, key: Column, code: Tree, span: Span, wanted: int, *, descending: bool
) -> Narrowed:
    """A page among the rows of a few codes."""
    codes = rows.index.about.of(key.name).codes
    finer = (
        _finer(rows, key, codes, span) if codes and span.rows > _MANY and span.before >= FAR else None
    )
    inside = span.holds(code)
    if finer is not None:
        end = span.before + wanted
        return _to_be_counted(rows, finer, span.before, end, inside, descending=descending)
    offset = rows.statement.bind(span.before) if span.before else None
    alike = codes is None and span.low == span.high and len(rows.by) == 1
    return Narrowed(inside, offset, alike=alike)


def _finer(rows: Indexed, key: Column, codes: Codes, span: Span) -> Tree | None:
    """A number that rises with the values of a few codes, in many steps; None where there is none."""
    floors = codes.floors
    if not isinstance(required(key.dtype), Number) or span.low < FIRST or span.high >= codes.highest:
        return None
    low = float(floors[span.low - FIRST])
    above = span.high + 1 - FIRST
    high = float(floors[above] if above < len(floors) else codes.domain.high)
    steps = _FINER / (high - low) if high > low else 0.0
    if not (isfinite(steps) and steps > 0):
        return None
    bind = rows.statement.bind
    beyond = b.infix(exp.Sub, b.cast(rows.value(key.name), "DOUBLE"), bind(low))
    return call("floor", b.infix(exp.Mul, beyond, bind(steps)))


def _to_be_counted(
    rows: Indexed, key: Tree, start: int, stop: int, among: Tree | None = None, *, descending: bool
) -> Narrowed:
    """By counting the kept rows first; of these `among` alone, if given, which the places are counted by."""
    bind = rows.statement.bind
    name, counts = rows.statement.alias(), rows.statement.alias()
    counted = rows.select().select(named(key.copy(), "k"), named(call("count", exp.Star()), "n"))
    counted = counted.where(among) if among is not None else counted
    counted = counted.group_by(b.number(1))
    order = exp.Order(expressions=[exp.Ordered(this=column(counts, "k"), desc=descending)])
    upto = exp.Window(this=call("sum", column(counts, "n")), order=order)
    ends = exp.select(column(counts, "k"), column(counts, "n"), named(upto, "upto"))
    ends = ends.from_(counted.subquery(counts))

    def of_page(value: Tree) -> Tree:
        before = exp.Sub(this=column(name, "upto"), expression=column(name, "n"))
        meant = b.both(
            exp.GT(this=column(name, "upto"), expression=bind(start)),
            exp.LT(this=before, expression=bind(stop)),
        )
        return exp.select(value).from_(name).where(meant).subquery()

    least, most = (of_page(call(end, column(name, "k"))) for end in ("min", "max"))
    inside = b.both(
        exp.GTE(this=key.copy(), expression=least), exp.LTE(this=key.copy(), expression=most)
    )
    inside = inside if among is None else b.both(among.copy(), inside)
    before = call("min", exp.Sub(this=column(name, "upto"), expression=column(name, "n")))
    left = exp.Sub(this=bind(start), expression=b.coalesce(of_page(before), bind(start)))
    return Narrowed(inside, b.cast(left, "BIGINT"), ((name, ends),))
