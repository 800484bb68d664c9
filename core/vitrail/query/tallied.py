"""Histograms counted on an index's codes instead of its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from vitrail.domain import NumberDomain
from vitrail.dtypes import Boolean, required
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.cells import Fold, bin_floors, category_of, of_value
from vitrail.query.expr import Column
from vitrail.query.grouped import Grouped, kept
from vitrail.query.index.about import Facts
from vitrail.query.index.codes import FIRST
from vitrail.query.indexed import Indexed
from vitrail.query.plan import Group
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


def known_groups(plan: Group, facts: Facts) -> int | None:
    """How many groups there are by one column of few words, counted when the index was built."""
    if len(plan.keys) != 1 or not facts.words or facts.nulls is None:
        return None
    return sum(map(bool, facts.shares)) + bool(facts.nulls)


def near(rows: Grouped, start: int, stop: int | None) -> Tree | None:
    """What is true of the rows in the groups [start, stop) alone; None where that is unknown."""
    source = rows.source
    if not isinstance(source, Indexed) or source.index.sampled or len(rows.plan.keys) != 1:
        return None
    ((_, expr),) = rows.plan.keys
    if source.conditions or rows.conditions or rows.keys or not isinstance(expr, Column) or expr.side:
        return None
    facts = source.index.about.of(expr.name)
    meant = [word for word, n in enumerate(facts.shares) if n][start:stop]
    if facts.nulls != 0 or not meant:
        return None
    word = source.word(expr.name)
    return b.both(
        exp.GTE(this=word, expression=b.number(meant[0])),
        exp.LTE(this=word.copy(), expression=b.number(meant[-1])),
    )


@dataclass(frozen=True, slots=True)
class Folded:
    """Answers over many rows, counted by what the columns are stored as.

    Attributes:
        cells: column -> its answer, as `cells.of_rows` gives it.
        parts: (name, SELECT) of what they refer to.
    """

    cells: Mapping[str, Tree]
    parts: tuple[tuple[str, exp.Select], ...] = ()


def folded(rows: Relation, asks: Mapping[str, Ask]) -> Folded:
    """Those of the answers that can be counted by what is stored."""
    if not isinstance(rows, Indexed):
        return Folded({})
    found: dict[str, Tree] = {}
    coded: list[tuple[str, tuple[int, ...]]] = []
    for name, ask in asks.items():
        facts = rows.index.about.of(name)
        least = steps(facts, ask)
        if least is not None:
            coded.append((name, least))
        elif facts.words and isinstance(ask.reduction, Counts):
            found[name] = _of_words(rows, name, ask, ask.reduction.top)
    parts = []
    for place in range(0, len(coded), 2):  # of two codes every pair still has its place in an array
        pair, part = coded[place : place + 2], f"h{place}"
        parts.append((part, _tally(rows, *(rows.code(name) for name, _ in pair))))
        for k, (name, least) in enumerate(pair):
            found[name] = _of_codes(part, f"b{k}", least)
    return Folded(found, tuple(parts))


def _tally(rows: Indexed, *values: Tree) -> exp.Select:
    """How often the stored values occur together, as `b0`, `b1`, … and `n`."""
    listed = [named(value, f"b{k}") for k, value in enumerate(values)]
    counts = rows.select().select(*listed, named(call("count", exp.Star()), "n"), copy=False)
    return counts.group_by(*(b.number(k + 1) for k in range(len(values))), copy=False)


def _total(table: str, condition: Tree | None = None) -> Tree:
    return b.cast(kept(call("sum", column(table, "n")), condition), "BIGINT")


def _of_codes(table: str, code: str, least: Sequence[int]) -> Tree:
    beyond = [exp.GTE(this=column(table, code), expression=b.number(floor)) for floor in least]
    above = [b.coalesce(_total(table, one), b.number(0)) for one in (None, *beyond)]
    return exp.select(b.array(*above)).from_(exp.to_table(table), copy=False).subquery()


def _of_words(rows: Indexed, name: str, ask: Ask, top: int) -> Tree:
    """As `cells.of_rows` counts categories: a map from a category's place to how often it occurs."""
    stored = column(rows.alias, f"c{rows.places[name]}")
    tally, places = rows.statement.alias(), rows.statement.alias()
    word = b.cast(column(tally, "b0"), "VARCHAR")
    place = category_of(word, rows.plan.column(name), ask, top, rows.statement.bind)
    totals = exp.select(named(place, "p"), named(_total(tally), "n")).from_(
        _tally(rows, stored).subquery(tally, copy=False), copy=False
    )
    totals = totals.group_by(b.number(1), copy=False)
    listed = [call("list", column(places, part)) for part in ("p", "n")]
    counts = call("coalesce", call("map", *listed), call("map"))
    return exp.select(counts).from_(totals.subquery(places, copy=False), copy=False).subquery()


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
    return source.index.about.of(expr.name).words or isinstance(required(expr.dtype), Boolean)


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
