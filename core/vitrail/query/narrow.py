"""Which rows of an index can lie on a page of them sorted, known before any is sorted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from sqlglot import exp

from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.expr import Column
from vitrail.query.indexed import Indexed
from vitrail.query.relation import Relation
from vitrail.query.tree import call, column, named

# The first pages are found by keeping the best rows seen so far, which costs one pass; so does this.
_FAR = 1_000


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


def narrowed(rows: Relation, start: int, stop: int | None) -> Narrowed | None:
    """Where a page of sorted rows lies, by the code of the weightiest key; None where that is unknown."""
    if (
        not isinstance(rows, Indexed)
        or rows.index.sampled
        or not rows.by
        or stop is None
        or stop <= start
    ):
        return None
    key, descending = rows.by[0]
    if not isinstance(key, Column) or key.side:
        return None
    facts = rows.index.about.of(key.name)
    if facts.tally and not rows.conditions:
        return _counted(rows, rows.code(key.name), facts.tally, start, stop, descending=descending)
    if facts.words and facts.nulls == 0 and not rows.conditions:
        word, one = rows.word(key.name), len(rows.by) == 1
        return _counted(rows, word, facts.shares, start, stop, descending=descending, alike=one)
    by_word = facts.words and facts.nulls == 0
    stored = rows.code(key.name) if facts.tally else rows.raw(key) if by_word else None
    if stored is None or start < _FAR:
        return None
    return _to_be_counted(rows, stored, start, stop, descending=descending)


def _counted(
    rows: Indexed,
    code: Tree,
    tally: tuple[int, ...],
    start: int,
    stop: int,
    *,
    descending: bool,
    alike: bool = False,
) -> Narrowed | None:
    """By the counts that were made when the index was built.

    `alike` tells that rows of one code are equal by every key.
    """
    order = range(len(tally) - 1, -1, -1) if descending else range(len(tally))
    ends = list(accumulate(tally[place] for place in order))
    meant = [k for k, end in enumerate(ends) if end > start and end - tally[order[k]] < stop]
    if not meant:
        return None
    low, high = sorted((order[meant[0]], order[meant[-1]]))
    inside = b.both(
        exp.GTE(this=code, expression=b.number(low)),
        exp.LTE(this=code.copy(), expression=b.number(high)),
    )
    before = start - (ends[meant[0]] - tally[order[meant[0]]])
    offset = rows.statement.bind(before) if before else None
    return Narrowed(inside, offset, alike=alike and low == high)


def _to_be_counted(rows: Indexed, key: Tree, start: int, stop: int, *, descending: bool) -> Narrowed:
    """By counting the kept rows first."""
    bind = rows.statement.bind
    name, counts = rows.statement.alias(), rows.statement.alias()
    counted = rows.select().select(named(key.copy(), "k"), named(call("count", exp.Star()), "n"))
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
    before = call("min", exp.Sub(this=column(name, "upto"), expression=column(name, "n")))
    left = exp.Sub(this=bind(start), expression=b.coalesce(of_page(before), bind(start)))
    return Narrowed(inside, b.cast(left, "BIGINT"), ((name, ends),))
