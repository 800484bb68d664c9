"""Reductions over all rows: of columns, and of a whole table."""

from __future__ import annotations

from sqlglot import exp

from vitrail.dtypes import Versions
from vitrail.errors import Invalid
from vitrail.query import binning, cells, tallied
from vitrail.query import build as b
from vitrail.query.build import Tree
from vitrail.query.cells import Fold
from vitrail.query.question import Ask, Question
from vitrail.query.reduction import Confusion, Points
from vitrail.query.relation import Relation, relation
from vitrail.query.statement import Statement
from vitrail.query.tree import call, column, named


def folded(rows: Relation, name: str, ask: Ask, *, grouped: bool = False) -> Tree:
    """A reduction of a column's values over many rows; of `Versions`, a struct of one for each."""
    dtype = rows.plan.column(name)
    bind = rows.statement.bind
    position, order = rows.position, rows.order() if rows.keys else []
    if not isinstance(dtype, Versions):
        quick = tallied.bins(rows, name, ask, Fold(position, order))
        if quick is not None:
            return quick
        other = rows.value(ask.reduction.other) if isinstance(ask.reduction, Confusion) else None
        fold = Fold(position, order, grouped=grouped)
        return cells.of_rows(rows.value(name), dtype, ask, bind, fold, other=other)
    versions = {}
    for place in range(len(dtype.names or ())):
        fold = Fold(position, order, rows.present(place), grouped)
        other = None
        if isinstance(ask.reduction, Confusion):
            other = _version_or_value(rows, ask.reduction.other, place)
        cell = cells.of_rows(rows.version(name, place), dtype.item, ask, bind, fold, other=other)
        some = exp.GT(this=fold.total, expression=b.number(0))
        versions[f"v{place}"] = b.case((some, cell))
    return b.struct(versions)


def _version_or_value(rows: Relation, name: str, place: int) -> Tree:
    if isinstance(rows.plan.column(name), Versions):
        return rows.version(name, place)
    return rows.value(name)


def reduce(question: Question, statement: Statement) -> exp.Select:
    """Reductions of columns over all rows, in one pass."""
    rows = relation(question.plan, statement)
    quick = tallied.folded(rows, question.asks)
    filtered = bool(rows.conditions)  # comparing with every edge only pays where all rows are read
    answers = [
        named(quick.cells.get(name) or folded(rows, name, ask, grouped=filtered), f"a{k}")
        for k, (name, ask) in enumerate(question.asks.items())
    ]
    whole = exp.Select() if len(quick.cells) == len(answers) else rows.select()
    for part, select in quick.parts:
        whole = whole.with_(part, as_=select, materialized=True, copy=False)
    return whole.select(*answers, copy=False)


def points(question: Question, statement: Statement) -> exp.Select:
    """The points of a plot of two columns."""
    rows = relation(question.plan, statement)
    (ask,) = question.asks.values()
    if not isinstance(ask.reduction, Points):
        raise Invalid(f"a whole table is asked for points, not for {ask.reduction.kind}")
    wanted: dict[str, Tree] = {}
    for axis, name in (("x", ask.reduction.x), ("y", ask.reduction.y)):
        dtype = rows.plan.column(name)
        value, plain = rows.value(name), dtype
        if isinstance(dtype, Versions):
            value, plain = rows.version(name, 0), dtype.item
        wanted[axis] = exp.cast(binning.measured(value, plain), "DOUBLE")
    number_of = exp.Window(this=call("row_number"), order=exp.Order(expressions=rows.order()))
    counted = exp.Sub(this=number_of, expression=b.number(1))
    wanted["q"] = rows.position if rows.numbered_from_0 else counted
    name = statement.alias()
    inner = rows.select().select(*(named(v, k) for k, v in wanted.items())).subquery(name)
    x, y, q = (column(name, axis) for axis in ("x", "y", "q"))
    answer = cells.points(x, y, q, ask.reduction.n)
    return exp.select(named(answer, "a0")).from_(inner)
