"""Histograms counted on an index's codes instead of its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlglot import exp

from vitrail.domain import NumberDomain
from vitrail.dtypes import Boolean, Number, required
from vitrail.errors import Invalid
from vitrail.query import build as b
from vitrail.query.binning import bin_floors, category_of
from vitrail.query.build import Tree
from vitrail.query.cells import Fold, of_value
from vitrail.query.expr import Column
from vitrail.query.grouped import Grouped, kept
from vitrail.query.index.about import Facts
from vitrail.query.index.codes import FIRST
from vitrail.query.indexed import Indexed
from vitrail.query.leaf import Leaf
from vitrail.query.plan import Group
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import BinCounts, Bins, CategoryCounts, Counts
from vitrail.query.relation import Relation
from vitrail.query.tree import call, column, named, sole

COUNTS = "counts"
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


def known_kinds(rows: Leaf, name: str) -> int | None:
    """How many different values a column has at most, where an index lists them or they are few numbers."""
    if isinstance(rows, Indexed) and rows.index.about.of(name).words:
        return len(rows.index.about.of(name).shares)
    dtype = required(rows.plan.column(name))
    place = rows.place(Column(name, None, dtype))
    facts = place.facts if place and isinstance(dtype, Number) and dtype.integer else None
    if facts is None or facts.low is None or facts.high is None:
        return None
    return int(facts.high - facts.low) + 1


def near(rows: Grouped, start: int, stop: int | None) -> Tree | None:
    """What is true of the rows in the groups [start, stop) alone; None where that is unknown."""
    source = rows.source
    if not isinstance(source, Indexed) or source.index.sampled or len(rows.plan.keys) != 1:
        return None
    ((_, expr),) = rows.plan.keys
    if source.conditions or rows.conditions or rows.keys or not isinstance(expr, Column) or expr.side:
        return None
    facts = source.index.about.of(expr.name)
    every = [word for word, n in enumerate(facts.shares) if n]
    meant = every[start:stop]
    if facts.nulls != 0 or not meant or meant == every:
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


def widths(question: Question, rows: Grouped) -> dict[str, int] | None:
    """How many codes each bin of the histograms has that are asked of groups.

    None where the keys, a histogram or anything else that is asked needs more than (keys, code), which
    takes few enough places for the engine to count in an array.
    """
    source, plan = rows.source, rows.plan
    if not isinstance(source, Indexed) or not all(_few(source, expr) for _, expr in plan.keys):
        return None
    found: dict[str, int] = {}
    for name, ask in question.asks.items():
        if name == plan.count_name or rows.key_place(name) is not None:
            continue
        least = steps(source.index.about.of(name), ask) or ()
        apart = {beyond - here for here, beyond in pairwise(least)}
        if len(apart) != 1:
            return None
        (found[name],) = apart
    return found or None


def counted(rows: Grouped, name: str, width: int) -> exp.Select:
    """How many rows of each group are in each bin of so many codes: `k0`, `k1`, …, `b` and `n`."""
    source = rows.source
    if not isinstance(source, Indexed):
        raise Invalid("only an index has codes")
    moved = exp.Add(this=source.code(name), expression=b.number(-FIRST % width))
    place = exp.IntDiv(this=exp.Paren(this=moved), expression=b.number(width))
    values = [named(tree.copy(), f"k{k}") for k, tree in enumerate(rows.stored_keys)]
    count = named(call("count", exp.Star()), "n")
    every = source.select().select(*values, named(place, "b"), count, copy=False)
    return every.group_by(*(b.number(place + 1) for place in range(len(values) + 1)), copy=False)


def window(question: Question, rows: Grouped, widths: Mapping[str, int]) -> exp.Select:
    """A window of groups of which nothing but histograms is asked, counted by (keys, code)."""
    plan = rows.plan
    select, answers = exp.Select().from_(exp.to_table("page"), copy=False), []
    for place, (name, ask) in enumerate(question.asks.items()):
        key = rows.key_place(name)
        if key is not None:
            cell = of_value(column("page", f"i{key}"), plan.column(name), ask, rows.statement.bind)
        elif name == plan.count_name:
            cell = column("page", "n")
        else:
            found, cell = f"h{place}", column(f"h{place}", "v")
            keys = range(len(plan.keys))
            on = [b.same(column("page", rows.joined(k)), column(found, f"k{k}")) for k in keys]
            known = rows.counts if name == next(iter(widths)) else None
            counts = exp.to_table(known) if known else counted(rows, name, widths[name]).subquery(found)
            histograms = _histograms(rows, counts, widths[name]).subquery(found, copy=False)
            select.append("joins", exp.Join(this=histograms, side="LEFT", on=b.both(*on)))
        answers.append(named(cell, f"a{place}"))
    return select.select(*answers, copy=False).order_by(column("page", "i"), copy=False)


def _few(source: Indexed, expr: object) -> bool:
    """Whether a key has so few values that an array has a place for each."""
    if not isinstance(expr, Column) or expr.side:
        return False
    return source.index.about.of(expr.name).words or isinstance(required(expr.dtype), Boolean)


def _histograms(rows: Grouped, counts: Tree, width: int) -> exp.Select:
    """For each group as `v` which bins it has rows in, from 1, and how many; 0 is below all, maybe twice."""
    keys = [f"k{place}" for place in range(len(rows.plan.keys))]
    before = (FIRST - 1) // width
    place = exp.Sub(this=b.cast(sole("b"), "BIGINT"), expression=b.number(before))
    listed = call("list", call("greatest", place, 0)), call("list", sole("n"))
    values = b.struct(dict(zip(("b", "n"), listed, strict=True)))
    grouped = exp.select(*map(sole, keys), named(values, "v")).from_(counts, copy=False)
    return grouped.group_by(*(b.number(place + 1) for place in range(len(keys))), copy=False)
