"""Histograms counted on an index's codes instead of its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlglot import exp

from vitrail.domain import NumberDomain
from vitrail.dtypes import Boolean, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.cells import Fold, bin_floors, of_value
from vitrail.query.expr import Column
from vitrail.query.grouped import Grouped
from vitrail.query.index.about import Facts
from vitrail.query.index.codes import FIRST
from vitrail.query.indexed import Indexed
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import BinCounts, Bins, CategoryCounts, Counts
from vitrail.query.relation import Relation
from vitrail.query.tree import call, column, named

_MOST_BINS = 40


def steps(facts: Facts, ask: Ask) -> tuple[int, ...] | None:
    """The least code of each bin of a histogram, and the least beyond the last.

    None where the column has no codes, or a bin begins within what has one code.
    """
    codes = facts.codes
    if codes is None or not isinstance(ask.reduction, Bins) or not isinstance(ask.domain, NumberDomain):
        return None
    known = {floor: FIRST + place for place, floor in enumerate(codes.floors)}
    wanted = bin_floors(ask.domain, ask.reduction.n)
    if len(wanted) > _MOST_BINS or ask.domain.high != codes.domain.high:
        return None
    found = [known.get(floor) for floor in wanted]
    least = [code for code in found if code is not None]
    return (*least, codes.highest) if len(least) == len(found) else None


def bins(rows: Relation, name: str, ask: Ask, fold: Fold) -> Tree | None:
    """A histogram over many rows, as `cells.of_rows` gives it; None where the codes do not tell it."""
    if not isinstance(rows, Indexed):
        return None
    least = steps(rows.index.about.of(name), ask)
    if least is None:
        return None
    code = rows.code(name)
    above = [call("count_if", exp.GTE(this=code.copy(), expression=b.number(one))) for one in least]
    return b.array(fold.total, *above)


def known_bins(facts: Facts, ask: Ask) -> BinCounts | None:
    """The histogram of a whole column, which was counted when the index was built."""
    least = steps(facts, ask)
    if least is None or not isinstance(ask.domain, NumberDomain) or not isinstance(ask.reduction, Bins):
        return None
    counts = tuple(sum(facts.tally[here:beyond]) for here, beyond in pairwise(least))
    return BinCounts(ask.domain.edges(ask.reduction.n), counts, sum(facts.tally) - sum(counts))


def known_counts(facts: Facts, ask: Ask, rows: int) -> CategoryCounts | None:
    """How often the values of a whole column occur, counted when the index was built."""
    known, reduction = facts.categories, ask.reduction
    if not isinstance(reduction, Counts) or known is None or ask.domain != known or facts.nulls is None:
        return None
    counts = facts.counts[: reduction.top]
    other = rows - facts.nulls - sum(counts)
    return CategoryCounts(known.values[: reduction.top], counts, other, facts.nulls)


def window(question: Question, rows: Grouped, page: exp.Select) -> exp.Select | None:
    """A window of groups of which nothing but histograms is asked.

    Each histogram is counted by (keys, code) over all rows, which takes few enough places for the engine
    to count in an array; None where the keys or a histogram do not allow that.
    """
    source, plan = rows.source, rows.plan
    if not isinstance(source, Indexed) or not all(_few(source, expr) for _, expr in plan.keys):
        return None
    found: list[tuple[str, Ask, tuple[int, ...] | None]] = []
    for name, ask in question.asks.items():
        least = None
        if name != plan.count_name and rows.key_place(name) is None:
            least = steps(source.index.about.of(name), ask)
            if least is None:
                return None
        found.append((name, ask, least))
    if not any(least for *_, least in found):
        return None
    select, answers = exp.Select().from_(exp.Table(this=exp.to_identifier("page"))), []
    for place, (name, ask, least) in enumerate(found):
        key = rows.key_place(name)
        if key is not None:
            value = column("page", f"i{key}")
            cell = of_value(value, plan.column(name), ask, rows.statement.bind)
        elif least is None:
            cell = column("page", "n")
        else:
            counted = f"h{place}"
            on = [
                b.same(column("page", rows.joined(k)), column(counted, f"k{k}"))
                for k in range(len(plan.keys))
            ]
            histograms = _histograms(rows, source.code(name), least)
            counts = histograms.subquery(counted, copy=False)
            select.append("joins", exp.Join(this=counts, side="LEFT", on=b.both(*on)))
            cell = column(counted, "v")
        answers.append(named(cell, f"a{place}"))
    select = select.select(*answers, copy=False).order_by(column("page", "i"), copy=False)
    return select.with_(
        exp.TableAlias(this=exp.to_identifier("page")), as_=page, materialized=True, copy=False
    )


def _few(source: Indexed, expr: object) -> bool:
    """Whether a key has so few values that an array has a place for each."""
    if not isinstance(expr, Column) or expr.side:
        return False
    return source.raw(expr) is not None or isinstance(required(expr.dtype), Boolean)


def _histograms(rows: Grouped, code: Tree, least: Sequence[int]) -> exp.Select:
    """For each group, `k0`, `k1`, … and as `v` a list: all rows, then those from each code upwards."""
    inner, counts = rows.statement.alias(), rows.statement.alias()
    keys = [f"k{place}" for place in range(len(rows.plan.keys))]
    places = [b.number(place + 1) for place in range(len(keys) + 1)]
    every = rows.source.select().select(
        *(named(tree.copy(), key) for tree, key in zip(rows.stored_keys, keys, strict=True)),
        named(code.copy(), "b"),
        named(call("count", exp.Star()), "n"),
        copy=False,
    )
    every = every.group_by(*places, copy=False)
    # first into the bins, since what follows is done for each of them
    branches = [
        (exp.GTE(this=column(inner, "b"), expression=b.number(one)), b.number(place + 1))
        for place, one in reversed(list(enumerate(least)))
    ]
    binned = exp.select(
        *(named(column(inner, key), key) for key in keys),
        named(b.case(*branches, default=b.number(0)), "b"),
        named(call("sum", column(inner, "n")), "n"),
    )
    binned = binned.from_(every.subquery(inner, copy=False), copy=False)
    binned = binned.group_by(*(one.copy() for one in places), copy=False)

    def above(place: int) -> Tree:
        total = call("sum", column(counts, "n"))
        if place == 0:
            return total
        beyond = exp.GTE(this=column(counts, "b"), expression=b.number(place))
        return exp.Filter(this=total, expression=exp.Where(this=beyond))

    values = b.array(*(above(place) for place in range(len(least) + 1)))
    grouped = exp.select(*(named(column(counts, key), key) for key in keys), named(values, "v"))
    grouped = grouped.from_(binned.subquery(counts, copy=False), copy=False)
    return grouped.group_by(*(one.copy() for one in places[:-1]), copy=False)
